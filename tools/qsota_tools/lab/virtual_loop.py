"""CPython's event loop on a virtual clock (see clock.py)."""

import asyncio
import selectors


class _Selector(selectors.SelectSelector):
    """Instead of sleeping, lets the clock pass to the next event or timer."""

    def __init__(self, loop):
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        if timeout is None or timeout > 0:
            us = None if timeout is None else max(1, round(timeout * 1e6))
            self._loop.clock.idle(us, self._loop.has_work)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock):
        self.clock = clock
        super().__init__(_Selector(self))

    def time(self):
        return self.clock.now_us() / 1e6

    def has_work(self):
        return bool(self._ready)
