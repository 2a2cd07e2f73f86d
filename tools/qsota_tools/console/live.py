"""Events for browsers and scripts: one thread reads the Center's, each listener gets what it asks
for, on the server's loop."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from qsota_tools.center.service import Service

Event = dict[str, Any]
_WAITING_MAX = 1000  # for a listener that is too slow; the oldest go
_ALIVE_S = 15  # a comment that often shows both sides that the other one is there


class Listener:
    def __init__(self, loop: asyncio.AbstractEventLoop, wanted: dict[str, Any], quiet: bool):
        self._loop = loop
        self._wanted = {name: value for name, value in wanted.items() if value is not None}
        self._quiet = quiet
        self.queue: asyncio.Queue[Event | None] = asyncio.Queue(_WAITING_MAX)

    def wants(self, event: Event) -> bool:
        if self._quiet and event["kind"] == "AT":
            return False
        return all(event[name] == value for name, value in self._wanted.items())

    def tell(self, event: Event | None) -> None:
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(self._put, event)

    def _put(self, event: Event | None) -> None:
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(event)


class Live:
    def __init__(self, service: Service):
        self._subscription = service.subscribe()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="qsota-live", daemon=True)
        self._thread.start()

    async def stream(self, quiet: bool = True, **wanted: Any) -> AsyncIterator[str]:
        """Server-sent events; wanted: plan, product, device; quiet: without AT lines."""
        listener = Listener(asyncio.get_running_loop(), wanted, quiet)
        with self._lock:
            self._listeners.append(listener)
        try:
            yield ": listening\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(listener.queue.get(), _ALIVE_S)
                except TimeoutError:
                    yield ": alive\n\n"
                    continue
                if event is None:
                    return
                yield f"data: {json.dumps(event)}\n\n"
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def stop(self) -> None:
        self._subscription.close()
        self._thread.join()

    def _run(self) -> None:
        while not self._subscription.closed:
            for event in self._subscription.get(1):
                for listener in self._all():
                    if listener.wants(event):
                        listener.tell(event)
        for listener in self._all():
            listener.tell(None)

    def _all(self) -> list[Listener]:
        with self._lock:
            return list(self._listeners)
