"""A provisioned Pico with the simulated module on its UART and the simulated cloud behind it, all
on the emulated clock and in one thread: a run is the same each time."""

from collections.abc import Callable

from qsota.boot.record import NOTHING
from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.center.cloud import Cloud
from qsota_tools.center.plan import Component, Plan
from qsota_tools.emulated.lines import Lines
from qsota_tools.emulated.oracle import Verdict, judge, read_record
from qsota_tools.emulated.rp2040.flash_chip import Operation
from qsota_tools.emulated.rp2040.pico import Pico
from qsota_tools.module.module import Module

_VERDICT_S, _REPORT_S, _REST_S = 1500, 300, 2  # the module gives up after 1200
_MODULE_RESTART_MS = 3000
_BLANK = 0xFF


class EmulatedClock:
    """The emulator's clock as the simulated module wants it, in milliseconds."""

    def __init__(self, clock):
        self._clock = clock
        self._armed = set()

    def now(self) -> int:
        return int(self._clock.nanos // 1_000_000)

    def after(self, ms: float, fn: Callable, *args):
        def fire():
            self._armed.discard(alarm)
            fn(*args)

        alarm = self._clock.create_alarm(fire)
        self._armed.add(alarm)
        alarm.schedule(max(0, ms) * 1e6)
        return alarm

    def cancel(self, alarm) -> None:
        """Forget an event; one that is past, or None, is ignored."""
        if alarm in self._armed:
            self._armed.discard(alarm)
            alarm.cancel()


class Bench:
    """flash: of the whole chip; offers: packages, each becomes a plan; say(text) gets a log.

    cut(number, operation) is asked before each flash operation, as FlashChip.on_operation is.
    """

    def __init__(
        self, board: Board, flash: bytes, offers: list[bytes], say: Callable[[str], None]
    ):
        self.board = board
        self.operations: list[Operation] = []
        self.boots: list[tuple[float, str]] = [(0.0, "power")]
        self.faults: list[str] = []
        self.cut: Callable[[int, Operation], float | None] = lambda number, operation: None
        self._say = say
        self._lines = Lines(lambda text: self._log("|", text))
        self.pico = Pico(flash)
        self.pico.on_boot = self._boots
        self.pico.flash.on_operation = self._operates
        self.pico.usb.on_data = self._lines.take
        self.uart = self.pico.uarts[board["uart"]["id"]]
        clock = EmulatedClock(self.pico.clock)
        self.cloud = Cloud(clock, [_plan(offer) for offer in offers])
        self.cloud.on_event = lambda kind, fields: self._log("cloud", f"{kind} {fields}")
        options = {"restart_ms": _MODULE_RESTART_MS}
        self.module = Module(clock, self.uart.send, self.cloud, **options)
        self.module.on_trace = lambda direction, text: self._log(direction, text)
        self.uart.on_byte = lambda byte: self.module.rx(bytes((byte,)))

    @property
    def storage(self) -> bytes:
        """The storage of the board as the flash has it."""
        flash = self.board["flash"]
        return self.pico.content(flash["offset"], flash["size"])

    def run(self) -> None:
        """Until the last plan has its verdict, and the device has noted it."""
        self.pico.run(_VERDICT_S, lambda: self.cloud.plan is None)
        self.pico.run(_REPORT_S, lambda: read_record(self.storage, self.board).report == NOTHING)
        self.pico.run(_REST_S)

    def verdict(self, approved: list[bytes]) -> Verdict:
        """What the device runs, and everything that went wrong on the way."""
        known = self.cloud.versions.get(self.board["component"])
        found = judge(self.storage, self.board, approved, known)
        found.problems[:0] = self.faults
        if self.cloud.plan:
            found.problems.append("the cloud has no verdict")
        return found

    # What the parts tell

    def _log(self, mark: str, text: str) -> None:
        self._say(f"{self.pico.seconds:10.4f} {mark:<5} {text}")

    def _boots(self, cause: str) -> None:
        self._lines.cut()
        self.boots.append((round(self.pico.seconds, 3), cause))
        self._log("boot", cause)

    def _operates(self, operation: Operation) -> float | None:
        self._check(operation)
        self.operations.append(operation)
        done = self.cut(len(self.operations), operation)
        if done is not None:
            self._log("cut", f"{operation.kind} at {operation.offset:#x}, {done:.0%} done")
            self.pico.power_fails()
        return done

    def _check(self, operation: Operation) -> None:
        """Nothing but the areas that an update is for may change, and no byte twice."""
        _, start, size, data = operation
        offset = start - self.board["flash"]["offset"]
        areas = (area for name, area in self.board["areas"].items() if name != "root")
        if not any(at <= offset and offset + size <= at + length for at, length in areas):
            self.faults.append(f"{operation.kind} at {start:#x}: not in an area for it")
        if data and any(byte != _BLANK for byte in self.pico.content(start, size)):
            self.faults.append(f"{start:#x} was programmed before")


def _plan(data: bytes) -> Plan:
    header = package.parse(data)
    return Plan([Component(header.component, header.version, data)])
