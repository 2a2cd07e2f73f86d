"""Hostile runs: each is determined by the name of its class and a number.

Runs on CPython and on MicroPython.
"""

from collections import namedtuple

from qsota_tools.common.dice import Dice
from qsota_tools.proof.hostile.hostile_classes import (
    CLASSES,
    MIXED,
    REPEATED_LINES,
    module_options,
    start,
)
from qsota_tools.proof.hostile.misconduct import MARK
from qsota_tools.proof.hostile.traffic import Traffic
from qsota_tools.proof.links.fault_classes import Faults
from qsota_tools.proof.links.judge import Judge
from qsota_tools.proof.links.scenario import EXPIRED, Scenario, make_rig

# A class's place here is a part of its dice, so what came later is at the end.
NAMES = [name for name in sorted(CLASSES) if name != REPEATED_LINES] + [MIXED, REPEATED_LINES]

_HEAL_MS = (5000, 20000, 100000, 600000)
_LINES_MS = (600000, 1800000)  # what is said for long only costs much
_LONG_HEAL_MS = 3 * 3600000
_LONG_ONE_IN = 32
# After it healed, the plan under way has to end by itself, and the next one to be installed.
_PLAN_MS = 60 * 60000
_LIMIT_MS = 150 * 60000

# Of the next plan: what the first one began may still end it, truthfully.
_TRIES = 3

# Paid requests in one hour: without restarts, and for each restart of MCU or module.
_REQUESTS = 30
_PER_RESTART = 5
_READS = 3000
_RECORDS = 100
_RECORDS_PER_RESTART = 10

# outcome, reason, problems, virtual_ms: as in links/scenario.py. requests, reads: the most in any
# hour; restarts: of MCU and module.
Result = namedtuple(
    "Result", ("outcome", "reason", "problems", "requests", "reads", "restarts", "virtual_ms")
)


class HostileJudge(Judge):
    """Exceptions that the application raised are its own affair."""

    def _logged(self, text):
        if MARK not in text and "CancelledError" not in text:
            super()._logged(text)


class _Faults(Faults):
    """app: what runs beside the updater, whatever its version; None: a good application."""

    app = None


def prepare(name, number):
    """(Scenario, Traffic) of a run, ready to start."""
    dice = Dice(number, 100 + NAMES.index(name))
    rig = make_rig(
        size=dice.between(1500, 3000),
        chunk=dice.pick((256, 512, 1024)),
        baud=dice.pick((115200, 921600)),
        **module_options(name, dice),
    )
    heal_ms = _heal_ms(dice, _LINES_MS if name == REPEATED_LINES else _HEAL_MS)
    scenario = Scenario(
        rig,
        judge=HostileJudge,
        push_ms=0,
        plan_ms=heal_ms + _PLAN_MS,
        limit_ms=heal_ms + _LIMIT_MS,
        tries=_TRIES,
    )
    traffic = Traffic(rig)
    faults = _Faults(rig, dice)
    start(name, faults)
    if faults.app:
        scenario.judge.application = faults.app
    scenario.heal = faults.heal
    rig.clock.after(heal_ms, faults.heal)
    return scenario, traffic


def _heal_ms(dice, choices):
    if dice.once_in(_LONG_ONE_IN):
        return _LONG_HEAL_MS
    return dice.between(1, dice.pick(choices))


def finish(scenario, traffic):
    """Run what prepare() made; the Result."""
    outcome = scenario.run()
    rig = scenario.rig
    restarts = len(rig.boots) + traffic.restarts
    problems = list(outcome.problems)
    requests, reads = traffic.requests.most, traffic.reads.most
    if requests > _REQUESTS + _PER_RESTART * restarts:
        problems.append("traffic: %d requests in an hour" % requests)
    if reads > _READS:
        problems.append("traffic: %d reads in an hour" % reads)
    if traffic.records.most > _RECORDS + _RECORDS_PER_RESTART * restarts:
        problems.append("traffic: %d records in an hour" % traffic.records.most)
    # A module that restarts loses the status that it could not report, and with it the verdict.
    if outcome.outcome == EXPIRED and not traffic.restarts:
        problems.append("no verdict")
    return Result(
        outcome.outcome, outcome.reason, problems, requests, reads, restarts, outcome.virtual_ms
    )


def run(name, number):
    """The Result of one hostile run."""
    return finish(*prepare(name, number))
