# Runs before the application, in the two steps that MicroPython has: boot.py at every start,
# main.py unless a host holds the raw REPL. So mpremote finds a board at rest, and no soft reset
# of its costs a trial an attempt.
import sys
import time

from micropython import const

from qsota import log
from qsota.boot.board import Board
from qsota.boot.record import GOOD, TRIAL, RecordLog
from qsota.boot.slot import check, image
from qsota.errors import FlashError, QsotaError

_SCRATCH = const(4096)
_PAUSE_S = const(2)


class State:
    board = None  # None: the board file is of no use
    records = None  # the RecordLog, which is read once only: a torn record may read differently
    record = None
    slot = None  # index of the slot that runs; None: recovery
    trial = False
    wdt = None  # armed on a trial boot only


state = State()


def boot(board=None):
    """Called by boot.py: seals the root; nothing is started yet, and nothing bites."""
    try:
        board = board or Board.load()
        board.stop_watchdog()
        board.seal_root()
        state.board = board
    except QsotaError as error:
        log.write("boot: %r" % error)


def hand_over():
    """Called by main.py: runs the application, or the updater alone when no slot is good."""
    board = state.board
    if board is None:
        return  # to the REPL and a cable: no reset would help
    try:
        if not _prepare(board):
            return
        if state.slot is None:
            from qsota.boot import recovery

            recovery.main()
        else:
            import main  # noqa: F401
    except Exception as error:
        sys.print_exception(error)
        log.write("reset: %r" % error)
        time.sleep(_PAUSE_S)  # for the message to be read, and for Ctrl-C
        board.reset()


def _prepare(board):
    try:
        if board.maintenance():
            log.write("boot: maintenance")
            return False
        start(board)
        return True
    except QsotaError as error:
        log.write("boot: %r" % error)  # the board file is of no use
        return False


def start(board):
    """Pick the slot to run, burn an attempt if it is on trial, and mount its image at /app."""
    records = state.records = RecordLog(board.area("state"))
    state.record = records.load()

    def store():
        try:
            records.store(state.record)
            return True
        except FlashError as error:
            log.write("boot: %r" % error)
            return False

    state.slot, state.trial = choose(state.record, store, lambda index: _start(board, index))
    log.write("boot: slot %s%s" % (state.slot, ", on trial" if state.trial else ""))
    if state.wdt and not state.trial:
        board.reset()  # nothing else stops the watchdog, and the old image need not feed it


def choose(record, store, start):
    """Decide which slot runs: (its index or None, is it on trial).

    store() keeps the record and says whether it could; it is called only after a change.
    start(index) verifies and mounts a slot and says whether it is whole.
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


def _start(board, index):
    slot, feed = state.record.slots[index], None
    if slot.state == TRIAL:
        state.wdt = board.watchdog(board.get("trial.watchdog_ms"))
        feed = state.wdt.feed
    try:
        area = board.slot(index)
        if not check(area, slot, bytearray(_SCRATCH), feed):
            return False
        _mount(image(area, slot.size))
    except (FlashError, OSError) as error:
        log.write("slot %d: %r" % (index, error))
        return False
    sys.path.insert(0, "/app")
    return True


def _mount(source):
    import vfs

    if hasattr(vfs, "VfsRom") and isinstance(source, memoryview):
        system = vfs.VfsRom(source)  # runs code in place; needs flash that can be addressed
    else:
        from qsota.boot.romfs import RomFs

        system = RomFs(source)
    vfs.mount(system, "/app", readonly=True)
