"""Words for tests that run whole upgrades on the rig."""

from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.lab.rig import Rig


def component(version, size=5000, name="MCU", **changed):
    """A plan's component whose package is a good one, except for the header fields in changed."""
    return Component(name, version, plain(version, size, component=name, **changed))


def plan(version, size=5000, **changed):
    return Plan([component(version, size, **changed)])


def upgraded(*plans, prepare=None, **options):
    """A rig after these plans; prepare(rig) may break something before the power comes on."""
    rig = Rig(plans, **options)
    if prepare:
        prepare(rig)
    assert rig.run(Rig.settled), "the upgrade never ended"
    return rig


def longest_gap(rig, start="AT+QIOTOTARD"):
    """Milliseconds between two commands of that kind."""
    times = [ms for ms, line in rig.commands if line.startswith(start)]
    return max(b - a for a, b in zip(times, times[1:]))
