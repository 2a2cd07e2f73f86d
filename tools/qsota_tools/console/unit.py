"""One module on the desk: its simulation, what was said on its UART, and the board behind it."""

from collections import deque
from typing import Any

from qsota_tools.center.service import Service
from qsota_tools.module.realtime import RealTimeSim
from qsota_tools.virtual.virtual_board import VirtualBoard

_LINES = 5000  # of a transcript; the oldest go
_RESTART_MS = 3000
_LINK_BACK_MS = 5000


class Unit:
    """name: in the console; board: the VirtualBoard, None for a board that only its port knows.

    options: of the simulated module. What happens on it is told to the Center's watchers.
    """

    def __init__(self, service: Service, name: str, port: str, baud: int = 115200, **options: Any):
        self.name = name
        self.board: VirtualBoard | None = None
        self._lines: deque[dict] = deque(maxlen=_LINES)
        self._count = 0
        self._service = service
        self.sim = RealTimeSim(
            port=port,
            baud=baud,
            connect=service.session,
            on_trace=self._traced,
            restart_ms=_RESTART_MS,
            **options,
        )

    @property
    def identity(self) -> tuple[str, str]:
        """Product key and device key, as the Center shows them."""
        product, key = self.sim.cloud._identity
        return product, key

    def view(self) -> dict[str, Any]:
        product, key = self.identity
        return {
            "name": self.name,
            "kind": "virtual" if self.board else "port",
            "port": self.sim.name,
            "product": product,
            "device": key,
            "fault": str(self.sim.error) if self.sim.error else self._violation(),
        }

    def transcript(self, after: int = 0) -> list[dict]:
        """Lines on the UART: id, ms (the Center's time), direction, text."""
        return [line for line in list(self._lines) if line["id"] > after]

    def stop(self) -> None:
        """The board first, which is the module's peer."""
        if self.board:
            self.board.stop()
        self.sim.stop()

    # What goes wrong when it is told to

    def cut_power(self) -> None:
        """Power off and on, wherever the firmware is."""
        if self.board:
            self.board.power_cycle()

    def lose_link(self) -> None:
        """The network ends the connection; the module comes back by itself."""
        self.sim.call(lambda: self.sim.module.link.drop(back_ms=_LINK_BACK_MS))

    def restart_module(self) -> None:
        self.sim.call(self.sim.module.reboot)

    def lie(self, component: str, version: str) -> None:
        """The device says that it runs a version which it does not."""
        self.sim.call(self._lie, component, version)

    def _lie(self, component: str, version: str) -> None:
        self.sim.module.versions.set(component, version)
        self.sim.module.link.upload()

    def _violation(self) -> str | None:
        events = self.board.events if self.board else []
        return next((e["text"] for e in events if e["event"] == "violation"), None)

    def _traced(self, direction: str, text: str) -> None:
        self._count += 1
        ms = self._service.wall.now()
        line = {"id": self._count, "ms": ms, "direction": direction, "text": text}
        self._lines.append(line)
        self.sim.cloud.notify("AT", direction=direction, text=text)
