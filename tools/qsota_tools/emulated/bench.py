"""A provisioned board with the simulated module on its UART and the simulated cloud behind it, all
on the emulated clock and in one thread: a run is the same each time."""

from collections.abc import Callable

from qsota.boot.record_data import NOTHING
from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.center.cloud import Cloud
from qsota_tools.center.plan import Component, Plan
from qsota_tools.emulated.lines import Lines
from qsota_tools.emulated.machine import Machine
from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.oracle import Verdict, judge, read_record
from qsota_tools.module.module import Module

_VERDICT_S, _REPORT_S, _REST_S = 1500, 300, 2  # the module gives up after 1200
_MODULE_RESTART_MS = 3000
_BLANK = 0xFF

# Asked before each flash operation, with its number; answers as Machine.on_operation does.
Cut = Callable[[int, Operation], float | None]


def no_cut(number: int, operation: Operation) -> None:
    """The power stays."""


class Bench:
    """machine: has just been started; offers: packages, each becomes a plan; say(text) gets a log;
    see also `cut`."""

    def __init__(
        self, board: Board, machine: Machine, offers: list[bytes], say: Callable[[str], None]
    ):
        self.board, self.machine = board, machine
        self.operations: list[Operation] = []
        self.boots: list[tuple[float, str]] = [(0.0, "power")]
        self.faults: list[str] = []
        self.cut: Cut = no_cut
        self._say = say
        self._lines = Lines(lambda text: self._log("|", text))
        machine.on_boot = self._boots
        machine.on_operation = self._operates
        if machine.console:
            machine.console.on_data = self._lines.take
        self.line = machine.line
        clock = machine.timers
        self.cloud = Cloud(clock, [_plan(offer) for offer in offers])
        self.cloud.on_event = lambda kind, fields: self._log("cloud", f"{kind} {fields}")
        options = {"restart_ms": _MODULE_RESTART_MS}
        self.module = Module(clock, self.line.send, self.cloud, **options)
        self.module.on_trace = lambda direction, text: self._log(direction, text)
        self.line.on_byte = lambda byte: self.module.rx(bytes((byte,)))

    @property
    def storage(self) -> bytes:
        """The storage of the board as the flash has it."""
        flash = self.board["flash"]
        return self.machine.content(flash.get("offset", 0), flash["size"])

    def run(self) -> None:
        """Until the last plan has its verdict, and the device has noted it."""
        self.machine.run(_VERDICT_S, lambda: self.cloud.plan is None)
        self.machine.run(
            _REPORT_S, lambda: read_record(self.storage, self.board).report == NOTHING
        )
        self.machine.run(_REST_S)

    def verdict(self, approved: list[bytes]) -> Verdict:
        """What the device runs, and everything that went wrong on the way."""
        known = self.cloud.versions.get(self.board["component"])
        found = judge(self.storage, self.board, approved, known)
        found.problems[:0] = self.faults + self.machine.mistakes()
        if self.cloud.plan:
            found.problems.append("the cloud has no verdict")
        return found

    # What the parts tell

    def _log(self, mark: str, text: str) -> None:
        self._say(f"{self.machine.seconds:10.4f} {mark:<5} {text}")

    def _boots(self, cause: str) -> None:
        self._lines.cut()
        self.boots.append((round(self.machine.seconds, 3), cause))
        self._log("boot", cause)

    def _operates(self, operation: Operation) -> float | None:
        self._check(operation)
        self.operations.append(operation)
        done = self.cut(len(self.operations), operation)
        if done is not None:
            self._log("cut", f"{operation.kind} at {operation.offset:#x}, {done:.0%} done")
            self.machine.power_fails()
        return done

    def _check(self, operation: Operation) -> None:
        """Nothing but the areas that an update is for may change, and no byte twice."""
        _, start, size, data, chip = operation
        offset = start - self.board["flash"].get("offset", 0)
        areas = (area for name, area in self.board["areas"].items() if name != "root")
        inside = any(at <= offset and offset + size <= at + length for at, length in areas)
        if chip != "flash" or not inside:
            where = f"{start:#x}" if chip == "flash" else f"{start:#x} of the {chip}"
            self.faults.append(f"{operation.kind} at {where}: not in an area for it")
        elif data and any(byte != _BLANK for byte in self.machine.content(start, size)):
            self.faults.append(f"{start:#x} was programmed before")


def _plan(data: bytes) -> Plan:
    header = package.parse(data)
    return Plan([Component(header.component, header.version, data)])
