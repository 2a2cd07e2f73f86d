"""Did the device survive? Judged by what is in flash and by what the cloud knows.

Runs on CPython and on MicroPython.
"""

from qsota.boot.record_data import GOOD
from qsota.errors import QsotaError
from qsota.resident import handover
from qsota.update.package import PLAIN
from qsota_tools.center.cloud import FAILURE
from qsota_tools.proof.lab.nor_flash import FlashModelError
from qsota_tools.proof.power.device import Bench, Wrong
from qsota_tools.proof.power.scenarios import NEXT, plan


def finish(bench):
    """Let the device live until its plan has ended: what is wrong then, or None."""
    return _judge(bench, bench.scenario.target, bench.scenario.crashes)


def next_upgrade(bench):
    """The same for one more plan, which must succeed: what was given up, or the next version."""
    bench.cuts, bench.watch = [], None
    again = gave_up(bench) and bench.running != bench.scenario.target
    version, kind = NEXT, PLAIN
    if again:
        version, kind = bench.scenario.target, bench.scenario.kind
    bench.cloud.add(plan(version, kind))
    fault = _judge(bench, version, False)
    if fault is None and bench.running != version:
        fault = "the next upgrade fails"
    return fault and "then: " + fault


def gave_up(bench):
    """A good upgrade was lost to the cut: the device runs on with what it had."""
    scenario = bench.scenario
    return bench.cloud.verdicts[:1] == [FAILURE] and not scenario.crashes and not scenario.faults


def _judge(bench, target, crashes):
    try:
        if not bench.live(Bench.settled):
            known = bench.cloud.versions.get("MCU")
            boots = " ".join(bench.boots[-5:])
            raise Wrong(f"never settles: the cloud knows {known}; boots {boots}")
        _check(bench, target, crashes)
    except (Wrong, QsotaError, FlashModelError) as error:
        return repr(error)
    return bench.flash.fault


def _check(bench, target, crashes):
    version, result = bench.running, bench.cloud.results[-1]
    bench.check_running()
    slot = handover.state.slot
    if slot is None and any(bench.scenario.installed):
        raise Wrong("no image runs any more")
    if slot is not None and bench.record.slots[slot].state != GOOD:
        raise Wrong(f"{version} runs unconfirmed")
    if version == target and crashes:
        raise Wrong(f"{version} runs although it crashes")
    if version != target and result != FAILURE:
        raise Wrong(f"{version} runs, the cloud has {target} as installed")
    # Where the module gave up while the MCU was off, the cloud has to believe the version.
    if version == target and result == FAILURE and not bench.overslept:
        raise Wrong(f"{version} runs, the cloud has it as failed")
