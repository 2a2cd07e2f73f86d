"""One upgrade with faults, and the next one on the healed link.

Runs on CPython and on MicroPython.
"""

from collections import namedtuple

from qsota import log
from qsota.update.package import HEADER_SIZE
from qsota_tools.center.cloud import FAILURE
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.packages import image, plain
from qsota_tools.proof.lab.rig import Rig
from qsota_tools.proof.links.judge import Judge

OLD, NEW, NEXT = "1_0_0", "2_0_0", "3_0_0"
COMPLETED, FAILED, LATE, EXPIRED = "completed", "failed", "late", "expired"

_OLD_SIZE = 5000
_NEXT_SIZE = 1500
_PUSH_MS = 60000  # the cloud's grid, ten times as fast: the runs are shorter, nothing else changes
_PLAN_MS = 25 * 60000  # the planned time, longer than any timer of the module
_LIMIT_MS = 2 * 3600000

# outcome: COMPLETED: 10705; FAILED: 10706, and the old version runs; LATE: 10706, but the new
# version runs, and the cloud knows it; EXPIRED: the planned time was over before there was a
# verdict, for example since the module lost its report in a restart. reason: the device's own.
# problems: what must never happen; empty if all is well. end_ms: from the start to the verdict;
# next_ms: from the next plan to its confirmation.
Outcome = namedtuple(
    "Outcome", ("outcome", "reason", "problems", "gap_ms", "end_ms", "next_ms", "virtual_ms")
)


def make_plan(version, size):
    return Plan([Component("MCU", version, plain(version, size))], reject_min=10)


def make_rig(size=2000, chunk=1024, baud=115200, **options):
    """A rig with a plan for NEW in its cloud."""
    config = dict(CONFIG)
    config["uart"] = dict(CONFIG["uart"], baud=baud)
    config["module"] = dict(CONFIG["module"], chunk=chunk)
    return Rig([make_plan(NEW, size)], OLD, config=config, **options)


class Scenario:
    """Runs a rig from make_rig(), which must not have faults before this.

    heal(), if set, is called when the first plan has ended. next_plan: whether another plan must
    be installed also after this one has completed. push_ms: the cloud's grid (0: its own);
    plan_ms: the planned time; limit_ms: of the whole run. tries: how often the next plan may be
    made, if what was begun before the link healed ends it truthfully.
    """

    def __init__(
        self,
        rig,
        next_plan=True,
        judge=Judge,
        push_ms=_PUSH_MS,
        plan_ms=None,
        limit_ms=None,
        tries=1,
    ):
        self.rig = rig
        self.heal = None
        size = len(rig.cloud.plan.components[0].data) - HEADER_SIZE
        sizes = {OLD: _OLD_SIZE, NEW: size, NEXT: _NEXT_SIZE}
        self.judge = judge(rig, {name: image(name, sizes[name]) for name in sizes})
        self._next_plan = next_plan
        self._tries = tries
        self._outcome = None
        self._reason = ""
        self._end_ms = 0
        self._expired = False
        self._push_ms = push_ms
        self._limit_ms = limit_ms or _LIMIT_MS
        if push_ms:
            rig.clock.after(push_ms, self._push)
        rig.clock.after(plan_ms or _PLAN_MS, self._expire)

    def _push(self):
        self.rig.cloud.push()
        self.rig.clock.after(self._push_ms, self._push)

    def tell(self, write):
        """Let write(text) have each command, answer, URC and log message with its time in ms."""
        rig = self.rig
        trace, sink = rig.module.on_trace, log.sink

        def on_trace(direction, text):
            trace(direction, text)
            text = text.replace("\n", " | ")
            write(f"{rig.clock.now():9} {direction} {text[:100]}")

        def on_log(text):
            sink(text)
            write(f"{rig.clock.now():9} -- {text}")

        rig.module.on_trace, log.sink = on_trace, on_log

    def _expire(self):
        if not self.rig.cloud.results:
            self._expired = True
            self.rig.cloud.give_up()

    def run(self):
        try:
            if not self.rig.run(self._is_over, self._limit_ms):
                self.judge.problem("dead: " + ("no verdict" if not self._outcome else "no next"))
        except Exception as error:
            self.judge.problem("exception: " + repr(error))
        judge = self.judge
        next_ms = max(0, judge.confirmed_ms - self._end_ms)
        now = self.rig.clock.now()
        return Outcome(
            self._outcome,
            self._reason,
            judge.problems,
            judge.longest_gap_ms,
            self._end_ms,
            next_ms,
            now,
        )

    def _is_over(self, rig):
        if not rig.settled() or rig.cloud.versions.get("MCU") != rig.running:
            return False
        if self._outcome is None:
            return self._first_ended(rig)
        if rig.running == NEXT and rig.cloud.results[-1] != FAILURE:
            return True
        if self._tries > 0:
            return self._offer_next()
        self.judge.problem("next plan failed")
        return True

    def _first_ended(self, rig):
        self._end_ms = rig.clock.now()
        failed = rig.cloud.results[0] == FAILURE
        if rig.running == NEW:
            self._outcome = LATE if failed else COMPLETED
        else:
            self._outcome = EXPIRED if self._expired else FAILED
            self._reason = rig.record.reason
            if not failed or rig.running != OLD:
                self.judge.problem("untrue verdict")
        if self.heal:
            self.heal()
        if self._outcome == COMPLETED and not self._next_plan:
            return True
        return self._offer_next()

    def _offer_next(self):
        self._tries -= 1
        self.rig.cloud.add(make_plan(NEXT, _NEXT_SIZE))
        self.rig.cloud.push()
        return False
