"""The monitoring page: chart, device list, retries, export."""

import csv
import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qsota_tools.center import catalogue, flow, monitoring, retrying
from qsota_tools.center.complaints import refuse
from qsota_tools.center.core import Center
from qsota_tools.center.desk import views
from qsota_tools.center.desk.views import View
from qsota_tools.center.plan import Plan
from qsota_tools.center.plan_forms import known_plan
from qsota_tools.center.registry import Device, Task
from qsota_tools.center.statuses import FAILED
from qsota_tools.center.store import history

if TYPE_CHECKING:
    from qsota_tools.center.service import Service

_COLUMNS = ("product", "device", "status", "reason", "online", "started", "ended", "count")


class Monitor:
    def __init__(self, service: "Service"):
        self._service = service

    def counts(self, id: int) -> View:
        """The five statuses and how many devices have each."""
        with self._service.reading() as center:
            return monitoring.counts(center, known_plan(center, id))

    def devices(
        self,
        id: int,
        status: str | None = None,
        text: str = "",
        online: bool | None = None,
        start: int = 0,
        limit: int = 50,
    ) -> View:
        """{total, start, rows}: the devices that the plan is for, in the order of their keys."""
        with self._service.reading() as center:
            plan = known_plan(center, id)
            found = _filtered(center, plan, status, text, online)
            return views.page(found, start, limit, lambda device: _row(plan, device))

    def log(
        self, id: int, device: str | None = None, after: int = 0, limit: int = 1000
    ) -> list[View]:
        """The component log, the oldest first."""
        self._service.flush()
        which = {"plan": id, "device": device, "after": after, "limit": limit}
        return history.entries(self._service.store.engine, **which)

    def retry(self, id: int, product: str, key: str) -> View:
        with self._service.operation() as center:
            plan = known_plan(center, id)
            device = catalogue.known_device(center, product, key)
            retrying.retry(center, plan, device)
            return _row(plan, device)

    def retry_batch(self, id: int, keys: list[str] | None = None) -> View:
        """All that failed, or these: {retried: n, hindered: [{device, code, text}]}."""
        with self._service.operation() as center:
            plan = known_plan(center, id)
            if keys is None:
                devices = _filtered(center, plan, FAILED, "", None)
            else:
                devices = [catalogue.known_device(center, plan.product, key) for key in keys]
            hindered = retrying.retry_batch(center, plan, devices)
            return {
                "retried": len(devices) - len(hindered),
                "hindered": [
                    {"device": device.key, "code": complaint.code, "text": str(complaint)}
                    for device, complaint in hindered
                ],
            }

    def push(self, id: int, product: str, key: str) -> bool:
        """Offer the plan now, without waiting for the grid; whether the device got it."""
        with self._service.operation() as center:
            device = catalogue.known_device(center, product, key)
            return flow.push_plan(center, known_plan(center, id), device)

    def export(self, id: int, form: str = "csv") -> Iterator[str]:
        """The device list as text, piece by piece; form: "csv" or "json"."""
        if form not in ("csv", "json"):
            raise refuse("form", "not-one-of", choices="csv, json")
        with self._service.reading() as center:
            plan = known_plan(center, id)
            rows = [_row(plan, device) for device in _filtered(center, plan, None, "", None)]
        return _csv(rows) if form == "csv" else _json(rows)


def _filtered(
    center: Center, plan: Plan, status: str | None, text: str, online: bool | None
) -> list[Device]:
    found = [
        device
        for device in monitoring.scope(center, plan)
        if text in device.key
        and online in (None, device.online)
        and status in (None, monitoring.status_of(plan, device)[0])
    ]
    return sorted(found, key=lambda device: device.key)


def _row(plan: Plan, device: Device) -> View:
    return views.task(plan, plan.tasks.get(device.key) or Task(plan, device))


def _csv(rows: list[View]) -> Iterator[str]:
    yield _line([*_COLUMNS, "components"])
    for row in rows:
        parts = [[c["identifier"], c["version"] or "", c["status"]] for c in row["components"]]
        yield _line([row[name] for name in _COLUMNS] + ["; ".join(map(" ".join, parts))])


def _line(values: list) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(value) for value in values])
    return out.getvalue()


def _harmless(value: object) -> object:
    """Names come from devices; a spreadsheet must not take one for a formula."""
    text = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if text else value


def _json(rows: list[View]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield ("[\n" if number == 0 else ",\n") + json.dumps(row)
    yield "\n]\n" if rows else "[]\n"
