# pyb.Flash and the USB mode. The storage is an SPI flash with blocks of 4 KB. On a board with a
# chip of its own for the slots it is inside the STM32: blocks of 512 bytes, and a cached sector.
import errno

import nor
import supply

_BLOCK = 512  # of the plain block protocol, everywhere
_SPI_BLOCK = 4096
_SECTOR = 16384  # inside an STM32, they have 16 to 128 KB

_UP = "VCP+MSC"


class _Spi:
    """The storage on its own SPI flash."""

    block = _SPI_BLOCK

    def __init__(self):
        self._nor = nor.Nor("flash", _SPI_BLOCK, 1)
        self.size = self._nor.size
        self.read = self._nor.read
        self.program = self._nor.program
        self.erase = self._nor.erase

    def write(self, at, data):
        """Bytes over what is there, whole erase units rewritten."""
        first = at // _SPI_BLOCK * _SPI_BLOCK
        end = -(-(at + len(data)) // _SPI_BLOCK) * _SPI_BLOCK
        content = bytearray(self._nor.content[first:end])
        content[at - first : at - first + len(data)] = data
        self._nor.erase(first, end - first)
        self._nor.program(first, content)

    def flush(self):
        pass


class _Internal:
    """The storage inside the chip. What was not flushed is lost with the power, as is a whole
    sector between its erase and its program."""

    block = _BLOCK

    def __init__(self):
        self._nor = nor.Nor("storage", _SECTOR, 1)
        self.size = self._nor.size
        self._cache = bytearray(_SECTOR)
        self._cached = None  # start of the sector in the cache
        self._dirty = False

    def read(self, at, buf):
        self._nor.read(at, buf)
        if self._cached is None:
            return
        first = max(at, self._cached)
        end = min(at + len(buf), self._cached + _SECTOR)
        if first < end:
            memoryview(buf)[first - at : end - at] = self._cache[
                first - self._cached : end - self._cached
            ]

    def write(self, at, data):
        while data:
            sector = at // _SECTOR * _SECTOR
            if sector != self._cached:
                self.flush()
                self._nor.read(sector, self._cache)
                self._cached = sector
            piece = data[: sector + _SECTOR - at]
            self._cache[at - sector : at - sector + len(piece)] = piece
            self._dirty = True
            at += len(piece)
            data = data[len(piece) :]

    program = write  # what was not erased can be programmed, too: the sector is written anew

    def erase(self, at, size):
        pass  # as the driver does it: nothing

    def flush(self):
        if self._dirty:
            self._nor.erase(self._cached, _SECTOR)
            self._nor.program(self._cached, self._cache)
            self._dirty = False


def _alone():
    # What the host believes to be on its drive it may write over ours at any time.
    if "MSC" in (supply.settings["usb"] or ""):
        supply.halt("violation", text="raw access while the storage is a USB drive")


_storage = _Internal() if "storage" in supply.settings["stores"] else _Spi()


class Flash:
    """With start or len; what is without them, the whole drive behind a partition table, is for
    USB only and is not here."""

    def __init__(self, *, start=-1, len=-1):
        if start == -1 and len == -1:
            raise NotImplementedError("pyb.Flash() as a drive")
        start = max(start, 0)
        if not start < _storage.size or start % _storage.block:
            raise ValueError
        if len == -1:
            len = _storage.size - start
        elif not 0 < len <= _storage.size - start or len % _storage.block:
            raise ValueError
        self._start = start
        self._len = len
        self._native = False

    def readblocks(self, block, buf, offset=None):
        if offset is None:
            _storage.read(self._start + block * _BLOCK, buf)
            return 0
        if block * _storage.block >= self._len:
            return -errno.EFAULT
        _storage.read(self._start + block * _storage.block + offset, buf)
        return 0

    def writeblocks(self, block, buf, offset=None):
        data = memoryview(buf)
        if offset is None:
            _storage.write(self._start + block * _BLOCK, data)
            return 0
        if block * _storage.block >= self._len:
            return -errno.EFAULT
        _alone()
        _storage.program(self._start + block * _storage.block + offset, data)
        return 0

    def ioctl(self, op, arg):
        if op == 1:
            self._native = self._native or arg == 1
            return 0
        if op in (2, 3):
            _storage.flush()
            return 0
        block = _storage.block if self._native else _BLOCK
        if op == 4:
            return self._len // block
        if op == 5:
            return block
        if op == 6:
            if self._native:
                _alone()
                _storage.erase(self._start + arg * block, block)
            return 0
        return None


_usb_chosen = False  # by a program, in this life of the VM


def usb_mode(*mode):
    """As on the board, a mode is taken only while USB is down."""
    global _usb_chosen
    if not mode:
        return supply.settings["usb"]
    _usb_chosen = True
    if mode[0] is None:
        supply.settings["usb"] = None
        supply.send("usb-down")
    else:
        _usb_up(mode[0])


def _usb_up(mode):
    if supply.settings["usb"] is None:
        supply.settings["usb"] = mode
        supply.send("usb", mode=mode)


def usb_default():
    """After boot.py the firmware brings USB up, with the drive, unless boot.py decided."""
    if not _usb_chosen:
        _usb_up(_UP)


class USB_VCP:
    def isconnected(self):
        return True  # a host is always there
