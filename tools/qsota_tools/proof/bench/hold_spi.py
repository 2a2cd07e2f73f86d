"""A flash chip on SPI for the bench of the hold: the driver runs, and its bus takes time."""

from qsota.boot import spinor
from qsota_tools.proof.lab import w25q

_BITS = 8


class _Chip(w25q.W25q):
    """Its bytes are in one piece, as the bench installs images; a meter is told what it does."""

    def __init__(self, meter, clock, content, baud, erase_ms, page_ms):
        super().__init__(clock, baud=baud)
        self._meter = meter
        self._content = content
        self._us = _BITS * 1000000 / baud
        self.erase_us, self.program_us = erase_ms * 1000, page_ms * 1000
        self.doing = ""

    def __call__(self, level):
        if self.selected and level and self._rx:
            self._execute(self._rx)
        self.selected = not level
        self._rx = b""

    def _pass(self, count):
        self._meter.spend("SPI", count * self._us)

    def read_cells(self, at, count):
        return bytes(self._content[at : at + count])

    def erase_cells(self, at):
        self.doing = "erase"
        at -= at % 4096
        self._content[at : at + 4096] = b"\xff" * 4096

    def program_cells(self, page, cells):
        self.doing = "program"
        self._content[page : page + len(cells)] = cells


class SpiFlash:
    """In the place of the rig's NorFlash. Whatever passes while the chip is busy is its time."""

    def __init__(self, meter, clock, size, baud, erase_ms, page_ms):
        self.content = bytearray(b"\xff" * size)
        self.on_op = None
        self._made = meter, clock, self.content, baud, erase_ms, page_ms
        self._driver = None

    def window(self, start, size):
        """As NorFlash.window()."""
        if self._driver is None:
            meter = self._made[0]
            meter.chip = chip = _Chip(*self._made)
            self._driver = spinor.Chip(chip, chip)
        return spinor.Part(self._driver, start, size)
