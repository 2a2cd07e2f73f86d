# The boot record stored, and packed for as long as nothing needs it as an object.
from qsota import log
from qsota.boot.record import RECORD_SIZE, pack_into
from qsota.errors import FlashError
from qsota.resident import handover


def put_away(state):
    """Leave nothing in the state that refers to code, until ready.restore()."""
    if state.packed is None:
        state.packed = bytearray(RECORD_SIZE)
    pack_into(state.record, state.packed)
    handover.let_go(state)


def store(state):
    """Store the record; False where flash refuses it."""
    try:
        state.records.store(state.record)
        return True
    except FlashError as error:
        log.write("boot: %r" % error)
        return False
