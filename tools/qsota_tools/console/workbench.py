"""The modules on the desk: virtual boards, and ports that real boards are wired to."""

import re
import threading
from pathlib import Path
from typing import Any

from qsota_tools import boards
from qsota_tools.center.checks import Form
from qsota_tools.center.complaints import refuse
from qsota_tools.center.service import Service
from qsota_tools.common import files
from qsota_tools.console.unit import Unit
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.virtual_board import VirtualBoard

BOARDS_MAX = 20  # each is a process of its own
FAULTS = ("cut-power", "lose-link", "restart-module")
_FLASH = re.compile(r"board-(\d+)\.bin")


class Bench:
    """directory: of the virtual boards' flash files, which outlive the program.

    timing: see VirtualBoard.
    """

    def __init__(self, service: Service, directory: Path, timing: str = "real"):
        self._service = service
        self._directory = directory
        self._timing = timing
        self._units: dict[str, Unit] = {}
        self._lock = threading.Lock()

    def restore(self) -> None:
        """Power up the virtual boards of the last run."""
        for path in sorted(self._directory.glob("board-*.bin")):
            if match := _FLASH.fullmatch(path.name):
                self._start(int(match[1]), path)

    def find(self) -> list[dict[str, Any]]:
        return [unit.view() for unit in list(self._units.values())]

    def attach(self, port: str, baud: int = 115200) -> dict[str, Any]:
        """A module on that port (see common/ports.py) for whatever board is wired to it."""
        with self._lock:
            number = sum(name.startswith("port") for name in self._units) + 1
            unit = Unit(
                self._service, f"port-{number}", port, baud, imei=f"{860000000010000 + number}"
            )
            unit.sim.start()
            self._units[unit.name] = unit
        return unit.view()

    def add(self, first: bytes | None = None) -> dict[str, Any]:
        """One more virtual board; first: the package that it starts with, else in recovery."""
        with self._lock:
            numbers = [int(name.split("-")[1]) for name in self._units if name.startswith("board")]
            if len(numbers) >= BOARDS_MAX:
                raise refuse("boards", "too-many", limit=BOARDS_MAX)
            number = max(numbers, default=0) + 1
            path = self._directory / f"board-{number}.bin"
            self._directory.mkdir(parents=True, exist_ok=True)
            files.write(path, make_flash(boards.load("VIRTUAL"), first))
            return self._start(number, path).view()

    def remove(self, name: str) -> None:
        """Take a board off the desk; the Center remembers its device."""
        with self._lock:
            unit = self.known(name)
            del self._units[name]
        unit.stop()
        if unit.board:
            unit.board.flash.unlink(missing_ok=True)

    def fault(self, name: str, fault: str) -> dict[str, Any]:
        """fault: one of FAULTS."""
        unit = self.known(name)
        if fault == "cut-power" and not unit.board:
            raise refuse("fault", "not-one-of", choices=", ".join(FAULTS[1:]))
        actions = (unit.cut_power, unit.lose_link, unit.restart_module)
        dict(zip(FAULTS, actions, strict=True))[fault]()
        return unit.view()

    def lie(self, name: str, component: str, version: str) -> dict[str, Any]:
        """See Unit.lie; BadInput for what a device could not say."""
        form = Form({"component": component, "version": version})
        form.word("component", 32)
        form.word("version", 32)
        form.done()
        unit = self.known(name)
        unit.lie(component, version)
        return unit.view()

    def known(self, name: str) -> Unit:
        if name not in self._units:
            raise refuse("board", "unknown", value=name)
        return self._units[name]

    def of_device(self, product: str, key: str) -> Unit | None:
        """The unit that is this device, if it is on this desk."""
        for unit in list(self._units.values()):
            if unit.identity == (product, key):
                return unit
        return None

    def stop(self) -> None:
        for unit in list(self._units.values()):
            unit.stop()
        self._units.clear()

    def _start(self, number: int, flash: Path) -> Unit:
        unit = Unit(self._service, f"board-{number}", "pty:", imei=f"{860000000000000 + number}")
        unit.sim.start()
        board = boards.load("VIRTUAL")
        unit.board = VirtualBoard(board, flash, unit.sim.name, timing=self._timing)
        unit.board.start()
        self._units[unit.name] = unit
        return unit
