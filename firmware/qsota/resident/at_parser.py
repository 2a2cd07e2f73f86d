# Splits the bytes from the module into lines and counted payloads. No I/O, no clock: feed it.
from micropython import const

_TAB = const(0x09)
_LF = const(0x0A)
_CR = const(0x0D)
_SPACE = const(0x20)
_PROMPT = const(0x3E)
_DEL = const(0x7F)


class Skip:
    """A payload that goes nowhere: the next n bytes."""

    def __init__(self, n):
        self._left = n

    @property
    def done(self):
        return self._left == 0

    def feed(self, buf, start, end):
        taken = min(end - start, self._left)
        self._left -= taken
        return start + taken


class Parser:
    """Calls on_line(bytes) for each line, without CR, LF or blanks around it and never empty.

    While a payload is expected its bytes are counted, never scanned (B1). Of a line longer than
    line_max bytes the first ones count; one with a control character in it is left out and counted
    in `dropped`. on_line(None): a line was lost for want of memory.

    A prompt has no line end. While `prompts` is set, a ">" that begins a line is a line.
    """

    def __init__(self, on_line, line_max=256):
        self._on_line = on_line
        self._line = memoryview(bytearray(line_max))
        self.prompts = False
        self.dropped = 0
        self.reset()

    def reset(self):
        """Forget a partial line and a payload under way."""
        self._length = 0
        self._bad = False
        self._last = 0
        self._swallow_lf = False
        self._sink = None

    @property
    def in_payload(self):
        return self._sink is not None

    @property
    def at_prompt(self):
        """A ">" is all that has come of a line."""
        return self._length > 0 and bytes(self._line[: self._length]).strip() == b">"

    def expect(self, sink):
        """Give the next bytes to sink.feed(buf, start, end) -> index after the last one taken.

        A sink takes everything until sink.done. The LF of the line end that came last is no
        payload: exactly one is left out after a CR.
        """
        if not sink.done:
            self._sink = sink
            self._swallow_lf = self._last == _CR

    def discard(self):
        """Let a payload under way go nowhere until reset()."""
        if self._sink is not None:
            self._sink = Skip(1 << 29)

    def feed(self, buf, n):
        """Take the first n bytes of buf, which may be cut anywhere."""
        i = 0
        while i < n:
            i = self._text(buf, i, n) if self._sink is None else self._payload(buf, i, n)

    def _text(self, buf, i, n):
        while i < n and self._sink is None:
            byte = self._last = buf[i]
            i += 1
            if byte == _CR or byte == _LF:
                self._end_line()
            elif byte == _DEL or byte < _SPACE and byte != _TAB:
                self._bad = True
            elif byte == _PROMPT and self._length == 0 and self.prompts:
                self._on_line(b">")
            elif self._length < len(self._line):
                self._line[self._length] = byte
                self._length += 1
        return i

    def _end_line(self):
        length, bad = self._length, self._bad
        self._length = 0
        self._bad = False
        if bad:
            self.dropped += 1
            return
        try:
            line = bytes(self._line[:length]).strip()
            if line:
                self._on_line(line)
        except MemoryError:
            self._on_line(None)

    def _payload(self, buf, i, n):
        if self._swallow_lf:
            self._swallow_lf = False
            if buf[i] == _LF:
                return i + 1
        i = self._sink.feed(buf, i, n)
        if self._sink.done:
            self._sink = None
            self._last = 0
        return i
