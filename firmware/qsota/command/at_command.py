# One command on its way to the module: which lines are its answer, and how it ended.
from micropython import const

from qsota.errors import AtError, AtTimeout
from qsota.resident.at_parser import Skip

_COMMAND_MAX = const(1088)  # the module's own buffer
_KEPT_LINES = const(128)  # the version table has 511 characters, and 4 at least for each entry
_TAIL = const(8)  # bytes after the data: CR LF, CR LF OK CR LF
_ENDLESS = const(1 << 29)
_ERRORS = (b"+CME ERROR:", b"+CMS ERROR:")
_SEND_FAIL = b"SEND FAIL"
SEND_ENDS = (b"SEND OK", _SEND_FAIL)


class Command:
    """prefix: its answer's lines begin so (None: it has none, b"": all that are no URC are).

    ends: how further final result codes begin, besides OK, ERROR, +CME ERROR and +CMS ERROR.
    data goes out when a line comes that begins with prompt. earlier: so many final result codes
    may come first that belong to earlier commands, and any number of OK: late data may have some.
    bare: OK came before anything else, which is the end unless more follows at once.
    """

    bare = False

    def __init__(self, line, prefix=None, ends=(), data=None, prompt=b">", earlier=None):
        self.line = _checked(line)
        self.prefix = prefix
        self.ends = ends
        self.data = data
        self.prompt = prompt
        self.earlier = earlier
        self.lines = []
        self.final = None
        self.starved = False  # there was no memory for a part of the answer

    def take(self, line, is_urc):
        """True if the line belongs to this command (B2); is_urc: somebody has subscribed to it."""
        if self.final is not None:
            return False
        if self._is_final(line):
            if self.lines or self.earlier is None or not self.earlier and line != b"OK":
                self.final = line
            elif self.earlier:
                self.earlier -= 1
            return True
        if line == self.line:
            return True  # echo (B6)
        if self.prefix is None or not line.startswith(self.prefix) or not self.prefix and is_urc:
            return False
        self.answer(line)
        return True

    def left(self):
        """Bytes until the answer ends, as far as that can be told."""
        return 0

    def answer(self, line):
        """A line of the answer came."""
        if len(self.lines) < _KEPT_LINES:
            self.lines.append(line)

    def _is_final(self, line):
        if line == b"OK" or line == b"ERROR" or _begins(line, _ERRORS):
            return True
        if _begins(line, self.ends):
            self.answer(line)
            return True
        return False

    def check(self):
        """Raise what the command ended with, unless that was good."""
        if self.starved:
            raise MemoryError("answer")
        final = self.final
        if final is None:
            raise AtTimeout("timeout")
        if final == b"ERROR" or final == _SEND_FAIL or _begins(final, _ERRORS):
            reason = "".join(map(chr, final)).lower()
            kind, colon, code = reason.partition(" error:")
            reason = kind[1:] + "-" + code.strip() if colon else reason
            raise AtError(reason.replace(" ", "-"))


class Read(Command):
    """A command whose answer carries counted bytes after the line "<header> <numbers>".

    The number at index `count` tells how many; the payload (see forms.py) decodes them into buf.
    It is also the parser's sink for them, which looks at the byte after the payload, too.
    """

    def __init__(self, line, header, buf, count, payload, parser):
        super().__init__(line, header)
        self._buf = buf
        self._count = count
        self._payload = payload
        self._parser = parser
        self._n = 0
        self._after = None
        self._ended = False  # OK came before the data
        self.numbers = None

    def take(self, line, is_urc):
        """As Command.take(), where OK may come before the data, too."""
        if line == b"OK" and self.numbers is None and self.final is None:
            self.bare = True
            return True
        return super().take(line, is_urc)

    def answer(self, line):
        self.bare, self._ended = False, self.bare
        fields = line[len(self.prefix) :].replace(b" ", b"").split(b",")
        if len(fields) <= self._count or not all(f.isdigit() and len(f) <= 10 for f in fields):
            # What follows is data of unknown length, so none of it may be read as lines.
            self._parser.expect(Skip(_ENDLESS))
            return
        self.numbers = [int(field) for field in fields]
        self._n = n = self.numbers[self._count]
        if 1 <= n <= len(self._buf):
            self._payload.begin(self._buf, n)
            self._parser.expect(self)
        else:
            self._parser.expect(Skip(n))

    @property
    def done(self):
        return self._payload.failed or self._after is not None

    def left(self):
        """Bytes until the answer ends, if they are raw ones."""
        return self._n - self._payload.count + _TAIL if self._n else 0

    def feed(self, buf, start, end):
        if not self._payload.done:
            start = self._payload.feed(buf, start, end)
        if self._payload.done and start < end:
            self._after = buf[start]
            if self._ended:
                self.final = b"OK"
        return start

    def check(self):
        super().check()
        if self.numbers is None:
            raise AtError("no-data")
        if not 1 <= self._n <= len(self._buf):
            raise AtError("wrong-length")
        if self._payload.failed or not self._payload.ends(self._after):
            raise AtError("bad-payload")


def _begins(line, starts):
    for start in starts:
        if line.startswith(start):
            return True
    return False


def _checked(line):
    line = line.encode() if isinstance(line, str) else bytes(line)
    good = len(line) <= _COMMAND_MAX
    for byte in line:
        good = good and byte >= 0x20 and byte != 0x7F
    if not good:
        raise ValueError("bad command line")
    return line
