# Keeps the root file system from writing; it is in memory for as long as that is mounted.
from micropython import const

_ERASE_BLOCK = const(6)
_EROFS = const(-30)


class Guard:
    """A block device that reads as dev does and refuses every program and erase.

    vfs.mount(readonly=True) is not enough: LittleFS still erases blocks then. The refusal is
    returned, not raised, since an exception would unwind through LittleFS's own C code.
    """

    def __init__(self, dev):
        self._dev = dev
        self.readblocks = dev.readblocks  # called straight, at each of a file system's many reads

    def writeblocks(self, block, buf, offset=0):
        return _EROFS

    def ioctl(self, op, arg):
        return _EROFS if op == _ERASE_BLOCK else self._dev.ioctl(op, arg)
