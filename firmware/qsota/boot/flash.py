# Raw flash: `Area` is the only way to it.
# It sits on MicroPython's extended block-device protocol, as rp2.Flash and pyb.Flash speak it.
from micropython import const

from qsota.errors import FlashError

_INIT = const(1)
_BLOCK_COUNT = const(4)
_BLOCK_SIZE = const(5)
_ERASE_BLOCK = const(6)


class Area:
    """A bound-checked part of a flash chip.

    dev's block 0 is the area's first block; all sizes are in bytes. Every method raises
    FlashError: "out-of-bounds", "misaligned", or "io" when the device reports a failure.
    """

    def __init__(self, dev, size, erase_size, program_size):
        # Until this call a pyb.Flash shows 512-byte blocks and ignores an erase.
        dev.ioctl(_INIT, 1)
        block = dev.ioctl(_BLOCK_SIZE, 0)
        if size % erase_size or erase_size % block or erase_size % program_size:
            raise FlashError("misaligned")
        if size > dev.ioctl(_BLOCK_COUNT, 0) * block:
            raise FlashError("out-of-bounds")
        self.size = size
        self.erase_size = erase_size
        self.program_size = program_size
        self._dev = dev
        self._block = block

    def read(self, offset, buf):
        """Fill buf from any offset."""
        self._check(offset, len(buf), 1)
        _io(self._dev.readblocks, offset // self._block, buf, offset % self._block)

    def erase(self, offset):
        """Erase the one erase unit that starts at offset."""
        self._check(offset, self.erase_size, self.erase_size)
        first = offset // self._block
        for block in range(first, first + self.erase_size // self._block):
            _io(self._dev.ioctl, _ERASE_BLOCK, block)

    def program(self, offset, buf):
        """Program whole units. buf must be in RAM: flash cannot be read while it is written."""
        self._check(offset, len(buf), self.program_size)
        _io(self._dev.writeblocks, offset // self._block, buf, offset % self._block)

    def is_blank(self, offset, length, scratch):
        """Whether length bytes from offset are all 0xFF; scratch is a buffer to read into."""
        view = memoryview(scratch)
        end = offset + length
        while offset < end:
            piece = view[: min(len(view), end - offset)]
            self.read(offset, piece)
            if min(piece) != 0xFF:
                return False
            offset += len(piece)
        return True

    def map(self):
        """The area as a memoryview, without a copy, or None where flash cannot be addressed."""
        try:
            return memoryview(self._dev)[: self.size]
        except TypeError:
            return None

    def _check(self, offset, length, unit):
        # rp2.Flash checks nothing: a negative block number overwrites MicroPython itself.
        if offset < 0 or offset + length > self.size:
            raise FlashError("out-of-bounds")
        if offset % unit or length % unit:
            raise FlashError("misaligned")


def _io(call, *args):
    # A block device reports a failure by a negative errno or by an OSError.
    try:
        failed = call(*args)
    except OSError:
        failed = True
    if failed:
        raise FlashError("io")
