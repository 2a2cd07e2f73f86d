"""What `--demo` begins with: a product, two packages, a virtual board, and a plan that runs."""

from typing import Any

from qsota_tools import boards
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.console.console import Console
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

PRODUCT = "p1SIMU"  # that of a simulated module that was given none
_VERSIONS = ("1_0_0", "2_0_0")
_DAYS_MS = 7 * 86400000


def fill(console: Console) -> None:
    """Only where there is nothing yet: a restart goes on with what was there."""
    service = console.service
    if service.products.find():
        return
    service.products.create({"key": PRODUCT, "name": "Diffuser"})
    first, second = [add_package(console, version, version) for version in _VERSIONS]
    path = service.packages.path(first["files"][0]["sha256"])
    console.bench.add(path.read_bytes())
    now = service.clock.get()["now"]
    fields = {"name": "Diffuser 2_0_0", "product": PRODUCT, "zone": "Asia/Shanghai"}
    plan = service.plans.create({**fields, "start": now, "end": now + _DAYS_MS})
    component = boards.load("VIRTUAL")["component"]
    rows = [{"identifier": component, "package": second["id"]}]
    service.plans.set_components(plan["id"], rows)
    service.plans.activate(plan["id"])


def add_package(console: Console, example: str, version: str) -> dict[str, Any]:
    """The example application of that name, as a package of that version."""
    board = boards.load("VIRTUAL")
    image = build_image(EXAMPLES / f"sensor_node_{example}")
    data = make_package(image, board, board["component"], version)
    file = console.service.packages.upload(f"sensor_node_{version}.bin", [data])
    fields = {"name": f"sensor node {version}", "component_type": "mcu", "package_type": "full"}
    return console.service.packages.create({**fields, "target_version": version}, [file["sha256"]])
