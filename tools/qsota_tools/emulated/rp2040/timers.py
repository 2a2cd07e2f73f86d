"""The emulator's clock as the simulated module wants it."""

from collections.abc import Callable


class EmulatedClock:
    """Milliseconds."""

    def __init__(self, clock):
        self._clock = clock
        self._armed = set()

    def now(self) -> int:
        return int(self._clock.nanos // 1_000_000)

    def after(self, ms: float, fn: Callable, *args):
        return self._arm(max(0, ms) * 1e6, fn, *args)

    def at_us(self, us: int, fn: Callable, *args):
        """At that time of the clock, in microseconds."""
        return self._arm(max(0, us * 1000 - self._clock.nanos), fn, *args)

    def _arm(self, ns: float, fn: Callable, *args):
        def fire():
            self._armed.discard(alarm)
            fn(*args)

        alarm = self._clock.create_alarm(fire)
        self._armed.add(alarm)
        alarm.schedule(ns)
        return alarm

    def cancel(self, alarm) -> None:
        """Forget an event; one that is past, or None, is ignored."""
        if alarm in self._armed:
            self._armed.discard(alarm)
            alarm.cancel()
