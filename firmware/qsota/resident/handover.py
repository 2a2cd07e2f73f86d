# What the loader leaves for the library. It outlives the loader's code.


class State:
    board = None  # None: the board file is of no use
    records = None  # the RecordLog, which is read once only: a torn record may read differently
    record = None
    kept = False  # a record of this run is in flash
    slot = None  # index of the slot that runs; None: recovery
    trial = False
    alone = False  # the updater runs, although the slot's image is whole
    wdt = None  # armed on a trial boot, and in recovery
    tally = None
    started = False  # the application, or the updater alone, runs or has run
    rest = 0  # minutes without a host until a board at its REPL is restarted
    timer = None  # its callback's; what nobody holds is collected, and never fires


state = State()
