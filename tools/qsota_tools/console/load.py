"""How soon the console's pages answer while many devices report."""

import contextlib
import random
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import uvicorn

from qsota_tools.center.service import Service
from qsota_tools.common.files import scratch
from qsota_tools.console import web_app
from qsota_tools.console.console import Console
from qsota_tools.console.workbench import Bench

GOAL_MS = 200  # at the 95th percentile
DEVICES = 1000
EVENTS_PER_S = 1000
_PIECE = 20  # events that one thread tells in a row
_PAGES = (
    *("/", "/products", "/devices", "/device?{device}", "/packages", "/packages/new"),
    *("/packages/{package}", "/plans", "/plans/new", "/plans/{plan}", "/plans/{saved}"),
    *("/plans/{plan}/edit", "/plans/{plan}/monitor", "/bench", "/api"),
)


class _Fleet(threading.Thread):
    """Devices that report: downloads that go on, versions, connections."""

    def __init__(self, service: Service, product: str):
        super().__init__(daemon=True)
        self._service = service
        self._product = product
        self._dice = random.Random(1)
        self.told = 0
        self.stopping = False

    def run(self) -> None:
        began = time.monotonic()
        while not self.stopping:
            due = int((time.monotonic() - began) * EVENTS_PER_S)
            if self.told + _PIECE > due:
                time.sleep(0.005)
                continue
            for _ in range(_PIECE):
                self._tell()

    def _tell(self) -> None:
        key = f"d{self._dice.randrange(DEVICES):04}"
        self.told += 1
        with self._service.message() as center:
            device = center.device(self._product, key)
            device.seen = center.now
            part = {"start": self.told, "length": 1024, "total": 1 << 20}
            device.progress = part | {"kind": "read"}
            center.touch(device)
            if self.told % 10:
                center.emit("read", device, device.task, **part)
            else:
                center.emit("connected", device)


def measure(seconds: float) -> Iterator[dict]:
    """For each page its times in ms: path, count, median, p95, worst; then path "all" with the
    events per second that the devices told meanwhile."""
    with (
        scratch() as folder,
        Service(f"sqlite:///{folder}/center.db", folder / "files") as service,
    ):
        made = _fill(service)
        console = Console(service, Bench(service, folder / "boards"))
        fleet = _Fleet(service, "p1")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(web_app.create(console), log_level="error"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            fleet.start()
            try:
                host = f"http://127.0.0.1:{listener.getsockname()[1]}"
                with _watching(host):
                    yield from _ask(host, made, fleet, seconds)
            finally:
                fleet.stopping = server.should_exit = True
                fleet.join()
                console.stop()
                thread.join()


def _fill(service: Service) -> dict[str, int]:
    """The ids of a package, of a plan that is active and of one that is not, for its dry run."""
    service.products.create({"key": "p1"})
    service.devices.add("p1", [f"d{n:04}" for n in range(DEVICES)])
    file = service.packages.upload("app.bin", [bytes(range(256))])
    fields = {"name": "app", "component_type": "mcu", "package_type": "full"}
    package = service.packages.create({**fields, "target_version": "2"}, [file["sha256"]])["id"]
    plan, saved = [_plan(service, name, package) for name in ("plan", "next")]
    service.plans.activate(plan)
    return {"package": package, "plan": plan, "saved": saved}


def _plan(service: Service, name: str, package: int) -> int:
    now = service.clock.get()["now"]
    fields = {"name": name, "product": "p1", "zone": "UTC", "start": now, "end": now + 86400000}
    plan = service.plans.create(fields)["id"]
    service.plans.set_components(plan, [{"identifier": "MCU", "package": package}])
    return plan


@contextlib.contextmanager
def _watching(host: str) -> Iterator[None]:
    """Somebody has a page open, which hears of everything."""
    with urllib.request.urlopen(host + "/api/v1/events", timeout=60) as response:
        thread = threading.Thread(target=_read, args=(response,), daemon=True)
        thread.start()
        yield


def _read(response: Any) -> None:
    with contextlib.suppress(ValueError, OSError, AttributeError):  # closed at the end
        while response.read1(65536):
            pass


def _ask(host: str, made: dict[str, int], fleet: _Fleet, seconds: float) -> Iterator[dict]:
    device = urllib.parse.urlencode({"product": "p1", "key": "d0007"})
    paths = [path.format(device=device, **made) for path in _PAGES]
    for path in paths:
        _get(host + path)  # templates are read once
    times: dict[str, list[float]] = {path: [] for path in paths}
    began, before = time.monotonic(), fleet.told
    while time.monotonic() - began < seconds:
        for path in paths:
            times[path].append(_get(host + path))
    rate = (fleet.told - before) / (time.monotonic() - began)
    for path, found in times.items():
        yield {"path": path, **_figures(found)}
    yield {"path": "all", **_figures([t for found in times.values() for t in found]), "rate": rate}


def _get(url: str) -> float:
    began = time.perf_counter()
    with urllib.request.urlopen(url, timeout=60) as response:
        response.read()
    return (time.perf_counter() - began) * 1000


def _figures(times: list[float]) -> dict:
    found = sorted(times)
    at = min(len(found) - 1, int(len(found) * 0.95))
    return {
        "count": len(found),
        "median": found[len(found) // 2],
        "p95": found[at],
        "worst": found[-1],
    }
