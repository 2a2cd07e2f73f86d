# The program's turn: the loader's code is in memory before it and after it, and not meanwhile.
#
# Every way out of the program ends in a reset, or at the REPL if somebody pressed Ctrl-C; who has
# no host there is restarted from it (attended.py). A confirmed application that does not last,
# several times in a row, gives way to the updater alone for a while (tally.py).
import sys
import time

from micropython import const

from qsota.resident import handover, phases

_PAUSE_S = const(2)  # for a message to be read, and for Ctrl-C
_ALONE_MS = const(900000)
_PATH_MAX = const(102)
_ENDING = "qsota.boot.ending"
_DEEP = const(40)  # some 2 KB of the C stack


def main():
    """Called by main.py: runs the application, or the updater alone when no slot is good.

    Returns only to a REPL at which somebody has to be: with the maintenance pin, or a board file
    that is of no use.
    """
    error = None
    try:
        # Who runs begins here and no deeper: each call before it takes some 300 bytes of the
        # processor's stack from it, and a Pico has 8 KB.
        try:
            if not phases.call("qsota.boot.loader", "prepare"):
                return
            if handover.state.alone:
                from qsota.boot import recovery

                repr(_nest())  # here: a call of a function of ours has the same gaps
                recovery.main(None if handover.state.slot is None else _ALONE_MS)
            else:
                _application()
        except KeyboardInterrupt:
            raise
        except BaseException as caught:  # SystemExit and a cancelled task are no Exception
            error = caught
        _finish(error)
        time.sleep(_PAUSE_S)
    except KeyboardInterrupt:
        _end("interrupted")
        raise
    import machine

    machine.reset()


def _nest():
    # What runs for long has gaps in its frames on the C stack. What the loader has left there
    # would count as in use: 7 KB of code. The frames of printing a tuple in a tuple and so on have
    # no gaps, and take its place.
    inner: tuple = ()
    for _ in range(_DEEP):
        inner = (inner,)
    return inner


def _application():
    # The C stack of an import holds a buffer for a path that is never cleared. What the loader has
    # left there would count as in use as long as the application runs: 19 KB of code, once.
    path = sys.path[:]
    sys.path[:] = (".frozen/" + "-" * _PATH_MAX,)  # where no file system is asked
    try:
        import main  # noqa: F401
    except (ImportError, RuntimeError):
        pass  # it is not there, or the path is too long
    sys.path[:] = path
    import main  # noqa: F401


def _finish(error):
    try:
        _end("ended", error)
    except Exception:
        pass  # the reset must come all the same


def _end(function, *args):
    try:
        phases.call(_ENDING, function, *args)
    except Exception:
        # The program that has ended may hold all memory, or what it mounted is in the way.
        for name in list(sys.modules):
            if str(getattr(sys.modules[name], "__file__", "")).startswith("/app/"):
                phases.unload(name)
        phases.call(_ENDING, function, *args)


def lasted(timer=None):
    """This start was a good one, whatever happens to it from now on; no record is written for
    that. It takes no memory and loads nothing: a timer calls it, in the middle of anything."""
    tally = handover.state.tally
    if tally:
        # As boot/tally.py has it: the count, whether a start is open, a register or 0.
        tally[0], tally[1] = 0, False
        if tally[2]:
            import machine

            machine.mem32[tally[2]] &= ~0xFF
    if handover.state.record:
        handover.state.record.tally = 0
