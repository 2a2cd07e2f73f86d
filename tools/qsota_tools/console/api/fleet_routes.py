"""Simulated fleets on this desk."""

from typing import Any

from fastapi import APIRouter

from qsota_tools.console.api.parts import ERRORS, Fields, Parts

router = APIRouter(tags=["fleets"], responses=ERRORS)


@router.get("/fleets")
def list_fleets(parts: Parts) -> list[dict[str, Any]]:
    return parts.fleets.find()


@router.post("/fleets", status_code=201)
def add_fleet(parts: Parts, fields: Fields) -> dict[str, Any]:
    """devices: 1 to 1000; cuts, links, refusals: percent of them that lose their power while they
    write, have a bad link, have a low battery at first; version: what they run (1_0_0)."""
    return parts.fleets.add(fields)


@router.delete("/fleets/{fleet}", status_code=204)
def remove_fleet(parts: Parts, fleet: str) -> None:
    """The Center remembers its devices."""
    parts.fleets.remove(fleet)
