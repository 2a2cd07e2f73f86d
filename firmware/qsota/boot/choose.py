# The slot that runs: the one on trial as long as it has attempts, else a confirmed one.
from qsota import log
from qsota.boot.record_data import GOOD, TRIAL


def choose(record, store, start, again):
    """Decide which slot runs: (its index or None, is it on trial).

    store() keeps the record and says whether it could; it is called only after a change.
    start(index) verifies and mounts a slot and says whether it is whole. again() is called before
    a confirmed one is given up: it resets the board, unless that has not helped.
    """
    if record.slots[record.active].state == TRIAL:
        fault = _try(record, store, start)
        if fault is None:
            return record.active, True
        _retire(record, record.active, fault, store)
    for index in (record.active, 1 - record.active):
        if record.slots[index].state == GOOD:
            if start(index):
                if record.active != index:
                    record.active = index
                    store()
                return index, False
            again()
            _retire(record, index, "image-damaged", store)
    return None, False


def _try(record, store, start):
    # Why the slot on trial must not run, or None.
    slot = record.slots[record.active]
    if slot.attempts == 0:
        return "trial-failed"
    # Burned before a byte of the new image is read: whatever it does, the attempts come to an end.
    slot.attempts -= 1
    if not store():
        return "record-write"
    return None if start(record.active) else "image-damaged"


def _retire(record, index, reason, store):
    log.write("slot %d: %s" % (index, reason))
    record.retire(index, reason)
    store()
