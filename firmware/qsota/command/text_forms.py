# Data of a +QIOTOTARD answer that comes as hex digits, or may do so. In memory only then.
#
# Private names are those of qsota/command/forms.py.
from micropython import const

from qsota.command.forms import AUTO, HEX, HEXWORDS, RAW

_BLANKS = b"\r\n\t "
_HELD = const(80)
_ENOUGH = const(32)  # hex digits in a row that make a payload text
_WORD_DIGITS = const(8)


def _digit(byte):
    """The value of a hex digit, -1 for any other byte."""
    if 0x30 <= byte <= 0x39:
        return byte - 0x30
    byte |= 0x20
    return byte - 0x57 if 0x61 <= byte <= 0x66 else -1


class Text:
    """The other half of a Payload."""

    def __init__(self, payload):
        self._payload = payload
        self._held = bytearray(_HELD)
        self._word = bytearray(4)
        self.begin()

    def begin(self):
        """As Payload.begin()."""
        self._digits = 0
        self._held_count = 0

    def feed(self, buf, start, end):
        """As Payload.feed()."""
        if self._payload._form == AUTO:
            start = self._sniff(buf, start, end)
            if self._payload._form == AUTO:
                return start
        return self._decode(buf, start, end)

    def _decode(self, buf, start, end):
        if self._payload._form == RAW:
            return self._payload._copy(buf, start, end)
        return self._read_digits(buf, start, end)

    def _read_digits(self, buf, i, end):
        payload = self._payload
        while i < end and not payload.done:
            value = _digit(buf[i])
            if value >= 0:
                self._add_digit(value)
            elif buf[i] not in _BLANKS:
                payload.failed = True
                break
            elif self._digits:
                self._end_word()
            i += 1
        return i

    def _add_digit(self, value):
        k = self._digits >> 1
        self._word[k] = (self._word[k] << 4 | value) & 0xFF
        self._digits += 1
        if self._digits == (_WORD_DIGITS if self._payload._form == HEXWORDS else 2):
            self._end_word()

    def _end_word(self):
        """Write the word's bytes, low-order first; only the last word may be short."""
        payload = self._payload
        have, odd = self._digits >> 1, self._digits & 1
        wanted = min(4 if payload._form == HEXWORDS else 1, payload._n - payload.count)
        self._digits = 0
        if odd or have < wanted:
            payload.failed = True
            return
        for k in range(wanted):
            payload._out[payload.count + k] = self._word[have - 1 - k]
        payload.count += wanted

    def _sniff(self, buf, i, end):
        """Hold bytes back until the form shows. A byte that rules text out is not taken.

        Raw data is followed by CR LF and OK, so a raw chunk that is shorter than the digits
        asked for never swallows more than blanks of what follows it.
        """
        enough = min(_ENOUGH, 2 * self._payload._n)
        while i < end:
            byte = buf[i]
            blank = byte in _BLANKS
            if self._held_count == _HELD or not blank and _digit(byte) < 0:
                self._settle(RAW)
                break
            self._held[self._held_count] = byte
            self._held_count += 1
            self._digits += not blank
            i += 1
            if self._digits == enough:
                first = bytes(self._held[: self._held_count]).split()[0]
                self._settle(HEXWORDS if len(first) == _WORD_DIGITS else HEX)
                break
        return i

    def _settle(self, form):
        self._payload.form = self._payload._form = form
        self._digits = 0
        self._decode(self._held, 0, self._held_count)
