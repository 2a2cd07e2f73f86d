"""An STM32 board in time that is driven: its chip, its flash chip, its wires."""

import importlib
import random
from collections.abc import Callable

from qsota_tools.emulated.machine import Contents
from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.stm32.chip import Chip
from qsota_tools.emulated.stm32.nor import Nor
from qsota_tools.emulated.stm32.serial_line import SerialLine
from qsota_tools.emulated.stm32.wiring import Wiring

_LOOK_NS = 10_000_000  # what it looks at may take a millisecond of this host


def chip_class(name: str) -> type[Chip]:
    """The class of a chip; its module needs unicorn."""
    module = importlib.import_module(f"qsota_tools.emulated.stm32.{name.lower()}")
    return getattr(module, name)


class SerialConsole:
    """A REPL on a UART: always there."""

    up = True

    def __init__(self, line: SerialLine):
        self.on_data: Callable[[bytes], None] = lambda data: None
        self._line = line
        line.on_byte = lambda byte: self.on_data(bytes((byte,)))

    def type(self, data: bytes) -> None:
        self._line.send(data)


class ChipTimers:
    """See Timers."""

    def __init__(self, clock):
        self._clock = clock

    def now(self) -> int:
        return self._clock.now() // 1_000_000

    def after(self, ms: float, fn: Callable, *args):
        return self._clock.after(int(ms * 1_000_000), lambda: fn(*args))

    def at_us(self, us: int, fn: Callable, *args):
        return self._clock.after(us * 1000 - self._clock.now(), lambda: fn(*args))

    def cancel(self, timer) -> None:
        self._clock.cancel(timer)


class Stm32:
    """A Machine; see also its parts `chip` and `nor`.

    flow: the partner at `line` looks at the chip's RTS.
    """

    def __init__(self, wiring: Wiring, contents: Contents, flow: bool = False):
        self.chip = chip = chip_class(wiring.chip)(contents.inside, wiring)
        self.nor = Nor(chip.clock, bytearray(contents.flash))
        self.on_boot: Callable[[str], None] = lambda cause: None
        self.timers = ChipTimers(chip.clock)
        self.stopped = False
        self._cause: str | None = None
        chip.wire_nor(wiring.nor, self.nor)
        self.line = chip.wire_serial(wiring.module if flow else wiring.module._replace(rts=None))
        self.console = None
        if wiring.console:
            self.console = SerialConsole(chip.wire_serial(wiring.console))
        chip.on_reset = self._reset
        chip.restart("power")

    @property
    def seconds(self) -> float:
        """Since the power came first."""
        return self.chip.clock.now() / 1e9

    @property
    def on_operation(self) -> Callable[[Operation], float | None]:
        return self.nor.on_operation

    @on_operation.setter
    def on_operation(self, call: Callable[[Operation], float | None]) -> None:
        self.nor.on_operation = self.chip.flash.on_operation = call

    def content(self, start: int, size: int) -> bytes:
        return bytes(self.nor.content[start : start + size])

    def contents(self) -> Contents:
        return Contents(bytes(self.nor.content), bytes(self.chip.flash.memory))

    def mistakes(self) -> list[str]:
        return self.nor.mistakes

    def stop(self) -> None:
        self.stopped = True

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        clock = self.chip.clock
        end = clock.now() + int(seconds * 1e9)

        def look():
            if until() or clock.now() >= end:
                self.stopped = True
            else:
                clock.after(min(_LOOK_NS, end - clock.now()), look)

        self.stopped = False
        look()
        while not self.stopped:
            self.chip.processor.step()
            if self._cause:
                self._restart()
        return until()

    def _reset(self, cause: str) -> None:
        if self._cause != "power":
            self._cause = cause
        self.chip.clock.interrupt()

    def power_fails(self) -> None:
        """Power cycle, once the processor has ended what it is at."""
        self._reset("power")

    def _restart(self) -> None:
        cause, self._cause = self._cause, None
        if cause == "power":
            noise = random.Random(self.chip.clock.now())
            for memory in self.chip.rams:
                memory[:] = noise.randbytes(len(memory))
        self.chip.restart(cause)
        self.on_boot(cause)
