"""The user's app: plans that are confirmed by hand."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from qsota_tools.console.api.parts import ERRORS, Desk, Id, Key, ProductKey

router = APIRouter(tags=["app"], responses=ERRORS)
_Ms = Annotated[int, Body(ge=0, le=1 << 46)]


@router.get("/app/plans")
def list_app_plans(desk: Desk, product: ProductKey, key: Key) -> list[dict[str, Any]]:
    """What the user can confirm now, with its texts."""
    return desk.app.plans(product, key)


@router.post("/app/auto-confirm")
def set_auto_confirm(
    desk: Desk, product: ProductKey, key: Key, on: Annotated[bool, Body(embed=True)]
) -> dict[str, Any]:
    return desk.app.auto_confirm(product, key, on)


@router.get("/app/plans/{plan}")
def get_details(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, Any]:
    """deviceStatus 0 to 3, upgradeProgress 0 to 1, the files."""
    return desk.app.details(plan, product, key)


@router.post("/app/plans/{plan}/confirm")
def confirm(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, Any]:
    return desk.app.confirm(plan, product, key)


@router.post("/app/plans/{plan}/appoint")
def appoint(
    desk: Desk, plan: Id, product: ProductKey, key: Key, start: _Ms, end: _Ms
) -> dict[str, Any]:
    """start, end: ms since 1970, at least an hour."""
    return desk.app.appoint(plan, product, key, start, end)


@router.post("/app/plans/{plan}/cancel")
def cancel(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, Any]:
    return desk.app.cancel(plan, product, key)


@router.post("/app/plans/{plan}/forget")
def forget(desk: Desk, plan: Id, product: ProductKey, key: Key) -> dict[str, Any]:
    return desk.app.forget(plan, product, key)
