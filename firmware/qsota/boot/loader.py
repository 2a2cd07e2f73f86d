# Runs before the application, in the two steps that MicroPython has: boot.py at every start,
# main.py unless a host holds the raw REPL. So mpremote finds a board at rest, and no soft reset
# of its costs a trial an attempt.
#
# Every way out of the program ends in a reset, or at the REPL if somebody pressed Ctrl-C; who has
# no host there is restarted from it (attended.py). A confirmed application that does not last,
# several times in a row, gives way to the updater alone for a while (tally.py).
import gc
import sys
import time

from micropython import const

from qsota import log
from qsota.boot import application, attended, chip, starting
from qsota.boot.board import Board
from qsota.boot.record import TRIAL, RecordLog
from qsota.boot.tally import LASTED_MS
from qsota.errors import BoardError, QsotaError
from qsota.resident import handover

_PAUSE_S = const(2)  # for a message to be read, and for Ctrl-C
_READS = const(3)
_ALONE_MS = const(900000)
# A cable is no better than a restart against these; against other faults of a board file it is.
_PASSING = ("no-spi-flash", "io")


def boot(board=None):
    """Called by boot.py: seals the root; nothing is started yet, and nothing bites."""
    for _ in range(_READS):
        try:
            attended.watch()
            handover.state.board = board or _load_board()
            handover.state.board.stop_watchdog()
            handover.state.board.seal_root()
            return
        except Exception as error:
            # Memory, or a read, that failed once may go well now; without a board there is only
            # a REPL.
            log.write("boot: %r" % error)


def _load_board():
    for _ in range(_READS - 1):
        try:
            return Board.load()
        except BoardError:
            pass
    return Board.load()


def hand_over():
    """Called by main.py: runs the application, or the updater alone when no slot is good.

    Returns only to a REPL at which somebody has to be: with the maintenance pin, or a board file
    that is of no use.
    """
    board = handover.state.board
    if board is None:
        return
    try:
        try:
            if not _prepare(board):
                return
            _run(board)
            _ended(None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit and a cancelled task are no Exception
            gc.collect()  # there may be no memory left
            _ended(error)
        time.sleep(_PAUSE_S)
    except KeyboardInterrupt:
        attended.watch()
        if handover.state.tally:
            handover.state.tally.spared()
        raise
    board.reset()


def _prepare(board):
    # False: to the REPL, for a cable.
    try:
        if board.maintenance():
            log.write("boot: maintenance")
            attended.leave()
            return False
        start(board)
        return True
    except QsotaError as error:
        if error.reason in _PASSING:
            raise
        log.write("boot: %r" % error)  # the board file is of no use
        return False


def _run(board):
    if handover.state.slot is not None and not handover.state.trial:
        handover.state.alone = handover.state.tally.begin()
    attended.leave()
    handover.state.started = True
    if handover.state.slot is not None and not handover.state.alone:
        handover.state.timer = chip.later(LASTED_MS, lasted)
        application.run()
        return
    log.write("boot: the updater alone")
    if board.get("port", str) == "rp2":  # on stm32 nothing could stop it for a host
        handover.state.wdt = board.watchdog(board.get("trial.watchdog_ms"))
    from qsota.boot import recovery

    recovery.main(_ALONE_MS if handover.state.alone else None)


def _ended(error):
    try:
        if handover.state.tally:
            handover.state.tally.failed()
        if error is None:
            log.write("reset: the application has ended")
        else:
            log.write("reset: %r" % error)
            sys.print_exception(error)
    except Exception:
        pass  # a foreign error that cannot even be printed: the reset must come all the same


def lasted(timer=None):
    """This start was a good one, whatever happens to it from now on."""
    if handover.state.tally:
        handover.state.tally.lasted()
        handover.state.record.tally = 0


def ready():
    """The state, for a program. One that a host runs in place of the application (mpremote run)
    finds the confirmed image mounted, and nothing changed on record.

    QsotaError "not-started" where that cannot be: no board, or an image on trial is next.
    """
    if handover.state.record is None:
        if handover.state.board is None:
            raise QsotaError("not-started", "boot.py of the board has not run, or has failed")
        record = RecordLog(handover.state.board.area("state")).load()
        if record.slots[record.active].state == TRIAL:
            raise QsotaError("not-started", "an image on trial is next: reset the board")
        attended.leave()
        start(handover.state.board)
    return handover.state


def start(board):
    """Pick the slot to run, burn an attempt if it is on trial, and mount its image at /app."""
    starting.start(board, handover.state)
