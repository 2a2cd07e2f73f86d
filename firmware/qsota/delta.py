# The steps of a delta (docs/package-format.md): each takes some bytes of the base with small
# differences, then some new bytes, and moves on in the base.
from micropython import const

from qsota.errors import PackageError

_PIECE = const(256)
_SHIFT_MAX = const(28)  # a number has at most 5 bytes of 7 bits


class Patch:
    """Turns steps into the new image, which goes to sink(piece) front to back.

    base is an Image: what the running slot holds, with read(offset, buf) and size in bytes.
    """

    def __init__(self, base, sink):
        self._base = base
        self._sink = sink
        self._piece = memoryview(bytearray(_PIECE))
        self._zeros = bytes(_PIECE)
        self._at = 0  # position in the base
        self._add = self._copy = self._seek = 0  # what is left of this step
        self._numbers = []  # of the next step
        self._value = self._shift = 0

    def write(self, data):
        """Take the next bytes of the steps (a memoryview); PackageError "bad-payload"."""
        at, end = 0, len(data)
        while at < end:
            if self._add:
                n = min(self._add, end - at, _PIECE)
                self._take_differences(data[at : at + n])
            elif self._copy:
                n = min(self._copy, end - at)
                self._copy -= n
                self._sink(data[at : at + n])
            else:
                n = 1
                self._take_digit(data[at])
            at += n

    def _take_differences(self, data):
        n = len(data)
        piece = self._piece[:n]
        self._base.read(self._at, piece)
        if data != self._zeros[:n]:
            for i in range(n):
                if data[i]:
                    piece[i] = (piece[i] + data[i]) & 0xFF
        self._at += n
        self._add -= n
        self._sink(piece)

    def _take_digit(self, digit):
        self._value |= (digit & 0x7F) << self._shift
        self._shift += 7
        if digit & 0x80:
            if self._shift > _SHIFT_MAX:
                raise PackageError("bad-payload")
            return
        self._numbers.append(self._value)
        self._value = self._shift = 0
        if len(self._numbers) == 3:
            self._begin_step()

    def _begin_step(self):
        self._at += self._seek
        self._add, self._copy, seek = self._numbers
        self._seek = -(seek + 1 >> 1) if seek & 1 else seek >> 1
        self._numbers = []
        # A step that yields nothing would let a few bytes keep the processor busy for hours.
        if not self._add + self._copy or not 0 <= self._at <= self._base.size - self._add:
            raise PackageError("bad-payload")
