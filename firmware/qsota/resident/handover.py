# What the loader leaves for the library. It outlives the loader's code, so all that is in it while
# no phase runs is plain data.

# What an application's own copy of the library may rely on: this module, phases.py, errors, log,
# what is in boot/, and the places in the boot record. A copy for another number is not taken.
INTERFACE = 4


class State:
    board = None  # None: the board file is of no use, or, in a program, nobody has asked yet
    records = None  # the RecordLog, which is read once only: a torn record may read differently
    record = None
    # In place of these three while nothing needs an object, see boot/stored.py: 512 bytes, and
    # where the log is.
    packed = log = None
    kept = False  # a record of this run is in flash
    files = None  # the file system of a mounted image, where it is in Python
    slot = None  # index of the slot that runs; None: recovery
    trial = False  # what runs is on trial, and not confirmed
    alone = False  # the updater runs, and no application
    aside = False  # ... which has made way for an update, and comes back after it
    back = False  # the application has made way just before this start
    keys = None  # alone: as Board.keys, if the image that does not run brought some along
    wdt = None  # armed on a trial boot, and in recovery
    tally = None  # see boot/tally.py
    started = False  # the application, or the updater alone, runs or has run
    rest = 0  # minutes without a host until a board at its REPL is restarted
    shared = None  # (AT client, Inbox) of the program: its UART has one owner
    # Of the loader's only timer, attended.py's or for a start that lasts; what nobody holds is
    # collected, and never fires.
    timer = None
    library = ""  # where the application's own copy of the library is

    def reset(self):
        """Restart the board."""
        import machine

        machine.reset()


state = State()


def let_go(state):
    """Leave nothing in it that refers to code; what is packed says the same."""
    state.log = state.records.where
    state.board = state.records = state.record = None
