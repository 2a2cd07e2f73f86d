"""What the device is in the middle of when its power fails.

Runs on CPython and on MicroPython.
"""

from hashlib import sha256

from qsota.update.package import DEFLATE, DELTA, PLAIN, RECALL
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import CORRUPT
from qsota_tools.package.delta.coding import step
from qsota_tools.proof.lab.packages import make, stored

NEXT = "9_0_0"  # every end is proved by one more upgrade, to this version
_BASE = "1_0_0"  # what deltas start from
_BLOCK = 32
_IMAGE_SIZE = 3600  # bytes: with its header more than one erase unit of 4 KB
_COMPONENTS = {}


class Scenario:
    """installed: versions in the slots A and B, the first is active; target: of the plan, whose
    package is of that kind.

    crashes: the new version does on its trial, of which it has so many attempts; reset_at: the MCU
    restarts once when that many bytes of the package are there; supply: the module loses its power
    together with the MCU; faults: of the download, as in Storage; update: as in board files.
    """

    def __init__(
        self,
        name,
        installed=("1_0_0", None),
        target="2_0_0",
        kind=PLAIN,
        crashes=False,
        attempts=3,
        reset_at=None,
        supply=False,
        faults=(),
        update="auto",
        **options,
    ):
        self.name = name
        self.installed = installed
        self.target = target
        self.kind = kind
        self.crashes = crashes
        self.attempts = attempts
        self.reset_at = reset_at
        self.supply = supply
        self.faults = faults
        self.update = update
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
        Scenario("blocks-deflate", kind=DEFLATE, flash_free=1500),
        Scenario("resume", reset_at=3000),
        Scenario("corrupt", faults=[CORRUPT]),
        Scenario("deflate", kind=DEFLATE, reset_at=3000),
        Scenario("delta", installed=(_BASE, "0_9_0"), target="1_0_1", kind=DELTA, reset_at=1100),
        Scenario("recall", installed=("2_0_0", "1_0_0"), target="1_0_0", kind=RECALL),
        Scenario("supply", supply=True),
        Scenario("instead", update="instead"),
        Scenario("instead-revert", update="instead", crashes=True),
        Scenario("instead-corrupt", update="instead", faults=[CORRUPT]),
    )
}


def component(version, kind=PLAIN):
    """The plan's component with the package of that version; the same one for the same version."""
    if (version, kind) not in _COMPONENTS:
        source = _BASE if kind == DELTA else ""
        _COMPONENTS[version, kind] = Component("MCU", version, _package(version, kind), source)
    return _COMPONENTS[version, kind]


def plan(version, kind=PLAIN):
    return Plan([component(version, kind)])


def image(version):
    """An image without two equal program units; versions like 1_0_* differ in some blocks only."""
    blocks = []
    for n in range(_IMAGE_SIZE // _BLOCK + 1):
        changed = n % 7 == 0
        seed = version if changed else version[:-1]
        blocks.append(sha256(b"%d " % n + seed.encode()).digest())
    return b"".join(blocks)[:_IMAGE_SIZE]


def _package(version, kind):
    new = payload = image(version)
    base = image(_BASE) if kind == DELTA else b""
    if kind == DELTA:
        payload = _steps(base, new)
    if kind == RECALL:
        payload = b""
    elif kind != PLAIN:
        payload = stored(payload)
    return make(kind, new, payload, base, version=version)


def _steps(base, new):
    """The steps of a delta between images of one size: what is equal, then differences."""
    steps = b""
    at = 0
    while at < len(new):
        begun = at
        while at < len(new) and new[at : at + _BLOCK] == base[at : at + _BLOCK]:
            at += _BLOCK
        same = min(at, len(new)) - begun
        end = min(at + _BLOCK, len(new))
        changed = bytes(new[i] - base[i] & 0xFF for i in range(at, end))
        steps += step(same, changed)
        at += len(changed)
    return steps
