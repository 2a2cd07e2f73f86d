"""What the device is in the middle of when its power fails.

Runs on CPython and on MicroPython.
"""

from hashlib import sha256

from qsota_tools.lab.rig import make_package
from qsota_tools.sim.download import CORRUPT
from qsota_tools.sim.plan import Component, Plan

NEXT = "9_0_0"  # every end is proved by one more upgrade, to this version
_IMAGE_SIZE = 3600  # bytes: with its header more than one erase unit of 4 KB
_COMPONENTS = {}


class Scenario:
    """installed: versions in the slots A and B, the first is active; target: of the plan.

    crashes: the new version does on its trial, of which it has so many attempts; reset_at: the MCU
    restarts once when that many bytes of the package are there; supply: the module loses its power
    together with the MCU; faults: of the download, as in Storage.
    """

    def __init__(
        self,
        name,
        installed=("1_0_0", None),
        target="2_0_0",
        crashes=False,
        attempts=3,
        reset_at=None,
        supply=False,
        faults=(),
        **options,
    ):
        self.name = name
        self.installed = installed
        self.target = target
        self.crashes = crashes
        self.attempts = attempts
        self.reset_at = reset_at
        self.supply = supply
        self.faults = faults
        self.options = options


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("upgrade"),
        Scenario("again", installed=("2_0_0", "1_0_0"), target="3_0_0"),
        Scenario("revert", crashes=True),
        Scenario("once", attempts=1),
        Scenario("recovery", installed=(None, None)),
        Scenario("blocks", flash_free=1500),
        Scenario("resume", reset_at=3000),
        Scenario("corrupt", faults=[CORRUPT]),
        Scenario("supply", supply=True),
    )
}


def component(version):
    """The plan's component with the package of that version; the same one for the same version."""
    if version not in _COMPONENTS:
        package = make_package(version, image=image(version))
        _COMPONENTS[version] = Component("MCU", version, package)
    return _COMPONENTS[version]


def plan(version):
    return Plan([component(version)])


def image(version):
    """An image without two equal program units."""
    count = _IMAGE_SIZE // 32 + 1
    blocks = [sha256(b"%d " % n + version.encode()).digest() for n in range(count)]
    return b"".join(blocks)[:_IMAGE_SIZE]
