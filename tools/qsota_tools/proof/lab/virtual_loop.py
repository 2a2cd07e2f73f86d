"""An event loop on a virtual clock (see clock.py) for CPython, with just what device code needs.

A campaign is ten thousands of upgrades, and asyncio's own loop costs more than they do.
"""

import asyncio
from asyncio import events
from collections import deque
from heapq import heappop, heappush
from itertools import count


class _Handle:
    __slots__ = ("args", "call")

    def __init__(self, call, args):
        self.call = call
        self.args = args

    def cancel(self):
        self.call = None


class VirtualLoop(asyncio.AbstractEventLoop):
    def __init__(self, clock):
        self._clock = clock
        self._ready = deque()
        self._timers = []  # (us, number, handle)
        self._count = count()
        self._tasks = []

    def run(self, coro):
        """Run coro to its end and return its result; the tasks it leaves behind are cancelled."""
        events._set_running_loop(self)
        try:
            main = self.create_task(coro)
            while not main.done():
                self._run_once()
            # Once is not always enough: wait_for() of Python 3.11 may swallow a cancellation.
            while pending := [task for task in self._tasks if not task.done()]:
                for task in pending:
                    task.cancel()
                self._run_once()
            return main.result()
        finally:
            events._set_running_loop(None)

    def _run_once(self):
        if not self._ready:
            self._wait()
        now = self._clock.now_us()
        while self._timers and self._timers[0][0] <= now:
            self._ready.append(heappop(self._timers)[2])
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if handle.call:
                handle.call(*handle.args)

    def _wait(self):
        while self._timers and self._timers[0][2].call is None:
            heappop(self._timers)
        us = self._timers[0][0] - self._clock.now_us() if self._timers else None
        if us is None or us > 0:
            self._clock.idle(us, self._has_work)

    def _has_work(self):
        return bool(self._ready)

    # What asyncio's tasks, futures, locks and timeouts ask of their loop

    def time(self):
        return self._clock.now_us() / 1e6

    def call_soon(self, call, *args, context=None):
        handle = _Handle(call, args)
        self._ready.append(handle)
        return handle

    def call_at(self, when, call, *args, context=None):
        handle = _Handle(call, args)
        heappush(self._timers, (round(when * 1e6), next(self._count), handle))
        return handle

    def call_later(self, delay, call, *args, context=None):
        return self.call_at(self.time() + delay, call, *args)

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coro, **options):
        task = asyncio.Task(coro, loop=self, **options)
        self._tasks.append(task)
        return task

    def get_debug(self):
        return False

    def call_exception_handler(self, context):
        """A task that nobody waits for has failed; the rig has seen it already."""
