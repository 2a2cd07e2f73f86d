# How often in a row this board started badly: starts of the confirmed application that did not
# last, and resets for the sake of flash that did not read well. It outlives resets in a register
# of the chip, so that no start costs a write of flash. Where there is none it is in the boot
# record, which is written only after a start that ended badly.
#
# state.tally is plain data: [the starts, 8 more if the application has made way for an update, 16
# times the faults in a row, and 64 more if the updater alone had its turn just before this start;
# whether a start is counted that may still turn out well; the register's address, or 0; the value
# in the record].
# resident/program.py has lasted(), for which none of this is loaded.
from micropython import const

from qsota.boot import chip
from qsota.resident import handover

LASTED_MS = const(300000)  # an application that ran that long did not start badly

_VALUE, _OPEN, _REGISTER, _RECORDED = const(0), const(1), const(2), const(3)
_STARTS = const(5)  # then the updater runs alone
_COUNT, _ASKED, _STARTED, _FAULT, _BACK = const(7), const(8), const(15), const(16), const(64)
_FAULTS = const(2)  # resets before flash is believed to be as bad as it reads


def found(recorded):
    """The tally as this start finds it; recorded: the value in the boot record."""
    kept = chip.kept()
    register = chip.register() if kept is not None or chip.keep(0) else 0
    return [(kept or 0) if register else recorded, False, register, recorded]


def begin(state):
    """The confirmed application is about to start. True if the updater is to run alone instead:
    the application did not last five times in a row, or it has made way (aside()). The start after
    that is the application's."""
    starts = state.tally[_VALUE] & _COUNT
    state.aside = bool(state.tally[_VALUE] & _ASKED)
    state.back = bool(state.tally[_VALUE] & _BACK)
    alone = state.aside or starts >= _STARTS
    state.tally[_OPEN] = not alone
    if alone:
        _set(state, min(starts, _STARTS - 1) | (_BACK if state.aside else 0))
    elif state.tally[_REGISTER]:
        _set(state, starts + 1)
    return alone


def aside():
    """The application makes way: the updater alone runs next, if there is a reset now. False if
    that cannot be kept. This start was no bad one."""
    state = handover.state
    starts = (state.tally[_VALUE] & _COUNT) - bool(state.tally[_OPEN] and state.tally[_REGISTER])
    kept = bool(_set(state, max(starts, 0) | _ASKED))
    if state.record:
        from qsota.boot.stored import put_away

        put_away(state)
    return kept


def failed(state):
    """The application ended, and that could be seen."""
    if not state.tally[_REGISTER] and not state.tally[_VALUE] & _ASKED:
        _set(state, min((state.tally[_VALUE] & _STARTED) + state.tally[_OPEN], _STARTS))


def spared(state):
    """A host interrupted it: this start does not count."""
    if state.tally[_OPEN] and state.tally[_REGISTER]:
        _set(state, (state.tally[_VALUE] & _STARTED) - 1)
    state.tally[_OPEN] = False


def fault(state):
    """Flash did not read well. True if the board is to be reset before that is believed."""
    value = state.tally[_VALUE]
    return value // _FAULT % 4 < _FAULTS and _set(state, value + _FAULT)


def sound(state):
    """It did read well."""
    value = state.tally[_VALUE]
    if value // _FAULT % 4:
        _set(state, value % _FAULT | value & _BACK)


def _set(state, value):
    # Says whether it is kept.
    state.tally[_VALUE] = value
    if state.tally[_REGISTER]:
        return chip.keep(value)
    if value == state.tally[_RECORDED]:
        return True
    state.tally[_RECORDED] = value
    # Where a register counts, the end of a program that has left little memory needs none of this.
    from qsota.boot import stored

    stored.restore(state)
    # A program may have stored a newer record; what cannot be read is not overwritten.
    state.record = state.records.load()
    state.record.tally = value
    return state.record.seq != 0 and stored.store(state)
