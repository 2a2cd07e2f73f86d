"""Plans: the steps i to v of the procedure, and their life."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body

from qsota_tools.center import zones
from qsota_tools.center.complaints import BadInput
from qsota_tools.console.api.parts import ERRORS, Desk, Fields, Id, Limit, Start, Text

router = APIRouter(tags=["plans"], responses=ERRORS)

Status = Literal["saved", "active", "upgrading", "suspended", "terminated", "ended"]


@router.get("/plans")
def list_plans(
    desk: Desk,
    text: Text = "",
    status: Status | None = None,
    start: Start = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The latest first."""
    return desk.plans.find(text, status, start, limit)


@router.post("/plans", status_code=201)
def create_plan(desk: Desk, fields: Fields) -> dict[str, Any]:
    """Required: name, product, zone, start, end (ms since 1970, or a time like 2026-11-30T10:00 in
    the plan's zone). Optional: mode (silent, manual), active, window ([from hour, to hour] or
    null), reject_min, retries, battery, signal, whitelist and blacklist (device keys, or null)."""
    return desk.plans.create(_with_times(fields, fields.get("zone")))


@router.get("/plans/{plan}")
def get_plan(desk: Desk, plan: Id) -> dict[str, Any]:
    return desk.plans.get(plan)


@router.patch("/plans/{plan}")
def edit_plan(desk: Desk, plan: Id, fields: Fields) -> dict[str, Any]:
    """The same fields, each optional, but the product; only before the activation."""
    zone = fields.get("zone", desk.plans.get(plan)["zone"])
    return desk.plans.edit(plan, _with_times(fields, zone))


@router.delete("/plans/{plan}", status_code=204)
def delete_plan(desk: Desk, plan: Id) -> None:
    """Only before the activation."""
    desk.plans.delete(plan)


@router.put("/plans/{plan}/components")
def set_components(
    desk: Desk, plan: Id, components: Annotated[list[Any], Body(embed=True)]
) -> dict[str, Any]:
    """Replace them. Each: identifier, package (its id), versions (for a full package: at most 8
    that the device must have one of), upgrade (the switch)."""
    return desk.plans.set_components(plan, components)


@router.post("/plans/{plan}/components/copy")
def copy_components(
    desk: Desk, plan: Id, source: Annotated[int, Body(embed=True, ge=1)]
) -> dict[str, Any]:
    """Take over those of another plan: source, its id."""
    return desk.plans.copy_components(plan, source)


@router.put("/plans/{plan}/texts/{language}")
def set_text(
    desk: Desk, plan: Id, language: str, text: Annotated[str, Body(embed=True)]
) -> dict[str, Any]:
    return desk.plans.set_text(plan, language, text)


@router.delete("/plans/{plan}/texts/{language}")
def delete_text(desk: Desk, plan: Id, language: str) -> dict[str, Any]:
    return desk.plans.delete_text(plan, language)


@router.get("/plans/{plan}/rehearsal")
def rehearse(desk: Desk, plan: Id) -> dict[str, Any]:
    """The dry run: who gets it, who does not and why, when the first push is."""
    return desk.plans.rehearse(plan)


@router.post("/plans/{plan}/activate")
def activate(desk: Desk, plan: Id) -> dict[str, Any]:
    return desk.plans.activate(plan)


@router.post("/plans/{plan}/suspend")
def suspend(desk: Desk, plan: Id) -> dict[str, Any]:
    return desk.plans.suspend(plan)


@router.post("/plans/{plan}/resume")
def resume(desk: Desk, plan: Id) -> dict[str, Any]:
    return desk.plans.resume(plan)


@router.post("/plans/{plan}/terminate")
def terminate(desk: Desk, plan: Id) -> dict[str, Any]:
    return desk.plans.terminate(plan)


def _with_times(fields: dict[str, Any], zone: Any) -> dict[str, Any]:
    """Local times as ms, where they are; an unknown zone is left to the form."""
    changed, complaints = dict(fields), []
    for name in ("start", "end"):
        if isinstance(fields.get(name), str) and isinstance(zone, str):
            try:
                changed[name] = zones.to_ms(fields[name], zone, name)
            except BadInput as error:
                complaints += error.complaints
    if complaints:
        raise BadInput(*complaints)
    return changed
