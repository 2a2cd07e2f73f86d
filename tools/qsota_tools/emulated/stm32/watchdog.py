"""The independent watchdog (RM0433, 46; RM0090, 21): 32 kHz, and nothing stops it."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.registers import Registers

_KEY, _PRESCALER, _RELOAD, _STATUS, _WINDOW = 0x00, 0x04, 0x08, 0x0C, 0x10
_START, _FEED, _UNLOCK = 0xCCCC, 0xAAAA, 0x5555
_LSI_HZ = 32_000
_LARGEST = 0xFFF


class Watchdog(Registers):
    """on_expiry() is told when it was not fed in time."""

    name = "IWDG"
    plain = {_PRESCALER: 0, _RELOAD: _LARGEST, _WINDOW: _LARGEST}

    def __init__(self, clock: Scope, on_expiry: Callable[[], None]):
        super().__init__()
        self._clock, self._on_expiry = clock, on_expiry
        self._running = self._unlocked = False
        self._event = None

    def load(self, offset: int) -> int:
        if offset == _STATUS:
            return 0  # updates are done at once
        return 0 if offset == _KEY else super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset == _KEY:
            self._unlocked = value == _UNLOCK
            self._running |= value == _START
            if value in (_START, _FEED) and self._running:
                self._feed()
        elif self._unlocked:
            super().store(offset, value)

    def _feed(self) -> None:
        divider = 4 << min(self.values[_PRESCALER] & 7, 6)
        ticks = (self.values[_RELOAD] & _LARGEST) + 1
        self._clock.cancel(self._event)
        ns = ticks * divider * 1_000_000_000 // _LSI_HZ
        self._event = self._clock.after(ns, self._on_expiry)
