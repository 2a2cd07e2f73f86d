"""The virtual clock with an event loop that does only what the device code needs.

A campaign is some ten thousand upgrades, and asyncio's own loop costs more than they do.
"""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Coroutine
from heapq import heappop, heappush
from itertools import count

from qsota_tools.lab.clock import Clock


class FastClock(Clock):
    def _run_cpython(self, coro: Coroutine) -> object:
        return _Loop(self).run(coro)


class _Handle:
    __slots__ = ("args", "call")

    def __init__(self, call, args):
        self.call = call
        self.args = args

    def cancel(self) -> None:
        self.call = None


class _Loop(asyncio.AbstractEventLoop):
    def __init__(self, clock: Clock):
        self._clock = clock
        self._ready: deque[_Handle] = deque()
        self._timers: list[tuple[float, int, _Handle]] = []
        self._count = count()

    def run(self, coro: Coroutine) -> object:
        """Run coro to its end; the tasks that it leaves behind are cancelled."""
        events._set_running_loop(self)
        self._tasks: list[asyncio.Task] = []
        try:
            main = self.create_task(coro)
            while not main.done():
                self._run_once()
            for task in self._tasks:
                task.cancel()
            while not all(task.done() for task in self._tasks):
                self._run_once()
            return main.result()
        finally:
            events._set_running_loop(None)

    def _run_once(self) -> None:
        if not self._ready:
            self._wait()
        now = self._clock.now_us()
        while self._timers and self._timers[0][0] <= now:
            self._ready.append(heappop(self._timers)[2])
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if handle.call:
                handle.call(*handle.args)

    def _wait(self) -> None:
        while self._timers and self._timers[0][2].call is None:
            heappop(self._timers)
        us = self._timers[0][0] - self._clock.now_us() if self._timers else None
        if us is None or us > 0:
            self._clock.idle(us, self._has_work)

    def _has_work(self) -> bool:
        return bool(self._ready)

    # What asyncio's tasks, futures, locks and timeouts ask of their loop

    def time(self) -> float:
        return self._clock.now_us() / 1e6

    def call_soon(self, call, *args, context=None) -> _Handle:
        handle = _Handle(call, args)
        self._ready.append(handle)
        return handle

    def call_at(self, when, call, *args, context=None) -> _Handle:
        handle = _Handle(call, args)
        heappush(self._timers, (round(when * 1e6), next(self._count), handle))
        return handle

    def call_later(self, delay, call, *args, context=None) -> _Handle:
        return self.call_at(self.time() + delay, call, *args)

    def create_future(self) -> asyncio.Future:
        return asyncio.Future(loop=self)

    def create_task(self, coro, **options) -> asyncio.Task:
        task = asyncio.Task(coro, loop=self, **options)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context) -> None:
        """A task that nobody waits for has failed; the rig has seen it already."""
