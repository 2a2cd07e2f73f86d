"""The devices page, and the page of a device."""

from typing import TYPE_CHECKING, Any

from qsota_tools.center import catalogue, outcome
from qsota_tools.center.complaints import refuse
from qsota_tools.center.decide import decide
from qsota_tools.center.desk import views
from qsota_tools.center.desk.views import View
from qsota_tools.center.plan_forms import known_plan, known_run
from qsota_tools.center.push_rules import GRID, NOW, REQUEST
from qsota_tools.center.store import history

if TYPE_CHECKING:
    from qsota_tools.center.service import Service

TRIGGERS = (GRID, REQUEST, NOW)


class Devices:
    def __init__(self, service: "Service"):
        self._service = service

    def find(
        self,
        product: str | None = None,
        text: str = "",
        online: bool | None = None,
        start: int = 0,
        limit: int = 50,
    ) -> View:
        """{total, start, rows}; text: a part of the key, or of a version."""
        with self._service.reading() as center:
            found = [
                device
                for made in center.products.values()
                if product in (None, made.key)
                for device in made.devices.values()
                if (online is None or device.online == online) and _matches(device, text)
            ]
            return views.page(found, start, limit, views.device)

    def get(self, product: str, key: str) -> View:
        """The device, and how it stands in each plan that it was in."""
        with self._service.reading() as center:
            device = catalogue.known_device(center, product, key)
            plans = [plan for plan in center.plans.values() if key in plan.tasks]
            tasks = [
                {"plan": plan.id, **views.run(plan)} | views.task(plan, plan.tasks[key])
                for plan in reversed(plans)
                if plan.product == product
            ]
            return views.device(device) | {"tasks": tasks}

    def add(self, product: str, keys: list[str]) -> list[View]:
        """Devices that are to be in a list before they connect."""
        with self._service.operation() as center:
            return [views.device(d) for d in catalogue.add_devices(center, product, keys)]

    def delete(self, product: str, key: str) -> None:
        with self._service.operation() as center:
            catalogue.delete_device(center, product, key)

    def why_not(self, plan: int, product: str, key: str, trigger: str = GRID) -> View:
        """Each rule with pass or fail, and the next chance; trigger: one of TRIGGERS."""
        if trigger not in TRIGGERS:
            raise refuse("trigger", "not-one-of", choices=", ".join(TRIGGERS))
        with self._service.reading() as center:
            device = catalogue.known_device(center, product, key)
            return views.decision(decide(center, known_run(center, plan), device, trigger))

    def give_up(self, plan: int, product: str, key: str) -> View:
        """End an upgrade that the device has begun but will never finish."""
        with self._service.operation() as center:
            device = catalogue.known_device(center, product, key)
            known = known_plan(center, plan)
            if device.task is None or device.task.plan is not known:
                raise refuse("device", "not-running")
            task = device.task
            outcome.give_up(center, task)
            return views.task(known, task)

    def log(self, product: str, key: str, after: int = 0, limit: int = 1000) -> list[View]:
        """What happened to it, the oldest first; saved events only."""
        self._service.flush()
        which = {"product": product, "device": key, "after": after, "limit": limit}
        return history.entries(self._service.store.engine, **which)

    def latest_log(self, product: str, key: str, limit: int) -> list[View]:
        """The end of the same: a page has no room for more."""
        self._service.flush()
        return history.latest(self._service.store.engine, product, key, limit)


def _matches(device: Any, text: str) -> bool:
    return not text or text in device.key or text in device.versions.values()
