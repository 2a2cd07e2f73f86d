"""Random upgrades: each is determined by the name of its class and a number.

Runs on CPython and on MicroPython.
"""

from qsota_tools.common.dice import Dice
from qsota_tools.proof.links.fault_classes import CLASSES, MIXED, Faults, start
from qsota_tools.proof.links.scenario import Scenario, make_rig

NAMES = sorted(CLASSES) + [MIXED]

_HEAL_MS = (500, 2000, 5000, 20000, 100000)


def prepare(name, number):
    """The Scenario of a run, ready to start."""
    dice = Dice(number, NAMES.index(name))
    rig = _make_rig(dice)
    scenario = Scenario(rig, next_plan=number % 4 == 0)
    faults = Faults(rig, dice)
    start(name, faults)
    scenario.heal = faults.heal
    rig.clock.after(dice.between(1, dice.pick(_HEAL_MS)), faults.heal)
    return scenario


def run(name, number):
    """The Outcome of one random upgrade."""
    return prepare(name, number).run()


def _make_rig(dice):
    return make_rig(
        size=dice.between(1500, 3000),
        chunk=dice.pick((256, 512, 1024)),
        baud=dice.pick((115200, 230400, 921600)),
        payload=dice.pick(("raw", "raw", "raw", "hex", "hexwords")),
        leading_crlf=not dice.once_in(4),
        trailer=dice.between(1, 2),
        read_limit=dice.pick((300, 1024)),
        echo=dice.once_in(2),
        known=dice.once_in(2),
        response_ms=300 if dice.once_in(16) else dice.pick((1, 5, 20)),
        connect_ms=dice.pick((50, 300)),
        boot_ms=dice.pick((500, 5000)),
        flash_free=4 << 20 if dice.below(3) else dice.between(800, 2500),
        qind=dice.once_in(2),
        url_field=dice.once_in(4),
    )
