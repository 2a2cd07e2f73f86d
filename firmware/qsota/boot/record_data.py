# What a boot record says: which slot runs, what is on trial, what the cloud must still be told.
from micropython import const

from qsota.resident import phases

# A slot: nothing, on trial, confirmed, failed or reverted.
EMPTY, TRIAL, GOOD, BAD = const(0), const(1), const(2), const(3)
# The version that the cloud must still be told.
NOTHING, REPORT_NEW, REPORT_OLD = const(0), const(1), const(2)

_RECORD = "qsota.boot.record"


class SlotState:
    """What is in a slot: size is the image's in bytes, counter its security counter."""

    def __init__(self, state=EMPTY, attempts=0, size=0, sha256=bytes(32), version="", counter=0):
        self.state = state
        self.attempts = attempts
        self.size = size
        self.sha256 = sha256
        self.version = version
        self.counter = counter


class Upgrade:
    """The download on record; md5 and sha256 are empty where the cloud told none.

    Once it is no longer open it still says whose bytes the spare slot may hold.
    """

    told = False  # the module has answered UPDATE=3: it must not be sent again
    # What else survives a reset; see update/target.py
    form = 0  # the wire form of the package, as in command/forms.py; 0: not known yet
    origin = 0  # where in the slot its first byte is
    saved = 0  # so many bytes of it were safe when a block ended
    tail = 0  # where the unit that was begun then is copied to, see update/staging.py; 0: nowhere

    def __init__(self, component, target, length, md5=b"", sha256=b"", open=True):
        self.component = component
        self.target = target
        self.length = length
        self.md5 = md5
        self.sha256 = sha256
        self.open = open


class Plan:
    """The plan that was confirmed last: what it names next, and what it has cost so far.

    key tells it from another plan, tries counts its confirmations, resumes how often a download
    of it was taken up again since the last one that ended; both stop at 255. A target of more
    than 40 bytes is not kept.
    """

    def __init__(self, key=0, tries=0, resumes=0, component="", target=""):
        self.key = key
        self.tries = tries
        self.resumes = resumes
        self.component = component
        self.target = target if len(target) <= 40 else ""


class Record:
    """All that survives a reset; a new one has two empty slots."""

    def __init__(self):
        self.seq = 0
        self.active = 0
        self.slots = [SlotState(), SlotState()]
        self.report = NOTHING
        self.upgrade = None
        self.plan = Plan()
        self.floor = 0  # images with a lower security counter are refused
        self.reason = ""  # why the last upgrade failed or was reverted
        self.tally = 0  # 0 to 255: bad starts, where no register counts them (tally.py)
        self.vain = 0  # 0 to 255: downloads in a row, of those nobody confirmed, without success

    def retire(self, index, reason):
        """Slot index must not run again: the other one is next, if it is good, and is reported."""
        self.slots[index].state = BAD
        self.reason = reason
        self.report = REPORT_OLD
        if self.slots[1 - index].state == GOOD:
            self.active = 1 - index


class Log:
    """The RecordLog on an area, whose code is in memory only while it reads or writes.

    where: as RecordLog has it; packed: 512 bytes, the last record that was read or stored.
    """

    def __init__(self, area, where, packed):
        self._area = area
        self._packed = packed
        self.where = where

    def load(self):
        """As RecordLog.load()."""
        return self._do("load")

    def store(self, rec):
        """As RecordLog.store()."""
        self._do("store", rec)

    def _do(self, name, *args):
        # A failure in between is found out about by reading all of the log again.
        where, self.where = self.where, None
        found, self.where = phases.call(_RECORD, name, self._area, where, self._packed, *args)
        return found
