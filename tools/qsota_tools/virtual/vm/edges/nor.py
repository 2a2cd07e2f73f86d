# A NOR flash in a file: careless as the real one, but where that would destroy the firmware or the
# data, this one stops the board and says why.
import time

import uctypes

import supply

_ERASE_US = 45000
_PAGE_US = 500
_PAGE = 256


class Nor:
    """The file that the settings call by that name; program: the unit of programming in bytes.

    content: all of it, as read-only bytes in one place.
    """

    def __init__(self, name, erase, program):
        store = supply.settings["stores"][name]
        self.size = store["size"]
        self.erase_size = erase
        self._name = name
        self._program_size = program
        self._file = open(store["file"], "r+b")
        self.content = self._file.read(self.size)
        self._base = uctypes.addressof(self.content)
        self._cells = uctypes.bytearray_at(self._base, self.size)  # for the controller only
        self._blank = b"\xff" * erase

    def read(self, at, buf):
        self._inside("read", at, len(buf))
        memoryview(buf)[:] = self._cells[at : at + len(buf)]

    def erase(self, at, size):
        self._inside("erase", at, size)
        if at % self.erase_size or size % self.erase_size:
            self._violation("erase of %d bytes at %d: misaligned" % (size, at))
        for unit in range(at, at + size, self.erase_size):
            self._operate("erase", unit, self._blank)

    def program(self, at, data):
        size = len(data)
        self._inside("program", at, size)
        if at % self._program_size or size % self._program_size:
            self._violation("program of %d bytes at %d: misaligned" % (size, at))
        if self._base <= uctypes.addressof(data) < self._base + self.size:
            self._violation("program of %d bytes at %d: the source is in flash" % (size, at))
        for unit in range(at, at + size, _PAGE):
            end = min(unit + _PAGE, at + size)
            if self.content[unit:end] != self._blank[: end - unit]:
                self._violation("program at %d: not erased" % unit)
        self._operate("program", at, data)

    def _violation(self, text):
        supply.halt("violation", text=text)

    def _inside(self, what, at, size):
        if at < 0 or at + size > self.size:
            self._violation("%s of %d bytes at %d: outside the storage" % (what, size, at))

    def _operate(self, kind, at, data):
        """One flash operation, as far as the power lasts: go, or cut before, torn or after it."""
        verdict = supply.ask(kind, store=self._name, offset=at, size=len(data))
        if verdict != "before":
            self._store(at, data[: len(data) // 2] if verdict == "torn" else data)
        if verdict != "go":
            supply.halt("cut", how=verdict)
        if supply.settings["timing"] == "real":
            self._busy(_ERASE_US if kind == "erase" else _PAGE_US * (len(data) // _PAGE))
        supply.send("flashed", store=self._name, offset=at, size=len(data))

    def _busy(self, us):
        time.sleep_us(us)

    def _store(self, at, data):
        # Straight to the file, so that no end of this process can lose it.
        self._cells[at : at + len(data)] = data
        self._file.seek(at)
        self._file.write(data)
