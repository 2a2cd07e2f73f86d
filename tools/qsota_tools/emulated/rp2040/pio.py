"""The PIO of the emulated RP2040, out of the way until a program uses it."""

from rp2040py.gpio_pin import FUNCTION_PIO0, FUNCTION_PIO1
from rp2040py.peripherals.io import GPIO_CTRL_LAST, RPIO
from rp2040py.peripherals.pio import RPPIO
from rp2040py.peripherals.pio_registers import CTRL

from qsota_tools.emulated.rp2040.bus import replace

_FUNCTIONS = (FUNCTION_PIO0, FUNCTION_PIO1)
_FUNCTION, _ENABLED = 0x1F, 0xF  # bits of a pin's register, and of a block's


class Pio:
    """rp2040py goes through the list of blocks after every instruction, which is a third of all
    time, and asks it for the block that a pin belongs to, without a look at its length. So the
    list is empty until there is such a pin, or a block that runs."""

    def __init__(self, rp2040):
        self._rp2040 = rp2040
        self._blocks = [_Block(rp2040, b.name, b.first_irq, b.index) for b in rp2040.pio]
        for old, new in zip(rp2040.pio, self._blocks, strict=True):
            new.wake = self.wake
            replace(rp2040, old, new)
        rp2040.pio[:] = self._blocks
        old = next(p for p in rp2040.peripherals.values() if getattr(p, "pins", 0) is rp2040.gpio)
        pins = _Pins(rp2040, old.name)
        pins.wake = self.wake
        replace(rp2040, old, pins)
        rp2040.simulator = self  # there is one: else a block looks for a loop of asyncio's
        self.rest()

    def wake(self) -> None:
        """In place: what needs the blocks is one instruction of a batch, which has the list."""
        self._rp2040.pio[:] = self._blocks

    def rest(self) -> None:
        """Unless one is in use."""
        pins = any(pin.function_select in _FUNCTIONS for pin in self._rp2040.gpio)
        if not pins and all(block.stopped for block in self._blocks):
            self._rp2040.pio.clear()


class _Block(RPPIO):
    def write_uint32(self, offset, value):
        if offset == CTRL and value & _ENABLED:
            self.wake()
        super().write_uint32(offset, value)


class _Pins(RPIO):
    def write_uint32(self, offset: int, value: int) -> None:
        if offset <= GPIO_CTRL_LAST and offset & 4 and value & _FUNCTION in _FUNCTIONS:
            self.wake()
        super().write_uint32(offset, value)
