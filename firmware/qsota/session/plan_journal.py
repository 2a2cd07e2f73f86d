# The durable steps of a plan, for a session.
from binascii import crc32

from micropython import const

from qsota.boot.record_data import Plan
from qsota.update.journal import Journal
from qsota.update.steps import step

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
        step(self.state, "plan for %s %s" % names[0], (self.record, "plan", plan))

    def count_vain(self):
        """A download that nobody confirmed is taken up, or ends unseen: in vain, unless it ends
        well, which sets that to 0."""
        vain = min(_COUNT_MAX, self.record.vain + 1)
        step(self.state, "unconfirmed: %d in a row" % vain, (self.record, "vain", vain))

    def name_unwanted(self, component):
        """The module holds a package that has no target ("": no more): a report of its name ends
        it, after a reset, too."""
        plan = self.record.plan
        if plan.component != component:
            step(
                self.state,
                "unwanted: " + component,
                (plan, "component", component),
                (plan, "target", ""),
            )

    def hear_told(self):
        """The module has got the UPDATE=3 that it may have missed."""
        step(self.state, "update 3", (self.record.upgrade, "told", True))

    def keep(self):
        """To be called before the outside world is told what is on record.

        A record of an earlier run may be half programmed and read well by luck: it is written
        once more.
        """
        if not self.state.kept:
            step(self.state, "kept")


def _key(names):
    text = "".join(["%s %s;" % name for name in names])
    return crc32(text.encode()) & 0xFFFF
