# The durable steps of a plan and of a trial, for a session and for the application.
from binascii import crc32

from micropython import const

from qsota.boot.record_data import BAD, GOOD, REPORT_NEW, REPORT_OLD, Plan
from qsota.resident import handover
from qsota.update.journal import Journal, cut

_COUNT_MAX = const(255)


class PlanJournal(Journal):
    """The Journal with these steps, too."""

    def tries(self, names):
        """How often the plan of these (component, target) was confirmed."""
        plan = self.record.plan
        return plan.tries if plan.key == _key(names) else 0

    def confirm_plan(self, names):
        """The plan of these (component, target) is about to be confirmed."""
        tries = min(_COUNT_MAX, self.tries(names) + 1)
        plan = Plan(_key(names), tries, 0, *names[0])
        self._store("plan for %s %s" % names[0], (self.record, "plan", plan))

    def count_vain(self):
        """A download that nobody confirmed is taken up, or ends unseen: in vain, unless it ends
        well, which sets that to 0."""
        vain = min(_COUNT_MAX, self.record.vain + 1)
        self._store("unconfirmed: %d in a row" % vain, (self.record, "vain", vain))

    def name_unwanted(self, component):
        """The module holds a package that has no target ("": no more): a report of its name ends
        it, after a reset, too."""
        plan = self.record.plan
        if plan.component != component:
            self._store(
                "unwanted: " + component, (plan, "component", component), (plan, "target", "")
            )

    def confirm(self):
        """The trial passed its self-test: keep it, and report the new version."""
        slot = self.record.slots[self.running]
        self._store(
            "confirmed " + slot.version,
            (slot, "state", GOOD),
            (self.record, "floor", max(self.record.floor, slot.counter)),
            (self.record, "report", REPORT_NEW),
            (self.record, "vain", 0),
        )
        self._state.trial = False

    def revert(self, reason):
        """The trial failed: the other slot is next, and the old version is reported (T27)."""
        record, other = self.record, 1 - self.running
        good = record.slots[other].state == GOOD
        reason = cut(reason)
        self._store(
            "reverted: " + reason,
            (record.slots[self.running], "state", BAD),
            (record, "reason", reason),
            (record, "report", REPORT_OLD),
            (record, "active", other if good else record.active),
        )

    def hear_told(self):
        """The module has got the UPDATE=3 that it may have missed."""
        self._store("update 3", (self.record.upgrade, "told", True))

    def keep(self):
        """To be called before the outside world is told what is on record.

        A record of an earlier run may be half programmed and read well by luck: it is written
        once more.
        """
        if not self._state.kept:
            self._store("kept")


def confirm():
    """PlanJournal.confirm(), for a program without a journal."""
    _alone(PlanJournal.confirm)


def revert(reason):
    """Journal.revert(), likewise."""
    _alone(PlanJournal.revert, reason)


def _alone(step, *args):
    from qsota.boot import ready  # a phase has the record open already

    state = handover.state
    opened = ready.restore(state)
    try:
        step(PlanJournal(state), *args)
    finally:
        if opened:
            ready.put_away(state)


def _key(names):
    text = "".join(["%s %s;" % name for name in names])
    return crc32(text.encode()) & 0xFFFF
