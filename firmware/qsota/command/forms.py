# Decodes the data of a +QIOTOTARD answer. Modules send raw bytes; gateways and log bridges may
# turn them into hex text, and the protocol's own example shows little-endian 32-bit words.
# What a line end looks like after the data is a part of the form, too. Text is decoded in
# text_forms.py, which is in memory only where some comes.
from micropython import const

RAW = "raw"
HEX = "hex"  # two digits per byte, in the order of the bytes
HEXWORDS = "hexwords"  # eight digits per little-endian word, white space between words
AUTO = "auto"  # one of the above, decided on the first chunk of 4 bytes or more

_FORMS = (AUTO, RAW, HEX, HEXWORDS)  # the low four bits of a code
_END = const(4)  # ... and the bits from here on: which of these bytes follows the data
_ENDS = b"\r\n O"  # CR LF; a bare LF; blanks before the line end; OK at once
_TEXT = b"0123456789abcdefABCDEF\r\n\t "  # what it begins with


class Payload:
    """A sink for Parser.expect(); one object serves every chunk.

    `form` is the wire form, AUTO until it has shown. `count` is the number of bytes decoded.
    `failed` tells that a text form was broken; nothing more is taken then.
    A form that shows is a guess: settle() keeps it, `code` says it as one number for the boot
    record, and learn() takes that up after a reset, in the middle of any data.
    """

    def __init__(self, form=AUTO):
        self._configured = form
        self._text = None
        self.forget()
        self.begin(bytearray(0), 0)

    def forget(self):
        """Decide on the form again, if it was left to AUTO, and on the line end."""
        self.form = self._configured
        self._end = self._after = 0

    def take_raw(self):
        """Take the data for raw, if the form was left to AUTO."""
        if self._configured == AUTO:
            self.form = RAW

    def settle(self):
        """The last answer was good: the line end after its data is the one to expect."""
        self._end = self._after

    @property
    def code(self):
        """The form and the line end as a number, 0 if no form has shown."""
        if self.form == AUTO:
            return 0
        return _FORMS.index(self.form) | max(0, _ENDS.find(bytes([self._end]))) << _END

    def learn(self, code):
        """Expect what `code` said in an earlier life."""
        if self._configured == AUTO:
            self.form = _FORMS[code & 0x03]
        self._end = _ENDS[code >> _END & 0x03]

    def ends(self, byte):
        """Whether byte may follow the data: CR, LF, a blank or an O, and always the same. Anything
        else means that a byte was lost or came twice (B4)."""
        self._after = byte
        if self.form != RAW:
            return True  # text shows by itself where it ends
        if self._end or byte == _ENDS[0]:
            return byte == (self._end or _ENDS[0])
        # Where bytes were lost, those of CR LF were taken for the last ones of the data.
        return byte is not None and byte in _ENDS and self._out[self._n - 1] not in b"\r\n"

    def begin(self, buf, n):
        """The next n bytes, once decoded, go to buf[0:n]."""
        self._out = memoryview(buf)
        self._n = n
        self.count = 0
        self.failed = False
        self._fresh = True  # nothing of them came yet
        # Up to 3 bytes look alike in several forms. They are read as raw and settle nothing.
        self._form = RAW if self.form == AUTO and n < 4 else self.form
        if self._text:
            self._text.begin()

    @property
    def done(self):
        return self.failed or self.count == self._n

    def feed(self, buf, start, end):
        """Decode from buf[start:end]; returns the index after the last byte taken."""
        if self._fresh and self._form == AUTO and buf[start] not in _TEXT:
            self.form = self._form = RAW
        self._fresh = False
        if self._form == RAW:
            return self._copy(buf, start, end)
        if self._text is None:
            from qsota.command.text_forms import Text

            self._text = Text(self)
        return self._text.feed(buf, start, end)

    def _copy(self, buf, start, end):
        count = self.count
        taken = min(end - start, self._n - count)
        self._out[count : count + taken] = buf[start : start + taken]
        self.count = count + taken
        return start + taken
