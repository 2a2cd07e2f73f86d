"""Devices, and the page of one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from qsota_tools.center.complaints import refuse
from qsota_tools.console.api.parts import (
    ERRORS,
    After,
    Desk,
    Fields,
    Key,
    Limit,
    Parts,
    ProductKey,
    Start,
    Text,
)

router = APIRouter(tags=["devices"], responses=ERRORS)


@router.get("/devices")
def list_devices(
    desk: Desk,
    product: ProductKey | None = None,
    text: Text = "",
    online: bool | None = None,
    start: Start = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    return desk.devices.find(product, text, online, start, limit)


@router.post("/devices", status_code=201)
def add_devices(desk: Desk, fields: Fields) -> list[dict[str, Any]]:
    """Make devices known before they connect: product, keys (a list)."""
    for name in ("product", "keys"):
        if name not in fields:
            raise refuse(name, "required")
    if not isinstance(fields["product"], str):
        raise refuse("product", "wrong-type", wanted="a text")
    return desk.devices.add(fields["product"], fields["keys"])


@router.get("/device")
def get_device(desk: Desk, product: ProductKey, key: Key) -> dict[str, Any]:
    return desk.devices.get(product, key)


@router.delete("/device", status_code=204)
def delete_device(desk: Desk, product: ProductKey, key: Key) -> None:
    """One that is off-line, in no list, and runs nothing."""
    desk.devices.delete(product, key)


@router.get("/device/log")
def get_device_log(
    desk: Desk, product: ProductKey, key: Key, after: After = 0, limit: Limit = 1000
) -> list[dict[str, Any]]:
    """What happened to it, the oldest first."""
    desk.devices.get(product, key)
    return desk.devices.log(product, key, after, limit)


@router.get("/device/transcript")
def get_transcript(
    parts: Parts, product: ProductKey, key: Key, after: After = 0
) -> list[dict[str, Any]]:
    """The lines on its UART, if its module is on this desk."""
    parts.service.devices.get(product, key)
    unit = parts.bench.of_device(product, key)
    return unit.transcript(after) if unit else []


@router.get("/device/why-not")
def get_why_not(
    desk: Desk,
    product: ProductKey,
    key: Key,
    plan: Annotated[int, Query(ge=1)],
    trigger: str = "grid",
) -> dict[str, Any]:
    """Each rule with pass or fail, and the next chance; trigger: grid, request or now."""
    return desk.devices.why_not(plan, product, key, trigger)
