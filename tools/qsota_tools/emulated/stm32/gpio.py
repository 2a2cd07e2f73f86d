"""GPIO ports, and the pads that something outside is wired to (RM0433 chapter 11, RM0090 8)."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.registers import Registers

_MODER, _OTYPER, _OSPEEDR, _PUPDR = 0x00, 0x04, 0x08, 0x0C
_IDR, _ODR, _BSRR, _LCKR, _AFRL, _AFRH = 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24
_INPUT, _OUTPUT, _ALTERNATE = 0, 1, 2
_PULL_UP = 1
_PINS = 16


class Port(Registers):
    """One port, called by its letter. What is outside drives pins, or is told of their levels."""

    def __init__(self, letter: str):
        self.name = f"GPIO{letter}"
        self.plain = dict.fromkeys((_MODER, _OTYPER, _OSPEEDR, _PUPDR, _AFRL, _AFRH, _LCKR), 0)
        super().__init__()
        self._out = 0
        self._driven: dict[int, int | Callable[[], int]] = {}
        self._watched: dict[int, Callable[[int], None]] = {}  # by the pin's bit
        # Pins as bits: those in that mode; those that are watched; levels that do not change by
        # themselves.
        self._outputs = self._seen = self._still = 0

    def drive(self, pin: int, level: int | Callable[[], int]) -> None:
        """What is outside gives it that level, or that which it has when asked."""
        self._driven[pin] = level
        self._settle()

    def watch(self, pin: int, call: Callable[[int], None]) -> None:
        """call(level) whenever the chip changes the level of this output."""
        self._watched[1 << pin] = call
        self._seen |= 1 << pin

    def function(self, pin: int) -> int | None:
        """The alternate function that the pin has, None if none."""
        if self.values[_MODER] >> 2 * pin & 3 != _ALTERNATE:
            return None
        return self.values[_AFRL + pin // 8 * 4] >> pin % 8 * 4 & 15

    def level(self, pin: int) -> int:
        """What an input of it reads."""
        if self._outputs >> pin & 1:
            return self._out >> pin & 1
        return self.levels() >> pin & 1

    def levels(self) -> int:
        """What all inputs read, as bits."""
        found = self._still
        for pin, level in self._driven.items():
            if callable(level):
                found |= level() << pin
        return found & ~self._outputs | self._out & self._outputs

    def _settle(self) -> None:
        """Inputs that nothing drives follow their pull-up."""
        pulled = {n: self.values[_PUPDR] >> 2 * n & 3 == _PULL_UP for n in range(_PINS)}
        still = pulled | {n: 0 if callable(at) else at for n, at in self._driven.items()}
        self._still = sum(level << n for n, level in still.items())

    def load(self, offset: int) -> int:
        if offset == _IDR:
            return self.levels()
        if offset == _ODR:
            return self._out
        return super().load(offset)

    def write(self, offset: int, size: int, value: int) -> None:
        if offset == _BSRR:
            self._drive_out(self._out & ~(value >> 16) | value & 0xFFFF)
        elif offset == _BSRR + 2:
            self._drive_out(self._out & ~value)
        else:
            super().write(offset, size, value)

    def store(self, offset: int, value: int) -> None:
        if offset == _ODR:
            self._drive_out(value & 0xFFFF)
            return
        super().store(offset, value)
        if offset == _MODER:
            self._set_modes(value)
        elif offset == _PUPDR:
            self._settle()

    def _set_modes(self, modes: int) -> None:
        before = self._outputs
        self._outputs = sum((modes >> 2 * pin & 3 == _OUTPUT) << pin for pin in range(_PINS))
        self._tell(self._outputs & ~before)

    def _drive_out(self, levels: int) -> None:
        changed = (self._out ^ levels) & self._outputs
        self._out = levels
        if changed & self._seen:
            self._tell(changed)

    def _tell(self, pins: int) -> None:
        for bit, call in self._watched.items():
            if pins & bit:
                call(1 if self._out & bit else 0)


class Pads:
    """All ports by letter, and the way from a signal of a peripheral to a pad.

    functions: {(pad, alternate function): signal}, of the datasheet's table for the pads that are
    wired; a pad is called like D6, a signal like USART2_RX.
    """

    def __init__(self, letters: str, functions: dict[tuple[str, int], str]):
        self.ports = {letter: Port(letter) for letter in letters}
        self._functions = functions

    def at(self, pad: str) -> tuple[Port, int]:
        return self.ports[pad[0]], int(pad[1:])

    def signal(self, pad: str) -> str | None:
        """What the pad is connected to inside the chip now, None if to nothing that we know."""
        port, pin = self.at(pad)
        return self._functions.get((pad, port.function(pin)))
