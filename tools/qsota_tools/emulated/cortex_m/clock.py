"""Emulated time in nanoseconds, and what is due at which time.

While code runs, time passes with it; an event ends a run of code before it is due. Nothing here
looks at the host's clock.
"""

import heapq
import itertools
from collections.abc import Callable

NEVER = 1 << 62
_AT_ONCE = 0


class Event:
    """Something that is due at a time."""

    __slots__ = ("time", "order", "call")

    def __init__(self, time: int, order: int, call: Callable[[], None] | None):
        self.time, self.order, self.call = time, order, call

    def __lt__(self, other: "Event") -> bool:
        return (self.time, self.order) < (other.time, other.order)


class Clock:
    """half_word_ns: how long 16 bits of code take; longest_ns: of a run without a look around."""

    def __init__(self, pace, half_word_ns: int, longest_ns: int = 100_000):
        self._pace = pace
        self._ns, self._longest = half_word_ns, longest_ns
        self._base = self._end = 0  # of this run of code
        self._waited = 0  # in this run, apart from executing
        self._running = False
        self._events: list[Event] = []
        self._order = itertools.count()

    def now(self) -> int:
        """The time; never later than the next event."""
        if not self._running:
            return self._base
        time = self._base + self._pace.executed * self._ns + self._waited
        if time >= self._end:
            self._pace.limit = _AT_ONCE
            return self._end
        return time

    def after(self, ns: int, call: Callable[[], None]) -> Event:
        """call() once so much time has passed."""
        event = Event(self.now() + max(0, int(ns)), next(self._order), call)
        heapq.heappush(self._events, event)
        if self._running and event.time < self._end:
            self._end = event.time
            self._set_limit()
        return event

    def cancel(self, event: Event | None) -> None:
        """Forget an event; one that is past, or None, is ignored."""
        if event is not None:
            event.call = None

    def next_event(self) -> int:
        """When, or NEVER."""
        while self._events and self._events[0].call is None:
            heapq.heappop(self._events)
        return self._events[0].time if self._events else NEVER

    def run_due(self) -> None:
        """What is due now."""
        while self.next_event() <= self._base:
            event = heapq.heappop(self._events)
            call, event.call = event.call, None
            call()

    # Runs of code

    def begin(self) -> None:
        """Code runs from now on."""
        self._end = min(self.next_event(), self._base + self._longest)
        self._waited = 0
        self._pace.executed = 0
        self._running = True
        self._set_limit()

    def end(self) -> None:
        """It has stopped."""
        self._base = self.now()
        self._running = False

    def interrupt(self) -> None:
        """Let the running code stop soon: there is something that it does not know of."""
        self._pace.limit = _AT_ONCE

    def wait_until(self, time: int) -> None:
        """Code polls what changes at that time: go there, or to what comes before."""
        now = self.now()
        if time > now:
            self._waited += time - now
            self.now()
            self._set_limit()

    def idle(self) -> None:
        """Go to the next event."""
        self._base = max(self._base, self.next_event())

    def stall(self, ns: int) -> None:
        """The processor gets no instruction for so long: what is due meanwhile happens."""
        end = self.now() + ns
        running, self._running = self._running, False
        while (due := self.next_event()) <= end:
            self._base = max(self._base, due)
            self.run_due()
        self._base = end
        if running:
            self.begin()
            self.interrupt()

    def _set_limit(self) -> None:
        left = self._end - self._base - self._waited
        self._pace.limit = max(_AT_ONCE, -(-left // self._ns))  # so that time moves on


class Scope:
    """The clock for parts that a reset ends: what they have planned does not happen any more."""

    def __init__(self, clock: Clock):
        self._clock, self._open = clock, True
        self.now, self.cancel = clock.now, clock.cancel
        self.wait_until, self.stall = clock.wait_until, clock.stall

    def after(self, ns: int, call: Callable[[], None]) -> Event:
        """As the clock's."""
        return self._clock.after(ns, lambda: call() if self._open else None)

    def close(self) -> None:
        """The reset."""
        self._open = False
