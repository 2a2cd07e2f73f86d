# The durable steps of a package; those of a plan: session/plan_journal.py, of a trial's end:
# session/trial.py. Each is one record; what is on record decides after any reset.
from micropython import const

from qsota.boot.record_data import EMPTY, GOOD, NOTHING, REPORT_NEW, REPORT_OLD, TRIAL, Plan
from qsota.errors import FlashError
from qsota.update.steps import cut, step

_COUNT_MAX = const(255)


class Journal:
    """The boot record as the loader found it, in its `state`, with the slot that runs now.

    `record` says what is in flash: where a step cannot be stored it raises (FlashError, or
    whatever went wrong), and `record` stays as it was. told: the module has answered UPDATE=3 for
    the upgrade that is open; it goes on record with the next step.
    """

    told = False

    def __init__(self, state):
        """state: records, record, slot (None in recovery), and `kept`: a record of this run is
        in flash. It outlives the journal."""
        self.state = state

    @property
    def record(self):
        return self.state.record

    @property
    def running(self):
        return self.state.slot

    def spare(self):
        """Index of the slot that an upgrade may overwrite."""
        if self.running is not None:
            return 1 - self.running
        # In recovery nothing runs; a good slot that failed to start once stays the last resort.
        return 1 if self.record.slots[0].state == GOOD else 0

    def trial(self):
        """True while the running image is not confirmed."""
        return self.running is not None and self.record.slots[self.running].state == TRIAL

    def open_upgrade(self):
        """The Upgrade that waits for its verdict, or None."""
        upgrade = self.record.upgrade
        return upgrade if upgrade and upgrade.open else None

    def knows(self, upgrade):
        """True if this very package is on record."""
        known = self.record.upgrade
        return known is not None and (
            known is upgrade
            or known.component == upgrade.component
            and known.sha256 == upgrade.sha256 != b""
            and known.length == upgrade.length
        )

    def holds(self, upgrade):
        """True if the spare slot can hold first bytes of this very package, and nothing else."""
        return self.record.slots[self.spare()].state == EMPTY and self.knows(upgrade)

    def can_recall(self, header):
        """True if the image of that header is the way back, which may be run again."""
        slot = self.record.slots[self.spare()]
        return (
            not self.trial()
            and slot.state == GOOD
            and (slot.size, slot.sha256, slot.version)
            == (header.image_size, header.image_sha256, header.version)
        )

    # --- the plan

    def resume(self):
        """A download is taken up once more, in this run or the next; returns how often it was."""
        plan = self.record.plan
        resumes = min(_COUNT_MAX, plan.resumes + 1)
        step(self.state, "resumed %d times" % resumes, (plan, "resumes", resumes))
        return resumes

    # --- the upgrade

    def clear_spare(self, upgrade=None):
        """The spare slot stops being bootable, and nothing is known of it: before its first erase.

        upgrade: the one of which a part is kept elsewhere: it stays on record. Raises
        FlashError("trial-open") while a trial runs: its spare slot is the way back.
        """
        if self.trial():
            raise FlashError("trial-open")
        record, slot = self.record, self.record.slots[self.spare()]
        if slot.state != EMPTY or record.upgrade:
            text = "slot %d cleared" % self.spare()
            step(self.state, text, (slot, "state", EMPTY), (record, "upgrade", upgrade))

    def begin(self, upgrade, following=None):
        """From now on the spare slot holds bytes of this package only.

        following: (component, target) that the plan names after it, if that is known.
        """
        record, plan = self.record, self.record.plan
        if following:
            plan = Plan(plan.key, plan.tries, plan.resumes, *following)
        self.told = False
        step(
            self.state,
            "upgrade to " + upgrade.target,
            (record, "upgrade", upgrade),
            (record, "report", NOTHING),
            (record, "reason", ""),
            (record, "plan", plan),
        )

    def mark(self, what, *changes):
        """Keep what the upgrade on record has come to: how far it is safe, for example."""
        step(self.state, what, *changes)

    def install(self, header, attempts):
        """The staged image is whole: the next boot runs it on trial."""
        index = self.spare()
        slot = self.record.slots[index]
        step(
            self.state,
            "trial of " + header.version,
            (slot, "state", TRIAL),
            (slot, "attempts", attempts),
            (slot, "size", header.image_size),
            (slot, "sha256", header.image_sha256),
            (slot, "version", header.version),
            (slot, "counter", header.counter),
            (self.record, "active", index),
            (self.record.upgrade, "told", self.told),
            (self.record.upgrade, "target", header.version),
        )

    def fail(self, reason):
        """The upgrade is given up; the report of the old version makes the cloud see it (T21)."""
        reason = cut(reason)
        record = self.record
        step(
            self.state,
            "failed: " + reason,
            (record, "reason", reason),
            (record, "report", REPORT_OLD),
        )

    def report_new(self, version):
        """This version of the upgrade's component runs: it may be reported."""
        step(
            self.state,
            "report due",
            (self.record, "report", REPORT_NEW),
            (self.record, "vain", 0),
            (self.record.upgrade, "told", self.told),
            (self.record.upgrade, "target", version),
        )

    def reopen(self):
        """The module takes up again what is installed already: the verdict is due once more."""
        record = self.record
        step(
            self.state,
            "report due",
            (record, "report", REPORT_NEW),
            (record.upgrade, "open", True),
        )

    def done(self, reason=""):
        """The cloud has its verdict, or there is none to wait for: nothing is open any more."""
        record = self.record
        changes = [(record, "report", NOTHING), (record.plan, "resumes", 0)]
        if reason:
            changes.append((record, "reason", cut(reason)))
        if record.upgrade:
            changes.append((record.upgrade, "open", False))
        step(self.state, "closed", *changes)
