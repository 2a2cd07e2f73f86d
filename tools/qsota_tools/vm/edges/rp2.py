# rp2.Flash over a file. It is as careless about bounds as the real one, but where that one would
# destroy the firmware or the data, this one stops the board and says why.
import uctypes

import supply

_ERASE_US = 45000
_PAGE_US = 500
_PAGE = 256

_SIZE = supply.settings["size"]
_ERASE = supply.settings["erase"]
_PROGRAM = supply.settings["program"]
_TIMED = supply.settings["timing"] == "rp2"

_file = open(supply.settings["flash"], "r+b")
_xip = _file.read(_SIZE)  # bytes, so that every view of the flash is read-only
_BASE = uctypes.addressof(_xip)
_cells = uctypes.bytearray_at(_BASE, _SIZE)  # the same memory, for the flash controller only
_BLANK = b"\xff" * _ERASE


def _violation(text):
    supply.halt("violation", text=text)


def _inside(what, at, size):
    if at < 0 or at + size > _SIZE:
        _violation("%s of %d bytes at %d: outside the storage" % (what, size, at))


def _operate(kind, at, data):
    """One flash operation, as far as the power lasts: go, or cut before, torn or after it."""
    verdict = supply.ask(kind, offset=at, size=len(data))
    if verdict != "before":
        _store(at, data[: len(data) // 2] if verdict == "torn" else data)
    if verdict != "go":
        supply.halt("cut", how=verdict)
    if _TIMED:
        supply.blind(_ERASE_US if kind == "erase" else _PAGE_US * (len(data) // _PAGE))
    supply.send("flashed", offset=at, size=len(data))


def _store(at, data):
    # Straight to the file, so that no end of this process can lose it.
    _cells[at : at + len(data)] = data
    _file.seek(at)
    _file.write(data)


def _erase(at, size):
    _inside("erase", at, size)
    if at % _ERASE or size % _ERASE:
        _violation("erase of %d bytes at %d: misaligned" % (size, at))
    for unit in range(at, at + size, _ERASE):
        _operate("erase", unit, _BLANK)


def _program(at, data):
    size = len(data)
    _inside("program", at, size)
    if at % _PROGRAM or size % _PROGRAM:
        _violation("program of %d bytes at %d: misaligned" % (size, at))
    if _BASE <= uctypes.addressof(data) < _BASE + _SIZE:
        _violation("program of %d bytes at %d: the source is in flash" % (size, at))
    for unit in range(at, at + size, _PROGRAM):
        if _xip[unit : unit + _PROGRAM] != _BLANK[:_PROGRAM]:
            _violation("program at %d: not erased" % unit)
    _operate("program", at, data)


class Flash(
    memoryview
):  # what memoryview(Flash()) shows is the flash itself, as on 1.25 and newer
    def __init__(self, *, start=-1, len=-1):
        if start == -1:
            start = 0
        elif not 0 <= start < _SIZE or start % _ERASE:
            raise ValueError
        if len == -1:
            len = _SIZE - start
        elif not 0 < len <= _SIZE - start or len % _ERASE:
            raise ValueError
        self._start = start
        self._len = len
        super().__init__(memoryview(_xip)[start : start + len])

    def readblocks(self, block, buf, offset=0):
        at = self._start + block * _ERASE + offset
        size = len(buf)
        _inside("read", at, size)
        memoryview(buf)[:] = _cells[at : at + size]

    def writeblocks(self, block, buf, offset=None):
        at = self._start + block * _ERASE
        if offset is None:
            _erase(at, len(buf))
        _program(at + (offset or 0), memoryview(buf))

    def ioctl(self, op, arg):
        if op == 4:
            return self._len // _ERASE
        if op == 5:
            return _ERASE
        if op == 6:
            _erase(self._start + arg * _ERASE, _ERASE)
        return 0 if op in (1, 2, 3, 6) else None
