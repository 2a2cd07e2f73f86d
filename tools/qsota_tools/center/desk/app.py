"""The user's app: plans that are confirmed by hand."""

from typing import TYPE_CHECKING

from qsota_tools.center import app_side, catalogue
from qsota_tools.center.desk import views
from qsota_tools.center.desk.views import View
from qsota_tools.center.plan_forms import known_plan
from qsota_tools.center.registry import Task

if TYPE_CHECKING:
    from qsota_tools.center.service import Service


class App:
    def __init__(self, service: "Service"):
        self._service = service

    def plans(self, product: str, key: str) -> list[View]:
        """getDeviceUpgradePlan: what the user can confirm now, with its texts."""
        with self._service.reading() as center:
            device = catalogue.known_device(center, product, key)
            return [views.plan(center, p) for p in app_side.upgrade_plans(center, device)]

    def details(self, plan: int, product: str, key: str) -> View:
        """getBatchUpgradeDetails: deviceStatus 0 to 3, upgradeProgress 0 to 1, the files."""
        with self._service.reading() as center:
            device = catalogue.known_device(center, product, key)
            known = known_plan(center, plan)
            return app_side.details(known, known.tasks.get(key) or Task(known, device))

    def confirm(self, plan: int, product: str, key: str) -> View:
        return self._act(app_side.confirm, plan, product, key)

    def appoint(self, plan: int, product: str, key: str, start: int, end: int) -> View:
        """start, end: ms since 1970, at least an hour."""
        return self._act(app_side.appoint, plan, product, key, start, end)

    def cancel(self, plan: int, product: str, key: str) -> View:
        return self._act(app_side.cancel, plan, product, key)

    def forget(self, plan: int, product: str, key: str) -> View:
        """deleteDeviceUpgrade."""
        return self._act(app_side.delete_upgrade, plan, product, key)

    def auto_confirm(self, product: str, key: str, on: bool) -> View:
        with self._service.operation() as center:
            device = catalogue.known_device(center, product, key)
            app_side.set_auto_confirm(center, device, on)
            return views.device(device)

    def _act(self, action, plan: int, product: str, key: str, *args) -> View:
        with self._service.operation() as center:
            device = catalogue.known_device(center, product, key)
            known = known_plan(center, plan)
            action(center, device, known, *args)
            return views.task(known, known.tasks[key])
