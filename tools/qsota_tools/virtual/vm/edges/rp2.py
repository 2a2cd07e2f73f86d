# rp2.Flash. The real one does not check its block numbers.
import nor
import supply

_ERASE = 4096
_PROGRAM = 256


class _Xip(nor.Nor):
    def _busy(self, us):
        supply.blind(us)  # nothing else runs while the flash, where the code is, is written


_chip = _Xip("flash", _ERASE, _PROGRAM)


class Flash(
    memoryview
):  # what memoryview(Flash()) shows is the flash itself, as on 1.25 and newer
    def __init__(self, *, start=-1, len=-1):
        if start == -1:
            start = 0
        elif not 0 <= start < _chip.size or start % _ERASE:
            raise ValueError
        if len == -1:
            len = _chip.size - start
        elif not 0 < len <= _chip.size - start or len % _ERASE:
            raise ValueError
        self._start = start
        self._len = len
        super().__init__(memoryview(_chip.content)[start : start + len])

    def readblocks(self, block, buf, offset=0):
        _chip.read(self._start + block * _ERASE + offset, buf)

    def writeblocks(self, block, buf, offset=None):
        at = self._start + block * _ERASE
        if offset is None:
            _chip.erase(at, len(buf))
        _chip.program(at + (offset or 0), memoryview(buf))

    def ioctl(self, op, arg):
        if op == 4:
            return self._len // _ERASE
        if op == 5:
            return _ERASE
        if op == 6:
            _chip.erase(self._start + arg * _ERASE, _ERASE)
        return 0 if op in (1, 2, 3, 6) else None
