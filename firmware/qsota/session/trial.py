# The two ends of a trial, for a session and for an application: with little code, since what an
# application leaves free may be in pieces, and this may be all that it ever asks for.
from qsota.boot.record_data import BAD, GOOD, REPORT_NEW, REPORT_OLD
from qsota.resident import handover
from qsota.update.steps import cut, step


def confirm(state):
    """It passed its self-test: keep it, and report the new version."""
    record = state.record
    slot = record.slots[state.slot]
    step(
        state,
        "confirmed " + slot.version,
        (slot, "state", GOOD),
        (record, "floor", max(record.floor, slot.counter)),
        (record, "report", REPORT_NEW),
        (record, "vain", 0),
    )
    state.trial = False


def revert(state, reason):
    """It failed: the other slot is next, and the old version is reported (T27)."""
    record, other = state.record, 1 - state.slot
    good = record.slots[other].state == GOOD
    reason = cut(reason)
    step(
        state,
        "reverted: " + reason,
        (record.slots[state.slot], "state", BAD),
        (record, "reason", reason),
        (record, "report", REPORT_OLD),
        (record, "active", other if good else record.active),
    )


def confirmed():
    """confirm(), for a program that has no record open."""
    _alone(confirm)


def reverted(reason):
    """revert(), likewise."""
    _alone(revert, reason)


def _alone(end, *args):
    from qsota.boot.stored import put_away, restore  # a session has the record open already

    state = handover.state
    opened = restore(state)
    try:
        end(state, *args)
    finally:
        if opened:
            put_away(state)
