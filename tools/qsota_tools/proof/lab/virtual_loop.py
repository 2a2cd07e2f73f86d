"""An event loop on a virtual clock (see clock.py) for CPython, with just what device code needs.

A campaign is ten thousands of upgrades, and asyncio's own loop costs more than they do.
"""

import asyncio
from asyncio import events
from collections import deque
from heapq import heappop, heappush
from itertools import count
from sys import gettrace

_TASKS = 64  # those that are done are forgotten when there are more


class _Handle:
    __slots__ = ("args", "call")

    def __init__(self, call, args):
        self.call = call
        self.args = args

    def cancel(self):
        self.call = None


class _TracedTask(asyncio.tasks._PyTask):
    """A task for coverage, whose tracer loses its way where an exception is thrown into a
    coroutine: that of an awaited task is raised by what awaits it, as it would be anyway."""

    def _Task__wakeup(self, future):
        self._Task__step()


class VirtualLoop(asyncio.AbstractEventLoop):
    def __init__(self, clock):
        self._clock = clock
        self._ready = deque()
        self._timers = []  # (us, number, handle)
        self._count = count()
        self._tasks = []
        self._task = _TracedTask if gettrace() else asyncio.Task

    def run(self, coro):
        """Run coro to its end and return its result; the tasks it leaves behind are cancelled."""
        steps = self.steps(coro)
        try:
            while True:
                try:
                    us = next(steps)
                except StopIteration as end:
                    return end.value
                self._clock.idle(us, self._has_work)  # may raise, such as the reset of a watchdog
        finally:
            steps.close()  # now, and not in the middle of whatever the collector interrupts

    def steps(self, coro):
        """As run(), for a driver that lets time pass itself: yields for how many us every task
        waits, None: until something happens, whenever that is so. It may come back earlier."""
        main = self.create_task(coro)
        try:
            while not main.done():
                us = self._run(main)
                if us != 0:
                    yield us
        finally:
            # Once is not always enough: wait_for() of Python 3.11 may swallow a cancellation.
            while pending := [task for task in self._tasks if not task.done()]:
                for task in pending:
                    task.cancel()
                self._run()
        return main.result()

    def _run(self, main=None):
        """Run what is ready: once, or until main is done (then 0) or every task waits."""
        # Another's, where the garbage collector ends one that was left in the middle.
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            while (us := self._rest_us()) == 0:
                self._turn()
                if main is None or main.done():
                    break
            return us
        finally:
            events._set_running_loop(before)

    def _turn(self):
        self._take_due()
        ready = self._ready
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle.call:
                handle.call(*handle.args)

    def _take_due(self):
        now, timers = self._clock.now_us(), self._timers
        while timers and timers[0][0] <= now:
            self._ready.append(heappop(timers)[2])

    def _rest_us(self):
        """0: there is something to do."""
        if self._ready:
            return 0
        while self._timers and self._timers[0][2].call is None:
            heappop(self._timers)
        return max(0, self._timers[0][0] - self._clock.now_us()) if self._timers else None

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
        return self.call_later(when - self.time(), call, *args)

    def call_later(self, delay, call, *args, context=None):
        handle = _Handle(call, args)
        us = self._clock.now_us() + round(delay * 1e6)
        heappush(self._timers, (us, next(self._count), handle))
        return handle

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coro, **options):
        task = self._task(coro, loop=self, **options)
        if len(self._tasks) > _TASKS:
            self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(task)
        return task

    def get_debug(self):
        return False

    def call_exception_handler(self, context):
        """A task that nobody waits for has failed; the rig has seen it already."""
