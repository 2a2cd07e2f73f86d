"""Virtual boards and ports on this desk, and what goes wrong on them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body

from qsota_tools.console.api.parts import ERRORS, Parts

router = APIRouter(tags=["bench"], responses=ERRORS)

Fault = Literal["cut-power", "lose-link", "restart-module"]
_Name = Annotated[str, Body(embed=True, min_length=1, max_length=32)]


@router.get("/boards")
def list_boards(parts: Parts) -> list[dict[str, Any]]:
    return parts.bench.find()


@router.post("/boards", status_code=201)
def add_board(
    parts: Parts, package: Annotated[int | None, Body(embed=True, ge=1)] = None
) -> dict[str, Any]:
    """A virtual board; package: the id of the one that it starts with, else in recovery."""
    first = None
    if package is not None:
        (file, *_) = parts.service.packages.get(package)["files"]
        first = parts.service.packages.path(file["sha256"]).read_bytes()
    return parts.bench.add(first)


@router.delete("/boards/{board}", status_code=204)
def remove_board(parts: Parts, board: str) -> None:
    """The Center remembers its device."""
    parts.bench.remove(board)


@router.post("/boards/{board}/lie")
def lie(parts: Parts, board: str, component: _Name, version: _Name) -> dict[str, Any]:
    """The device says that it runs a version which it does not."""
    return parts.bench.lie(board, component, version)


@router.post("/boards/{board}/{fault}")
def make_fault(parts: Parts, board: str, fault: Fault) -> dict[str, Any]:
    return parts.bench.fault(board, fault)
