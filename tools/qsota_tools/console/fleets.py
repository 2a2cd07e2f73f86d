"""Simulated fleets in the console: the real updater of many devices, on the Center's clock.

When the clock is hurried they come along, as fast as this host can. When it is moved on they are
in the new time at once, in the middle of what they did, like boards: what they did not live
through in time they never do, since the Center's answers would come too late for it. Nothing of
them outlives the program.
"""

import queue
import threading
from collections.abc import Callable
from typing import Any

from qsota_tools import boards
from qsota_tools.center.checks import Form
from qsota_tools.center.complaints import refuse
from qsota_tools.center.remote import ModuleSession
from qsota_tools.center.service import Service
from qsota_tools.fleet.breed import breed
from qsota_tools.fleet.fleet_device import FleetDevice
from qsota_tools.fleet.spec import Spec
from qsota_tools.fleet.turn import sharing
from qsota_tools.fleet.world import World
from qsota_tools.proof.lab.edges import CONFIG

DEVICES_MAX = 1000  # in all fleets together: each takes a quarter of a megabyte
_WITHIN_MIN = 1  # all of a fleet are switched on
_IMEI = 860000000100000
_PAUSE_S = 0.05
_TURN_MS = 8000  # that they live at once, while the Center waits: no answer takes so long
_VERSION = "1_0_0"


class _DeskUplink(ModuleSession):
    """plan: one that is never over, since such a device waits for ever."""

    plan = True

    @property
    def versions(self) -> dict[str, str]:
        return self.device.versions


class Fleet:
    """name: in the console; spec: what befalls its devices."""

    def __init__(self, name: str, spec: Spec, wanted: int):
        self.name = name
        self.spec = spec
        self.wanted = wanted
        self.devices: list[FleetDevice] = []

    def view(self) -> dict[str, Any]:
        devices = list(self.devices)
        return {
            "name": self.name,
            "devices": self.wanted,
            "ready": len(devices),
            "cuts": self.spec.cuts,
            "links": self.spec.links,
            "refusals": self.spec.refusals,
            "cuts_taken": sum(device.cuts_taken for device in devices),
            "problems": [
                f"{device.key}: {text}" for device in devices for text in device.judge.problems
            ],
        }


class Fleets:
    """All of them live on one thread, since the device code keeps its state in modules."""

    def __init__(self, service: Service):
        self._service = service
        self._fleets: dict[str, Fleet] = {}
        self._calls: queue.SimpleQueue[tuple[Callable, tuple]] = queue.SimpleQueue()
        self._world: World | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._count = 0  # of devices ever, so that no IMEI comes twice
        self._lock = threading.Lock()

    def find(self) -> list[dict[str, Any]]:
        return [fleet.view() for fleet in list(self._fleets.values())]

    def add(self, fields: dict[str, Any]) -> dict[str, Any]:
        """devices; cuts, links, refusals: percent of them, see Spec; version: that they run."""
        form = Form(fields)
        devices = form.number("devices", 1, DEVICES_MAX)
        shares = {name: form.number(name, 0, 100, 0) for name in ("cuts", "links", "refusals")}
        version = form.word("version", 32, _VERSION)
        form.done()
        with self._lock:
            if sum(fleet.wanted for fleet in self._fleets.values()) + devices > DEVICES_MAX:
                raise refuse("devices", "too-many", limit=DEVICES_MAX)
            number = max((int(name.split("-")[1]) for name in self._fleets), default=0) + 1
            board = boards.load("VIRTUAL")
            spec = Spec(component=board["component"], source=version, seed=number, **shares)
            fleet = self._fleets[f"fleet-{number}"] = Fleet(f"fleet-{number}", spec, devices)
            for _ in range(devices):
                self._count += 1
                self._calls.put((self._add, (fleet, self._count)))
            self._start()
        return fleet.view()

    def remove(self, name: str) -> None:
        """Its devices go off-line; the Center remembers them."""
        with self._lock:
            fleet = self._fleets.pop(name, None)
        if fleet is None:
            raise refuse("fleet", "unknown", value=name)
        self._calls.put((self._remove, (fleet,)))

    def stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    # On the thread

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="qsota-fleets", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        wall = self._service.wall
        before = wall.now()
        self._world = World(None, before)
        with sharing():
            while not self._stopping.is_set():
                self._take_calls()
                now = wall.now()
                self._world.run(self._world.now_ms + min(now - before, _TURN_MS))
                before = now
                self._stopping.wait(min(_PAUSE_S, _TURN_MS / 2000 / max(1, wall.speed)))
            for device in list(self._world.devices.values()):
                self._take_off(device)

    def _take_calls(self) -> None:
        while not (self._calls.empty() or self._stopping.is_set()):
            call, args = self._calls.get()
            call(*args)

    def _add(self, fleet: Fleet, number: int) -> None:
        key = str(_IMEI + number)

        def call(happen: Callable, *args: Any) -> None:
            self._calls.put((self._world.deliver, (key, lambda: happen(*args))))

        uplink = _DeskUplink(self._service, call)
        config = CONFIG | {"name": "VIRTUAL", "component": fleet.spec.component}
        now_ms = self._world.now_us // 1000
        device, _ = breed(fleet.spec, number, _IMEI, uplink, config, {}, now_ms, _WITHIN_MIN)
        fleet.devices.append(device)
        self._world.add(device)

    def _remove(self, fleet: Fleet) -> None:
        for device in fleet.devices:
            self._take_off(device)

    def _take_off(self, device: FleetDevice) -> None:
        self._world.remove(device)
        device.cloud.detach()
