# The boot record stored, and packed for as long as nothing needs it as an object.
from qsota import log
from qsota.boot import hardware
from qsota.boot.record import RECORD_SIZE, pack_into, unpack
from qsota.boot.record_data import Log
from qsota.errors import FlashError
from qsota.resident import handover


def put_away(state):
    """Leave nothing in the state that refers to code, until ready.restore()."""
    if state.packed is None:
        state.packed = bytearray(RECORD_SIZE)
    pack_into(state.record, state.packed)
    handover.let_go(state)


def restore(state, board=None):
    """Undo put_away() or let_go(); one of them has to follow again if this returns True. The
    record is the one that the loader went by: flash is not asked again.

    board: as its file is read, unless the caller has done that.
    """
    if state.record or state.packed is None:
        return False
    area = (board or state.board or hardware.load()).area("state")
    records, record = Log(area, state.log, state.packed), unpack(state.packed)
    if state.tally[0] == 0:
        record.tally = 0  # so whoever stores it clears it, too
    state.records, state.record = records, record
    return True


def store(state):
    """Store the record; False where flash refuses it."""
    try:
        state.records.store(state.record)
        return True
    except FlashError as error:
        log.write("boot: %r" % error)
        return False
