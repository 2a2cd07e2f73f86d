"""Upgrade monitoring: the five statuses, the device list, retries, export."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from fastapi.responses import StreamingResponse

from qsota_tools.console.api.parts import (
    ERRORS,
    After,
    Desk,
    Id,
    Key,
    Limit,
    ProductKey,
    Start,
    Text,
)

router = APIRouter(tags=["monitoring"], responses=ERRORS)

Standing = Literal["not-upgraded", "in-progress", "upgraded", "failed", "not-needed"]
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@router.get("/plans/{plan}/counts")
def get_counts(desk: Desk, plan: Id) -> dict[str, int]:
    return desk.monitor.counts(plan)


@router.get("/plans/{plan}/devices")
def list_plan_devices(
    desk: Desk,
    plan: Id,
    status: Standing | None = None,
    text: Text = "",
    online: bool | None = None,
    start: Start = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The devices that the plan is for, in the order of their keys."""
    return desk.monitor.devices(plan, status, text, online, start, limit)


@router.get("/plans/{plan}/log")
def get_plan_log(
    desk: Desk, plan: Id, device: Key | None = None, after: After = 0, limit: Limit = 1000
) -> list[dict[str, Any]]:
    """The component log, the oldest first."""
    desk.plans.get(plan)
    return desk.monitor.log(plan, device, after, limit)


@router.post("/plans/{plan}/retry")
def retry(
    desk: Desk, plan: Id, devices: Annotated[list[str] | None, Body(embed=True)] = None
) -> dict[str, Any]:
    """Try again: all devices that failed, or these; who cannot, and why."""
    return desk.monitor.retry_batch(plan, devices)


@router.post("/plans/{plan}/device/retry")
def retry_device(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, Any]:
    return desk.monitor.retry(plan, product, key)


@router.post("/plans/{plan}/device/push")
def push_to_device(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, bool]:
    """Offer the plan now, without waiting for the grid."""
    return {"offered": desk.monitor.push(plan, product, key)}


@router.post("/plans/{plan}/device/give-up")
def give_up_device(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, Any]:
    """End an upgrade that the device has begun but will never finish."""
    return desk.devices.give_up(plan, product, key)


@router.get("/plans/{plan}/export")
def export(desk: Desk, plan: Id, form: Literal["csv", "json"] = "csv") -> StreamingResponse:
    """The device list as a file."""
    pieces = desk.monitor.export(plan, form)
    headers = {"content-disposition": f'attachment; filename="plan-{plan}.{form}"'}
    return StreamingResponse(pieces, media_type=_TYPES[form], headers=headers)
