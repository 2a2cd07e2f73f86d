"""Whole upgrades on the bench: the device code, the simulated module and the cloud."""

from qsota import log
from qsota.record import GOOD
from qsota_tools.lab.rig import Rig, make_package, pattern
from qsota_tools.sim.plan import Component, Plan


def plan(version, size=5000, **changed):
    return Plan([Component("MCU", version, make_package(version, size, **changed))])


def test_a_full_upgrade_ends_with_10705():
    rig = Rig([plan("2_0_0")])
    ok = rig.run(lambda rig: rig.cloud.verdicts and not rig.record.upgrade)
    for l in log.lines(): print(l)
    assert ok
    assert rig.cloud.verdicts == [10705]
    assert rig.running == "2_0_0"
    assert rig.record.slots[1].state == GOOD
    assert rig.slot_image(1) == pattern("2_0_0", 5000)
