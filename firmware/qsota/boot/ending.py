# After the program: what its end means for the starts to come.
import sys

from qsota import log
from qsota.boot import attended, tally
from qsota.resident import handover


def ended(error):
    """It is over, or never came to run; error: what it raised, or None. A reset follows."""
    state = handover.state
    try:
        if state.tally:
            tally.failed(state)
        if error is None:
            log.write("reset: the application has ended")
        else:
            log.write("reset: %r" % error)
            sys.print_exception(error)
    except Exception:
        pass  # a foreign error that cannot even be printed, or no memory left


def interrupted():
    """Ctrl-C led to the REPL."""
    attended.watch()
    if handover.state.tally:
        tally.spared(handover.state)
