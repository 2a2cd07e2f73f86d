# What the module owes and does not send: its events may be lost, and it has states without any.
from time import ticks_diff, ticks_ms

from micropython import const

_QUIET_MS = const(12000)  # 10702 comes every 5 s: silence this long means that a URC was lost
_ROUNDS = const(10)
_LIMIT_MS = const(3600000)  # a download that the module goes on with for ever (T14)


class Watch:
    """When to look for a download that was confirmed, or began, and of which no block is here.

    `over`: it was looked for often enough, or for an hour, and does not come. The module may be in
    a state that has neither events nor timers, which only a version report ends (D2, D9).
    """

    def __init__(self):
        self.on = False
        self._rounds = 0
        self._heard = self._begun = ticks_ms()

    def keep(self):
        """What the next Watch has to know."""
        return self.on, self._rounds, self._heard, self._begun

    def restore(self, kept):
        """Go on where another Watch was."""
        self.on, self._rounds, self._heard, self._begun = kept

    def begin(self):
        """From now on a download is owed; it may be owed already."""
        if not self.on:
            self.on = True
            self._rounds = 0
            self._begun = self._heard = ticks_ms()

    def hear(self):
        """An event says that the module is at work."""
        self._heard = ticks_ms()
        self._rounds = 0

    def end(self):
        """It came, or it ended."""
        self.on = False

    def due(self):
        """Whether to look now, by a 1-byte read: a block waits 60 s for the first one."""
        if self.on and ticks_diff(ticks_ms(), self._heard) > _QUIET_MS:
            self._heard = ticks_ms()
            self._rounds += 1
            return True
        return False

    @property
    def over(self):
        return self.on and (
            self._rounds >= _ROUNDS or ticks_diff(ticks_ms(), self._begun) > _LIMIT_MS
        )
