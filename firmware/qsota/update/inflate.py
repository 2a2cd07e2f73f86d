# Raw DEFLATE that arrives in pieces, through the `deflate` module that every stock firmware has.
import deflate
from micropython import RingIO, const

from qsota.errors import PackageError

# DeflateIO pulls its input, one byte at a time and none ahead, and cannot go on after it found
# none. So it is only asked for output when there is input for it, whatever that is made of:
# at most 16 bits for each byte, 48 bits for a match that reaches beyond, and 290 bytes for the
# tables of one new block. Two new blocks within 256 bytes are an error; no compressor ends
# blocks so early, except at the end of the stream, and there all input is here.
_PIECE = const(256)
_ENOUGH = const(2 * 256 + 6 + 290)
_RING = const(1024)


class Inflater:
    """Passes the output of one stream on to sink(piece), in pieces of at most 256 bytes.

    sink() may return an iterator of steps. Takes 2**window_bits bytes of heap and about 3 KB.
    """

    def __init__(self, window_bits, sink):
        self._ring = RingIO(_RING)
        self._stream = deflate.DeflateIO(self._ring, deflate.RAW, window_bits)
        self._piece = memoryview(bytearray(_PIECE))
        self._sink = sink
        self._ended = False

    def write(self, data):
        """Take the next bytes (a memoryview), step by step: an iterator, with a step for each
        piece. PackageError "bad-payload" or "no-memory"."""
        while len(data):
            n = self._ring.write(data)
            if self._ended:
                raise PackageError("bad-payload")  # bytes after the end
            data = data[n:]
            while self._ring.any() >= _ENOUGH and not self._ended:
                yield from self._read()

    def finish(self):
        """All input came: the rest, step by step; PackageError "bad-payload" unless the stream
        ends with it."""
        while not self._ended:
            yield from self._read()
        if self._ring.any():
            raise PackageError("bad-payload")

    def _read(self):
        try:
            n = self._stream.readinto(self._piece)
        except (OSError, EOFError):
            raise PackageError("bad-payload")
        except MemoryError:  # the window is taken at the first read
            raise PackageError("no-memory")
        self._ended = n < _PIECE
        steps = self._sink(self._piece[:n])
        if steps:
            yield from steps
        yield
