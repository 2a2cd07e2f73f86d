# Runs before everything else: picks the slot, burns an attempt of a trial, mounts the image.
import sys
import time

from micropython import const

from qsota import log
from qsota.board import Board
from qsota.errors import FlashError, QsotaError
from qsota.record import BAD, GOOD, REPORT_OLD, TRIAL, Record, RecordLog
from qsota.slot import check, image

_APP = "/app"
_SCRATCH = const(4096)
_PAUSE_S = const(2)


class State:
    """What boot() decided; board is None if the board file is of no use."""

    slot = None  # index of the slot that runs; None: recovery
    trial = False
    record = None
    wdt = None  # armed on a trial boot only
    board = None


state = State()


def boot(board=None):
    """Called by boot.py: leaves its decision in `state`, and the image of the slot at /app."""
    try:
        board = board or Board.load()
        _seal(board)
        _pick(board)
        state.board = board
    except QsotaError as error:
        log.write("boot: %r" % error)


def hand_over():
    """Called by main.py: runs the application, or the updater alone when no slot is good."""
    if state.board is None:
        return  # to the REPL and a cable: no reset would help
    try:
        if state.slot is None:
            from qsota import recovery

            recovery.main()
        else:
            import main  # noqa: F401
    except Exception as error:
        sys.print_exception(error)
        log.write("reset: %r" % error)
        time.sleep(_PAUSE_S)  # for the message to be read, and for Ctrl-C
        state.board.reset()


def choose(record, store, start):
    """Decide which slot runs: (index, is it on trial); index is None if no slot is good.

    store() keeps the record and says whether it could; start(index) verifies and mounts a slot
    and says whether it is whole. The record is stored only when it changes.
    """
    if record.slots[record.active].state == TRIAL:
        fault = _try(record, store, start)
        if fault is None:
            return record.active, True
        _retire(record, record.active, fault)
        store()
    for index in (record.active, 1 - record.active):
        if record.slots[index].state != GOOD:
            continue
        if not start(index):
            _retire(record, index, "image-damaged")
            store()
        else:
            if record.active != index:
                record.active = index
                store()
            return index, False
    return None, False


def _try(record, store, start):
    # Why the slot on trial must not run, or None.
    slot = record.slots[record.active]
    if slot.attempts == 0:
        return "trial-failed"
    # Burned before a byte of the new image is looked at: whatever happens from here on, the
    # attempts come to an end.
    slot.attempts -= 1
    if not store():
        return "record-write"
    return None if start(record.active) else "image-damaged"


def _retire(record, index, reason):
    log.write("slot %d: %s" % (index, reason))
    record.slots[index].state = BAD
    record.reason = reason
    record.report = REPORT_OLD
    if record.slots[1 - index].state == GOOD:
        record.active = 1 - index


def _seal(board):
    try:
        board.hide_storage()
        board.seal_root()
    except OSError as error:  # it works without, as long as nobody writes
        log.write("root is not sealed: %r" % error)


def _pick(board):
    records = RecordLog(board.area("state"))
    try:
        state.record = records.load()
    except FlashError:
        state.record = Record()

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
        # Armed for a trial that was given up; the old application need not know how to feed it.
        board.reset()


def _start(board, index):
    slot, feed = state.record.slots[index], None
    if slot.state == TRIAL:
        state.wdt = board.watchdog(board.get("trial.watchdog_ms"))
        feed = state.wdt.feed
    area = board.slot(index)
    try:
        if not check(area, slot, bytearray(_SCRATCH), feed):
            return False
        _mount(image(area, slot.size))
    except (FlashError, OSError) as error:
        log.write("slot %d: %r" % (index, error))
        return False
    sys.path.insert(0, _APP)
    return True


def _mount(source):
    import vfs

    # The native one runs code in place, but needs flash that can be addressed.
    if hasattr(vfs, "VfsRom") and isinstance(source, memoryview):
        system = vfs.VfsRom(source)
    else:
        from qsota.romfs import RomFs

        system = RomFs(source)
    vfs.mount(system, _APP, readonly=True)
