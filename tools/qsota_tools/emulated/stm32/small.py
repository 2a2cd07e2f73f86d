"""Peripherals of which MicroPython needs little: for each what that is, and nothing else."""

import random

from qsota_tools.emulated.cortex_m.registers import Registers


def words(*ranges: tuple[int, int]) -> dict[int, int]:
    """Registers from each first to last offset, 0 after a reset."""
    return {at: 0 for first, last in ranges for at in range(first, last + 1, 4)}


def held(name: str, *ranges: tuple[int, int]) -> Registers:
    """A peripheral whose settings have no effect on what is emulated."""
    block = Registers()
    block.name, block.plain = name, words(*ranges)
    block.values = dict(block.plain)
    return block


class Random(Registers):
    """RNG: ready at once; the numbers are the same in each run."""

    name = "RNG"
    plain = {0x00: 0}
    _SEED = 1

    def __init__(self):
        super().__init__()
        self._source = random.Random(self._SEED)

    def load(self, offset: int) -> int:
        if offset == 0x04:
            return 1
        return self._source.getrandbits(32) if offset == 0x08 else super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset != 0x04:
            super().store(offset, value)


class RealTimeClock(Registers):
    """RTC: a calendar that stands still; its registers survive each reset but that by power."""

    name = "RTC"
    plain = words((0x00, 0xCC)) | {0x04: 0x2101, 0x10: 0x7F00FF}
    _STATUS, _INIT, _SYNCED = 0x0C, 1 << 7, 0x37

    def load(self, offset: int) -> int:
        value = super().load(offset)
        if offset == self._STATUS:
            return value & self._INIT | self._SYNCED | (value & self._INIT) >> 1
        return value


class UsbWithoutCable(Registers):
    """OTG: its core is idle, and no host ever comes."""

    plain = words((0x000, 0xFFC))
    _RESET = 0x10

    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def load(self, offset: int) -> int:
        return 1 << 31 if offset == self._RESET else super().load(offset)
