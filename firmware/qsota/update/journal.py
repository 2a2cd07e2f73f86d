# The durable steps of an upgrade. Each is one record; what is on record decides after any reset.
from qsota import log
from qsota.boot.record import EMPTY, GOOD, NOTHING, REPORT_NEW, REPORT_OLD, TRIAL
from qsota.errors import FlashError


class Journal:
    """The boot record as the loader found it, with the slot that runs now (None in recovery)."""

    def __init__(self, records, record, running=None):
        self._records = records
        self._kept = False
        self.running = running
        self.record = record

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

    def holds(self, upgrade):
        """True if the spare slot can hold first bytes of this very package, and nothing else."""
        known = self.record.upgrade
        if known is None or self.record.slots[self.spare()].state != EMPTY:
            return False
        return known is upgrade or (
            known.component == upgrade.component
            and known.sha256 == upgrade.sha256 != b""
            and known.length == upgrade.length
        )

    def clear_spare(self):
        """The spare slot stops being bootable, and nothing is known of it: before its first erase.

        Raises FlashError("trial-open") while a trial runs: its spare slot is the way back.
        """
        if self.trial():
            raise FlashError("trial-open")
        slot = self.record.slots[self.spare()]
        if slot.state != EMPTY or self.record.upgrade:
            slot.state = EMPTY
            self.record.upgrade = None
            self._store("slot %d cleared" % self.spare())

    def begin(self, upgrade):
        """From now on the spare slot holds bytes of this package only."""
        self.record.upgrade = upgrade
        self.record.report = NOTHING
        self.record.reason = ""
        self._store("upgrade to " + upgrade.target)

    def install(self, header, attempts):
        """The staged image is whole: the next boot runs it on trial."""
        index = self.spare()
        slot = self.record.slots[index]
        slot.state = TRIAL
        slot.attempts = attempts
        slot.size = header.image_size
        slot.sha256 = header.image_sha256
        slot.version = header.version
        slot.counter = header.counter
        self.record.active = index
        self._store("trial of " + header.version)

    def confirm(self):
        """The trial passed its self-test: keep it, and report the new version."""
        slot = self.record.slots[self.running]
        slot.state = GOOD
        self.record.floor = max(self.record.floor, slot.counter)
        self.record.report = REPORT_NEW
        self._store("confirmed " + slot.version)

    def revert(self, reason):
        """The trial failed: the other slot is next, and the old version is reported (T27)."""
        self.record.retire(self.running, reason)
        self._store("reverted: " + reason)

    def fail(self, reason):
        """The upgrade is given up; the report of the old version makes the cloud see it (T21)."""
        self.record.reason = reason
        self.record.report = REPORT_OLD
        self._store("failed: " + reason)

    def report_new(self):
        """The new version runs: it may be reported."""
        self.record.report = REPORT_NEW
        self._store("report due")

    def done(self, reason=""):
        """The cloud has its verdict, or there is none to wait for: nothing is open any more."""
        self.record.report = NOTHING
        if self.record.upgrade:
            self.record.upgrade.open = False
        self.record.reason = reason or self.record.reason
        self._store("closed")

    def keep(self):
        """To be called before the outside world is told what is on record.

        A record of an earlier run may be half programmed and read well by luck: it is written
        once more.
        """
        if not self._kept:
            self._store("kept")

    def _store(self, what):
        try:
            self._records.store(self.record)
        except FlashError:
            # What is in flash counts; RAM must not say otherwise.
            self.record = self._records.load()
            raise
        self._kept = True
        log.write("record %d: %s" % (self.record.seq, what))
