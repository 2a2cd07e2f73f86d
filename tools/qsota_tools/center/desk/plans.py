"""The plans page and the page of a plan: steps i to v of the procedure, and its life."""

from typing import TYPE_CHECKING

from qsota_tools.center import component_forms, plan_forms, texts
from qsota_tools.center.desk import views
from qsota_tools.center.desk.views import View
from qsota_tools.center.rehearsal import rehearse

if TYPE_CHECKING:
    from qsota_tools.center.service import Service


class Plans:
    def __init__(self, service: "Service"):
        self._service = service

    def find(self, text: str = "", status: str | None = None, start=0, limit=50) -> View:
        """The latest first."""
        with self._service.reading() as center:
            found = [
                plan
                for plan in reversed(plan_forms.listed(center))
                if text in plan.name and status in (None, plan.status)
            ]
            return views.page(found, start, limit, lambda plan: views.plan(center, plan))

    def get(self, id: int) -> View:
        with self._service.reading() as center:
            return views.plan(center, plan_forms.known_plan(center, id))

    def create(self, fields: dict) -> View:
        """fields: see plan_forms.create_plan."""
        with self._service.operation() as center:
            return views.plan(center, plan_forms.create_plan(center, fields))

    def edit(self, id: int, fields: dict) -> View:
        with self._service.operation() as center:
            return views.plan(center, plan_forms.edit_plan(center, id, fields))

    def delete(self, id: int) -> None:
        with self._service.operation() as center:
            plan_forms.delete_plan(center, id)

    def set_components(self, id: int, rows: list[dict]) -> View:
        """rows: see component_forms.set_components."""
        with self._service.operation() as center:
            return views.plan(center, component_forms.set_components(center, id, rows))

    def copy_components(self, id: int, other: int) -> View:
        with self._service.operation() as center:
            return views.plan(center, component_forms.copy_components(center, id, other))

    def set_text(self, id: int, language: str, text: str) -> View:
        with self._service.operation() as center:
            plan = plan_forms.known_plan(center, id)
            texts.set_text(center, plan, language, text)
            return views.plan(center, plan)

    def delete_text(self, id: int, language: str) -> View:
        with self._service.operation() as center:
            plan = plan_forms.known_plan(center, id)
            texts.delete_text(center, plan, language)
            return views.plan(center, plan)

    def rehearse(self, id: int) -> View:
        """The dry run: who gets it, who does not and why, when the first push is."""
        with self._service.reading() as center:
            return views.rehearsal(rehearse(center, plan_forms.known_plan(center, id)))

    def activate(self, id: int) -> View:
        return self._act(plan_forms.activate, id)

    def suspend(self, id: int) -> View:
        return self._act(plan_forms.suspend, id)

    def resume(self, id: int) -> View:
        return self._act(plan_forms.resume, id)

    def terminate(self, id: int) -> View:
        return self._act(plan_forms.terminate, id)

    def _act(self, action, id: int) -> View:
        with self._service.operation() as center:
            return views.plan(center, action(center, id))
