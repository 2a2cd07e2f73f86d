"""What happens on a virtual board, in order, for its owner to wait for."""

import threading
import time
from collections.abc import Callable


class BoardFault(Exception):
    """The firmware did what would have destroyed a real board, or the VM broke down."""


class EventLog:
    """Every event so far; one thread adds, others wait."""

    def __init__(self, on_event: Callable[[dict], None] | None):
        self.events: list[dict] = []
        self._on_event = on_event
        self._began = time.monotonic()
        self._seen = 0
        self._changed = threading.Condition()

    def add(self, kind: str, **fields) -> None:
        event = {"event": kind, "t": round(time.monotonic() - self._began, 3), **fields}
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        if self._on_event:
            self._on_event(event)

    def wait_for(self, kind: str, timeout: float, fields: dict) -> dict:
        """The next event of that kind with these fields; earlier events are then behind us.
        TimeoutError when it does not come, BoardFault after a violation."""
        wanted = dict(fields, event=kind)
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                while self._seen < len(self.events):
                    event = self.events[self._seen]
                    self._seen += 1
                    if all(event.get(name) == value for name, value in wanted.items()):
                        return event
                    if event["event"] == "violation":
                        raise BoardFault(event["text"])
                if not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(f"no {kind}{fields or ''} in {timeout} s")
