"""Words for tests that run whole upgrades on the rig."""

from qsota_tools.lab.rig import Rig, make_package
from qsota_tools.sim.plan import Component, Plan


def component(version, size=5000, name="MCU", **changed):
    """A plan's component whose package is a good one, except for the header fields in changed."""
    return Component(name, version, make_package(version, size, component=name, **changed))


def plan(version, size=5000, **changed):
    return Plan([component(version, size, **changed)])


def settled(rig):
    """Every plan has ended, and the device has nothing open any more."""
    journal = rig.device.journal
    return rig.cloud.plan is None and not journal.open_upgrade() and not journal.record.report


def upgraded(*plans, prepare=None, **options):
    """A rig after these plans; prepare(rig) may break something before the power comes on."""
    rig = Rig(plans, **options)
    if prepare:
        prepare(rig)
    assert rig.run(settled), "the upgrade never ended"
    return rig


def longest_gap(rig, start="AT+QIOTOTARD"):
    """Milliseconds between two commands of that kind."""
    times = [ms for ms, line in rig.commands if line.startswith(start)]
    return max(b - a for a, b in zip(times, times[1:]))
