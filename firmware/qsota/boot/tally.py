# How often in a row this board started badly: starts of the confirmed application that did not
# last, and resets for the sake of flash that did not read well. It outlives resets in a register
# of the chip, so that no start costs a write of flash. Where there is none it is in the boot
# record, which is written only after a start that ended badly.
from micropython import const

from qsota.boot import chip

LASTED_MS = const(300000)  # an application that ran that long did not start badly

_STARTS = const(5)  # then the updater runs alone
_FAULTS = const(2)  # resets before flash is believed to be as bad as it reads


class Tally:
    """value: the starts, and 16 times the faults, in a row.

    recorded: the value in the boot record; save(value) puts it there, and says whether it could.
    """

    def __init__(self, recorded, save):
        found = chip.kept()
        self._save = save
        self._recorded = recorded
        self._register = found is not None or chip.keep(0)
        self.value = (found or 0) if self._register else recorded
        self._open = False  # a start is counted that may still turn out well

    def begin(self):
        """The confirmed application is about to start. True if it did not last five times in a
        row: then the updater is to run alone, and the start after that is the application's."""
        starts = self.value & 15
        alone = starts >= _STARTS
        self._open = not alone
        if alone or self._register:
            self._set(_STARTS - 1 if alone else starts + 1)
        return alone

    def failed(self):
        """The application ended, and that could be seen."""
        if not self._register:
            self._set(min((self.value & 15) + self._open, _STARTS))

    def lasted(self):
        """Whatever happens from now on was no bad start; no record is written for that."""
        self._open = False
        self.value = 0
        if self._register:
            self._set(0)

    def spared(self):
        """A host interrupted it: this start does not count."""
        if self._open and self._register:
            self._set((self.value & 15) - 1)
        self._open = False

    def fault(self):
        """Flash did not read well. True if the board is to be reset before that is believed."""
        faults = self.value >> 4
        return faults < _FAULTS and self._set(self.value & 15, faults + 1)

    def sound(self):
        """It did read well."""
        if self.value >> 4:
            self._set(self.value & 15)

    def _set(self, starts, faults=0):
        self.value = faults << 4 | starts
        if self._register:
            return chip.keep(self.value)
        if self.value != self._recorded:
            self._recorded = self.value
            return self._save(self.value)
        return True
