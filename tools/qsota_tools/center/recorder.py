"""What happens in a Center, as rows of the log and as events for watchers."""

from typing import Any

from qsota_tools.center.core import Center
from qsota_tools.center.registry import Device, Task

Event = dict[str, Any]

# Many in a second, and gone with it: for the live view only
_FLEETING = ("read", "download", "block", "power-down", "power-up", "AT")


class Recorder:
    """rows: of the log, not saved yet; events: not told yet."""

    def __init__(self, center: Center):
        self.rows: list[Event] = []
        self.events: list[Event] = []
        self._center = center
        self._last: dict[tuple[str, str], Event] = {}
        center.on_event = self._take

    def take(self) -> list[Event]:
        """The events so far."""
        events, self.events = self.events, []
        return events

    def _take(self, kind: str, device: Device | None, task: Task | None, fields: Event) -> None:
        fields = dict(fields)
        event = {
            "ms": self._center.now,
            "kind": kind,
            "product": device.product if device else None,
            "device": device.key if device else None,
            "plan": task.plan.id if task else fields.pop("plan", None),
            "fields": fields,
        }
        self.events.append(event)
        if kind not in _FLEETING and not self._repeated(event):
            self.rows.append(event)

    def _repeated(self, event: Event) -> bool:
        """Downloads report every 5 seconds that they go on, devices the versions as they were."""
        if event["kind"] not in ("status", "versions"):
            return False
        key = event["product"], event["device"], event["kind"]
        told = {**event, "ms": 0}
        before = self._last.get(key)
        self._last[key] = told
        return before == told
