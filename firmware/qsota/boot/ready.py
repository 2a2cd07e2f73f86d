# What the library needs of the loader: objects while a phase runs, plain data in between.
from qsota.boot.board import Board, load_board
from qsota.boot.record import RecordLog
from qsota.boot.record_data import TRIAL
from qsota.boot.stored import put_away, restore
from qsota.errors import QsotaError
from qsota.resident import handover, phases

_NO_VERSION = "recovery"  # what is reported where no version of the application runs


def begin(make):
    """For a phase: (whether let_go() has to follow, make(board)). The board is in memory only
    meanwhile."""
    state = handover.state
    board = state.board or load_board()
    opened = restore(state, board)
    try:
        made = make(board)
    except Exception:
        if opened:
            handover.let_go(state)
        raise
    state.board = None
    return opened, made


def ready():
    """The state with its objects. In a program that a host runs in place of the application
    (mpremote run) the confirmed image is mounted for it, and nothing changed on record.

    QsotaError "not-started" where that cannot be: no board, or an image on trial is next.
    """
    state = handover.state
    if state.packed is not None and state.record is None:
        state.board = state.board or load_board()
        restore(state, state.board)
    if state.record is None:
        if state.board is None:
            raise QsotaError("not-started", "boot.py of the board has not run, or has failed")
        record = RecordLog(state.board.area("state")).load()
        if record.slots[record.active].state == TRIAL:
            raise QsotaError("not-started", "an image on trial is next: reset the board")
        from qsota.boot import attended, starting

        attended.leave()
        starting.start(state.board, state)
        if not isinstance(state.board, Board):
            state.board = load_board()  # the loader's knows what a start needs
    return state


def run_in_place():
    """What was loaded before code could run in place does from now on; before anything else of
    the library runs. The file system of the image may be running: it gets other functions."""
    pack, files = phases.pack(), handover.state.files
    try:
        if pack and pack.flash:
            pack.move("qsota.resident.phases", phases.call)
            if files:
                phases.get("qsota.boot.romfs").adopt(files)
    except phases.LACK:
        pass  # the copies do as well


def device():
    """What a Device needs: (the UART, None if it is shared already; the version that runs, the
    component's name, a trial's deadline in ms, where an update runs)."""
    busy = handover.state.record
    state = ready()
    if not state.shared:
        run_in_place()
    try:
        board, slot = state.board or load_board(), state.slot
        version = _NO_VERSION if slot is None else state.record.slots[slot].version
        facts = version, board.component, board.trial_deadline_ms, board.update
        return (None if state.shared else board.uart(),) + facts
    finally:
        if not busy:
            put_away(state)
