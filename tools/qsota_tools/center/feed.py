"""Events for those who watch, each at their own pace."""

import threading
from collections import deque
from typing import Any

_WAITING_MAX = 10000


class Subscription:
    """Events since it was made; a watcher that is too slow loses the oldest."""

    def __init__(self, feed: "Feed"):
        self._feed = feed
        self._events: deque[dict[str, Any]] = deque(maxlen=_WAITING_MAX)
        self._arrived = threading.Condition()
        self.lost = 0
        self.closed = False

    def put(self, event: dict[str, Any]) -> None:
        with self._arrived:
            self.lost += len(self._events) == _WAITING_MAX
            self._events.append(event)
            self._arrived.notify_all()

    def get(self, timeout: float | None = None) -> list[dict[str, Any]]:
        """All that is there, [] after the timeout in seconds or once it is closed."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._events or self.closed, timeout)
            found = list(self._events)
            self._events.clear()
            return found

    def close(self) -> None:
        self._feed.leave(self)
        with self._arrived:
            self.closed = True
            self._arrived.notify_all()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


class Feed:
    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._lock = threading.Lock()

    def subscribe(self) -> Subscription:
        subscription = Subscription(self)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

    def put(self, events: list[dict[str, Any]]) -> None:
        with self._lock:
            subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            for event in events:
                subscription.put(event)

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            subscription.close()
