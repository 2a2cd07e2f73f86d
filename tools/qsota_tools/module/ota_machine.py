"""States with entry actions and one timer: the frame of the module's OTA state machine."""

from qsota_tools.common.dice import Dice
from qsota_tools.module.states import NOPLAN


class Machine:
    """`_entries` maps each state but NOPLAN to what is done when it is entered."""

    _entries = {}

    def __init__(self, life, options):
        self.state = NOPLAN
        self._life = life
        self._options = options
        self._dice = Dice(options.seed, 1)
        self._timer = None

    def save(self):
        """A state is kept in flash as soon as it is entered."""

    def _enter(self, state):
        self._disarm()
        self.state = state
        self.save()
        if state != NOPLAN:
            self._entries[state]()

    def _arm(self, ms, state):
        self._disarm()
        self._timer = self._life.after(ms, self._enter, state)

    def _disarm(self):
        self._life.cancel(self._timer)
        self._timer = None

    def _soon(self, state):
        """The next state, which follows shortly after the OK of the command that asked for it."""
        self._effect(self._step, self.state, state)

    def _effect(self, fn, *args):
        """What a command causes: after its OK, or before it (D11)."""
        every = self._options.events_first
        if every and self._dice.once_in(every):
            fn(*args)
        else:
            self._life.after(self._options.event_ms, fn, *args)

    def _step(self, before, state):
        if self.state == before:
            self._enter(state)
