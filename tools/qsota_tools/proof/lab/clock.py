"""Virtual time: the simulated module, the wire, the flash and asyncio share one clock.

Runs on CPython and on MicroPython. Time passes only when every task waits, or when a
synchronous call says so with `advance` (a flash erase, for example), so that a run is
repeatable and a 20-minute timer costs nothing.
"""

import asyncio
import heapq
import sys
import time

_ON_MICROPYTHON = sys.implementation.name == "micropython"

# MicroPython's C task queue stamps tasks that are ready at once with the *real* ticks. Virtual
# ticks that are an hour ahead make such a stamp lie in the past, which is what it means.
_AHEAD_MS = 3600000
_TICKS_PERIOD = 1 << 30


class Deadlock(Exception):
    """Every task waits and no event is scheduled."""


class Clock:
    """Time in microseconds from 0, and the events that are due on it."""

    def __init__(self):
        self.on_hold = None  # called with its beginning after time in which no task could run
        self._us = 0
        self._events = []
        self._count = 0
        self._base = 0

    def now(self):
        """Milliseconds since the start, as an int."""
        return self._us // 1000

    def now_us(self):
        """Microseconds since the start."""
        return self._us

    def after(self, ms, fn, *args):
        """Call fn(*args) once ms milliseconds (a float is welcome) from now; returns a handle."""
        return self.at_us(self._us + int(ms * 1000), fn, *args)

    def at_us(self, us, fn, *args):
        """Call fn(*args) once at us microseconds, at once if that is past; returns a handle."""
        handle = [fn, args]
        self._count += 1
        heapq.heappush(self._events, (us, self._count, handle))
        return handle

    def cancel(self, handle):
        """Forget an event; an event that already ran, or None, is ignored."""
        if handle is not None:
            handle[0] = None

    def next_due(self):
        """Microseconds at which the next event is due, or None."""
        while self._events and self._events[0][2][0] is None:
            heapq.heappop(self._events)
        return self._events[0][0] if self._events else None

    def advance(self, ms):
        """Let ms milliseconds pass and run what falls due, in order."""
        self.advance_us(int(ms * 1000))

    def advance_us(self, us):
        """Let us microseconds pass and run what falls due, in order."""
        begun = self._us
        end = begun + us
        while self._step(end):
            pass
        # An event may itself have advanced the clock beyond the end.
        self._us = max(self._us, end)
        if self.on_hold:
            self.on_hold(begun)

    def _step(self, end):
        due = self.next_due()
        if due is None or due > end:
            return False
        handle = heapq.heappop(self._events)[2]
        self._us = max(self._us, due)
        fn = handle[0]
        handle[0] = None
        fn(*handle[1])
        return True

    def idle(self, us, stop=None):
        """Nothing can run for us microseconds (None: until an event) or until stop() is true."""
        due = self.next_due()
        if us is None:
            if due is None:
                raise Deadlock()
            us = max(0, due - self._us)
        end = self._us + us
        while self._step(end):
            if stop is None or stop():
                return
        self._us = max(self._us, end)

    def ticks(self):
        """What time.ticks_ms() returns while this clock runs the loop."""
        return (self._base + self.now()) % _TICKS_PERIOD

    def run(self, coro):
        """Run a coroutine to its end in virtual time and return its result."""
        before = time.ticks_source
        time.ticks_source = self.ticks
        try:
            return self._run_micropython(coro) if _ON_MICROPYTHON else self._run_cpython(coro)
        finally:
            time.ticks_source = before

    def _run_micropython(self, coro):
        import utime

        core = asyncio.core
        asyncio.new_event_loop()
        self._base = utime.ticks_ms() + _AHEAD_MS - self.now()

        def wait(ms):
            self.idle(None if ms < 0 else ms * 1000 - self._us % 1000)

        core._io_queue.wait_io_event = wait
        try:
            return asyncio.run(coro)
        finally:
            asyncio.new_event_loop()

    def _run_cpython(self, coro):
        from qsota_tools.proof.lab.virtual_loop import VirtualLoop

        return VirtualLoop(self).run(coro)
