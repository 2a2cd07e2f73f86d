# The durable steps of an upgrade. Each is one record; what is on record decides after any reset.
from binascii import crc32

from micropython import const

from qsota import log
from qsota.boot.record_data import (
    BAD,
    EMPTY,
    GOOD,
    NOTHING,
    REPORT_NEW,
    REPORT_OLD,
    TRIAL,
    Plan,
)
from qsota.errors import FlashError
from qsota.resident import handover

_REASON_MAX = const(32)  # bytes, in the record
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
        self._state = state

    @property
    def record(self):
        return self._state.record

    @property
    def running(self):
        return self._state.slot

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

    def tries(self, names):
        """How often the plan of these (component, target) was confirmed."""
        plan = self.record.plan
        return plan.tries if plan.key == _key(names) else 0

    def confirm_plan(self, names):
        """The plan of these (component, target) is about to be confirmed."""
        tries = min(_COUNT_MAX, self.tries(names) + 1)
        plan = Plan(_key(names), tries, 0, *names[0])
        self._store("plan for %s %s" % names[0], (self.record, "plan", plan))

    def resume(self):
        """A download is taken up once more, in this run or the next; returns how often it was."""
        plan = self.record.plan
        resumes = min(_COUNT_MAX, plan.resumes + 1)
        self._store("resumed %d times" % resumes, (plan, "resumes", resumes))
        return resumes

    def name_unwanted(self, component):
        """The module holds a package that has no target ("": no more): a report of its name ends
        it, after a reset, too."""
        plan = self.record.plan
        if plan.component != component:
            self._store(
                "unwanted: " + component, (plan, "component", component), (plan, "target", "")
            )

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
            self._store(text, (slot, "state", EMPTY), (record, "upgrade", upgrade))

    def begin(self, upgrade, following=None):
        """From now on the spare slot holds bytes of this package only.

        following: (component, target) that the plan names after it, if that is known.
        """
        record, plan = self.record, self.record.plan
        if following:
            plan = Plan(plan.key, plan.tries, plan.resumes, *following)
        self.told = False
        self._store(
            "upgrade to " + upgrade.target,
            (record, "upgrade", upgrade),
            (record, "report", NOTHING),
            (record, "reason", ""),
            (record, "plan", plan),
        )

    def mark(self, what, *changes):
        """Keep what the upgrade on record has come to: how far it is safe, for example."""
        self._store(what, *changes)

    def install(self, header, attempts):
        """The staged image is whole: the next boot runs it on trial."""
        index = self.spare()
        slot = self.record.slots[index]
        self._store(
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

    def confirm(self):
        """The trial passed its self-test: keep it, and report the new version."""
        slot = self.record.slots[self.running]
        self._store(
            "confirmed " + slot.version,
            (slot, "state", GOOD),
            (self.record, "floor", max(self.record.floor, slot.counter)),
            (self.record, "report", REPORT_NEW),
        )

    def revert(self, reason):
        """The trial failed: the other slot is next, and the old version is reported (T27)."""
        record, other = self.record, 1 - self.running
        good = record.slots[other].state == GOOD
        reason = _cut(reason)
        self._store(
            "reverted: " + reason,
            (record.slots[self.running], "state", BAD),
            (record, "reason", reason),
            (record, "report", REPORT_OLD),
            (record, "active", other if good else record.active),
        )

    def fail(self, reason):
        """The upgrade is given up; the report of the old version makes the cloud see it (T21)."""
        reason = _cut(reason)
        record = self.record
        self._store(
            "failed: " + reason, (record, "reason", reason), (record, "report", REPORT_OLD)
        )

    def report_new(self, version):
        """This version of the upgrade's component runs: it may be reported."""
        self._store(
            "report due",
            (self.record, "report", REPORT_NEW),
            (self.record.upgrade, "told", self.told),
            (self.record.upgrade, "target", version),
        )

    def reopen(self):
        """The module takes up again what is installed already: the verdict is due once more."""
        record = self.record
        self._store("report due", (record, "report", REPORT_NEW), (record.upgrade, "open", True))

    def hear_told(self):
        """The module has got the UPDATE=3 that it may have missed."""
        self._store("update 3", (self.record.upgrade, "told", True))

    def done(self, reason=""):
        """The cloud has its verdict, or there is none to wait for: nothing is open any more."""
        record = self.record
        changes = [(record, "report", NOTHING), (record.plan, "resumes", 0)]
        if reason:
            changes.append((record, "reason", _cut(reason)))
        if record.upgrade:
            changes.append((record.upgrade, "open", False))
        self._store("closed", *changes)

    def keep(self):
        """To be called before the outside world is told what is on record.

        A record of an earlier run may be half programmed and read well by luck: it is written
        once more.
        """
        if not self._state.kept:
            self._store("kept")

    def _store(self, what, *changes):
        """Store the record with these changes, (object, attribute, value) each: all or none."""
        before = [(it, name, getattr(it, name)) for it, name, _ in changes]
        try:
            for it, name, value in changes:
                setattr(it, name, value)
            self._state.records.store(self.record)
        except Exception:
            for it, name, value in before:
                setattr(it, name, value)
            # What is in flash counts: the record may be there although it did not read back.
            self._state.record = self._state.records.load()
            raise
        self._state.kept = True
        log.write("record %d: %s" % (self.record.seq, what))


def confirm():
    """Journal.confirm(), for a program without a journal."""
    _alone(Journal.confirm)


def revert(reason):
    """Journal.revert(), likewise."""
    _alone(Journal.revert, reason)


def _alone(step, *args):
    from qsota.boot import ready  # a phase has the record open already

    state = handover.state
    opened = ready.restore(state)
    try:
        step(Journal(state), *args)
    finally:
        if opened:
            ready.put_away(state)


def _key(names):
    text = "".join(["%s %s;" % name for name in names])
    return crc32(text.encode()) & 0xFFFF


def _cut(reason):
    """A reason as the record takes it: text of at most 32 bytes, with no character cut in two."""
    text = str(reason)
    while len(text.encode()) > _REASON_MAX:
        text = text[: min(len(text) - 1, _REASON_MAX)]
    return text
