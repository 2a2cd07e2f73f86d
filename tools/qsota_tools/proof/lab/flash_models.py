"""The internal flash of an STM32 as MicroPython offers it: behind a cache of one whole sector.

Not a chip to keep a boot record in; the campaign shows why. Runs on CPython and on MicroPython.
"""

from qsota_tools.proof.lab.nor_flash import NorFlash, Window

_BLOCK = 512
_FLUSH_MS = 5000  # from the last write until the cache is written back


class CacheWindow(Window):
    """pyb.Flash(start=, len=) on internal flash: blocks of 512 bytes, and no erase."""

    def __init__(self, chip, start, length):
        super().__init__(chip, start, length)
        self._block = _BLOCK

    def writeblocks(self, block, buf, offset=0):
        self._chip.write(self._at(block, offset, len(buf)), buf)

    def ioctl(self, op, arg):
        if op == 3:
            self._chip.sync()
        return {4: self._length // _BLOCK, 5: _BLOCK}.get(op, 0)


class CachedFlash(NorFlash):
    """What is written waits in RAM until another sector is written, ioctl(3), or 5 s later; the
    sector is then erased and programmed as a whole. A cut in between loses all that was in it.
    synced: every write is followed by an ioctl(3), which is the best that a driver can do.
    """

    def __init__(self, clock, sectors, sector_size=16384, synced=False):
        super().__init__(sectors, sector_size, _BLOCK)
        self._synced = synced
        self._clock = clock
        self._sector = None  # offset of the sector in the cache
        self._cache = bytearray(sector_size)
        self._timer = None

    def window(self, start, length):
        return CacheWindow(self, start, length)

    def restart(self):
        self._forget()

    def read(self, at, buf):
        super().read(at, buf)
        if self._sector is not None:
            start = max(at, self._sector)
            end = min(at + len(buf), self._sector + self.erase_size)
            if start < end:
                cached = self._cache[start - self._sector : end - self._sector]
                buf[start - at : end - at] = cached
        return 0

    def write(self, at, data):
        """Any bytes, in RAM; at most the sector before them reaches the flash at once."""
        done = 0
        while done < len(data):
            sector = (at + done) // self.erase_size * self.erase_size
            if sector != self._sector:
                self.sync()
                self._sector = sector
                super().read(sector, self._cache)
            start = at + done - sector
            count = min(len(data) - done, self.erase_size - start)
            self._cache[start : start + count] = data[done : done + count]
            done += count
        self._clock.cancel(self._timer)
        self._timer = self._clock.after(_FLUSH_MS, self.sync)
        if self._synced:
            self.sync()

    def sync(self):
        """Write the cache back, as ioctl(3) does."""
        if self._sector is not None:
            self.erase(self._sector)
            self.program(self._sector, self._cache)
            self._forget()

    def _forget(self):
        self._clock.cancel(self._timer)
        self._sector = None
