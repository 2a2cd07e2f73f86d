# One durable step: the boot record as flash has it, with some changes, or without any of them.
from micropython import const

from qsota import log

_REASON_MAX = const(32)  # bytes, in the record


def step(state, what, *changes):
    """Store the record of the loader's state with these changes, (object, attribute, value) each:
    all or none. Raises FlashError, or whatever went wrong; the record stays as it was then."""
    before = [(it, name, getattr(it, name)) for it, name, _ in changes]
    try:
        for it, name, value in changes:
            setattr(it, name, value)
        state.records.store(state.record)
    except Exception:
        for it, name, value in before:
            setattr(it, name, value)
        # What is in flash counts: the record may be there although it did not read back.
        state.record = state.records.load()
        raise
    state.kept = True
    log.write("record %d: %s" % (state.record.seq, what))


def cut(reason):
    """A reason as the record takes it: text of at most 32 bytes, with no character cut in two."""
    text = str(reason)
    while len(text.encode()) > _REASON_MAX:
        text = text[: min(len(text) - 1, _REASON_MAX)]
    return text
