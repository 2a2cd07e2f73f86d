# The steps of a delta (docs/package-format.md): each copies from the base what stayed the same,
# then takes differences to the base or new bytes, and may jump to elsewhere in the base.
from micropython import const

from qsota.errors import PackageError

_PIECE = const(256)
_SHIFT_MAX = const(28)  # a number has at most 5 digits of 7 bits
_JUMPS, _NEW = const(1), const(2)  # flags in the second number of a step


class Patch:
    """Turns steps into the new image, which goes to sink(piece) front to back.

    base is what the running slot holds: an object with size in bytes and read(offset, buf).
    """

    def __init__(self, base, sink):
        self._base = base
        self._sink = sink
        self._piece = memoryview(bytearray(_PIECE))
        self._at = 0  # position in the base
        self._same = 0  # bytes of this step that are to be copied
        self._left = 0  # bytes of this step that are still to come
        self._new = False  # what they are: new bytes, else differences
        self._jump = 0  # to do after them
        self._numbers = []  # of the next step
        self._value = self._shift = 0

    def write(self, data):
        """Take the next bytes (a memoryview), piece by piece: an iterator, since a few bytes may
        copy most of the base. PackageError "bad-payload"."""
        at, end = 0, len(data)
        while at < end:
            if self._left:
                n = min(self._left, end - at, _PIECE)
                self._left -= n
                self._take(data[at : at + n])
            else:
                n = 1
                self._take_digit(data[at])
                while self._same:
                    self._copy()
                    yield
            at += n

    def _take(self, data):
        if not self._new:
            piece = self._read(len(data))
            for i in range(len(data)):
                piece[i] = (piece[i] + data[i]) & 0xFF
            data = piece
        self._sink(data)

    def _take_digit(self, digit):
        self._value |= (digit & 0x7F) << self._shift
        if digit & 0x80:
            if self._shift == _SHIFT_MAX:
                raise PackageError("bad-payload")
            self._shift += 7
            return
        self._numbers.append(self._value)
        self._value = self._shift = 0
        count = len(self._numbers)
        if count == 3 or count == 2 and not self._numbers[1] & _JUMPS:
            self._begin_step(*self._numbers)
            self._numbers = []

    def _begin_step(self, same, rest, jump=0):
        self._at += self._jump
        self._jump = -(jump + 1 >> 1) if jump & 1 else jump >> 1
        self._left = rest >> 2
        self._new = bool(rest & _NEW)
        based = same if self._new else same + self._left
        # A step that yields nothing would let a few bytes keep the processor busy for hours.
        if not same + self._left or not 0 <= self._at <= self._base.size - based:
            raise PackageError("bad-payload")
        self._same = same

    def _copy(self):
        n = min(self._same, _PIECE)
        self._same -= n
        self._sink(self._read(n))

    def _read(self, n):
        piece = self._piece[:n]
        self._base.read(self._at, piece)
        self._at += n
        return piece
