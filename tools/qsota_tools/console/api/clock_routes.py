"""The Center's clock."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from qsota_tools.console.api.parts import ERRORS, Desk

router = APIRouter(prefix="/clock", tags=["clock"], responses=ERRORS)


@router.get("")
def get_clock(desk: Desk) -> dict[str, Any]:
    """now: ms since 1970; speed: 0 while paused; slot: of the next push."""
    return desk.clock.get()


@router.post("/pause")
def pause(desk: Desk) -> dict[str, Any]:
    return desk.clock.pause()


@router.post("/run")
def run(desk: Desk, speed: Annotated[int, Body(embed=True)]) -> dict[str, Any]:
    """speed: 1, 2, 5, 10, 60 or 600."""
    return desk.clock.run(speed)


@router.post("/jump")
def jump(desk: Desk, ms: Annotated[int, Body(embed=True, ge=0, le=1 << 46)]) -> dict[str, Any]:
    """To that time, which must be later than now."""
    return desk.clock.jump(ms)


@router.post("/jump-to-slot")
def jump_to_slot(desk: Desk) -> dict[str, Any]:
    """To the next push of the grid."""
    return desk.clock.jump_to_slot()


@router.post("/jump-to-window")
def jump_to_window(desk: Desk, plan: Annotated[int, Body(embed=True, ge=1)]) -> dict[str, Any]:
    """To the next moment at which that plan's push period is open."""
    return desk.clock.jump_to_window(plan)
