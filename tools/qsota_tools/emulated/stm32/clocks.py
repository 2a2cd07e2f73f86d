"""What the clock trees of the chips have in common: prescalers, oscillators that are ready."""

from qsota_tools.emulated.cortex_m.registers import Registers

MHZ = 1_000_000
_AHB = (2, 4, 8, 16, 64, 128, 256, 512)
_BACKUP_CONTROL, _CONTROL_STATUS = 0x70, 0x74


def bus_divider(code: int) -> int:
    """Of a field of four bits, such as HPRE."""
    return _AHB[code & 7] if code & 8 else 1


def peripheral_divider(code: int) -> int:
    """Of a field of three bits, such as PPRE1."""
    return 2 << (code & 3) if code & 4 else 1


class ClockTree(Registers):
    """RCC: an oscillator or PLL that is on is ready.

    ready: {offset of a register: (bit that switches on, bit that is set then) of each source}.
    """

    name = "RCC"
    ready: dict[int, tuple[tuple[int, int], ...]] = {}
    low_speed = {_BACKUP_CONTROL: ((0, 1),), _CONTROL_STATUS: ((0, 1),)}

    def load(self, offset: int) -> int:
        value = super().load(offset)
        for on, ready in (self.ready | self.low_speed).get(offset, ()):
            value = value & ~(1 << ready) | (value >> on & 1) << ready
        return value
