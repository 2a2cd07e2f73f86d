"""Scheduled events that the module loses together with its power."""


class Life:
    """A clock whose pending events are forgotten at end()."""

    def __init__(self, clock):
        self._clock = clock
        self._number = 0

    def after(self, ms, fn, *args):
        """Call fn(*args) in ms milliseconds unless the power goes before; returns a handle."""
        return self._clock.after(ms, self._run, self._number, fn, args)

    def cancel(self, handle):
        self._clock.cancel(handle)

    def end(self):
        """The power goes: nothing that was scheduled will happen."""
        self._number += 1

    def _run(self, number, fn, args):
        if number == self._number:
            fn(*args)
