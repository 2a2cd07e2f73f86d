# The flash chip on the SPI bus: the model of the driver's tests, with its cells in a file.
import time

import nor
import supply
from qsota_tools.proof.lab.w25q import W25q

_SECTOR = 4096


class _Clock:
    """Time passes by itself here."""

    now_us = staticmethod(time.ticks_us)

    def advance_us(self, us):
        pass


class _Cells(nor.Nor):
    def _busy(self, us):
        pass  # the chip is, and says so; the bus is not


class _Chip(W25q):
    def __init__(self):
        self._nor = _Cells("flash", _SECTOR, 1)
        capacity = len(bin(self._nor.size)) - 3  # of a power of two, as the id tells it
        super().__init__(_Clock(), bytes([0xEF, 0x40, capacity]))
        if supply.settings["timing"] == "none":
            self.erase_us = self.program_us = 0

    def on_command(self, opcode):
        pass

    def on_fault(self, text):
        supply.halt("violation", text="SPI flash: " + text)

    def read_cells(self, at, count):
        return self._nor.content[at : at + count]

    def erase_cells(self, at):
        self._nor.erase(at // _SECTOR * _SECTOR, _SECTOR)

    def program_cells(self, page, cells):
        changed = [i for i, cell in enumerate(cells) if cell != self._nor.content[page + i]]
        if changed:
            first = changed[0]
            self._nor.program(page + first, cells[first : changed[-1] + 1])


chip = _Chip()
