# The way to a mounted image: the record is read, a slot chosen, its image verified and mounted.
# What does not read well is read again, then the board is reset, and only then is it believed.
import time

from micropython import const

from qsota import log
from qsota.boot import application, stored, tally
from qsota.boot.choose import choose
from qsota.boot.record import RecordLog
from qsota.boot.record_data import TRIAL
from qsota.boot.slot import check, image
from qsota.errors import FlashError
from qsota.resident import program

_SCRATCH = const(4096)
_READS = const(3)
_PAUSE_S = const(2)


def start(board, state):
    """Pick the slot to run, burn an attempt if it is on trial, and mount its image at /app.

    Fills in the loader's state; returns without a reset only if the slot in it may run.
    """
    area = board.area("state")
    state.records = RecordLog(area)
    state.record = state.records.load()
    state.tally = tally.found(state.record.tally)

    def store():
        return stored.store(state)

    def again():
        _again(board, state)

    if state.record.seq == 0 and not _is_blank(area):
        again()
    state.slot, state.trial = choose(
        state.record, store, lambda index: _start_slot(board, state, index), again
    )
    tally.sound(state)
    log.write("boot: slot %s%s" % (state.slot, ", on trial" if state.trial else ""))
    if state.trial:
        program.lasted()  # another image: what the one before did does not count
    elif state.wdt:
        board.reset()  # nothing else stops the watchdog, and the old image need not feed it


def _is_blank(area):
    try:
        return area.is_blank(0, area.size, bytearray(_SCRATCH))
    except FlashError:
        return False


def _again(board, state):
    # A reset before anything good is given up: it starts a flash chip anew.
    if tally.fault(state):
        log.write("reset: flash does not read well")
        time.sleep(_PAUSE_S)
        board.reset()


def _start_slot(board, state, index):
    slot, feed = state.record.slots[index], None
    if slot.state == TRIAL:
        state.wdt = board.watchdog(board.get("trial.watchdog_ms"))
        feed = state.wdt.feed
    scratch = bytearray(_SCRATCH)
    for _ in range(_READS):
        try:
            area = board.slot(index)
            if check(area, slot, scratch, feed):
                application.mount(image(area, slot.size))
                return True
            log.write("slot %d: wrong-image" % index)
        except (FlashError, OSError) as error:
            log.write("slot %d: %r" % (index, error))
    return False
