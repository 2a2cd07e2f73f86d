"""For how long an upgrade keeps the application from running, at most, on each board."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qsota_tools.common.files import scratch
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.proof.bench import hold_boards
from qsota_tools.proof.hostile import instrument

KINDS = ("plain", "deflate", "delta, one change", "delta, changes everywhere", "signed")
NAMES = tuple(hold_boards.FIGURES)
SIZES = (60000, 400000, 1200000)  # bytes of the image
GOAL_MS = 50.0  # beside one erase
ERASE_MS = 45.0

Row = dict[str, Any]


def holds(sizes: Sequence[int], names: Sequence[str] = NAMES) -> Iterator[Row]:
    """A row for each board, payload kind and image size, without and with an MCU reset in the
    middle.

    longest_ms: for which another task could not run; phase: of the updater; parts: what took these
    ms; virtual_s: of the whole upgrade.
    """
    with scratch() as directory:
        instrument.copy(FIRMWARE, directory)
        for name in names:
            for kind in KINDS:
                for size in sizes:
                    for reset in (False, True):
                        yield _one(directory, name, kind, size, reset)


def _one(directory: Path, name: str, kind: str, size: int, reset: bool) -> Row:
    world = Path(__file__).with_name("hold_world.py")
    options = [kind, str(size), str(int(reset)), json.dumps(hold_boards.world(name))]
    command = [sys.executable, str(world), str(directory), *options]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"board": name, "kind": kind, "size": size, "reset": reset, **json.loads(shown.stdout)}


def too_long(row: Row) -> bool:
    """More than one erase and 50 ms."""
    return row["longest_ms"] - min(ERASE_MS, row["parts"].get("erase", 0)) > GOAL_MS


def summary(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """(heads, lines) of a table: for each board and payload kind the longest time with an image of
    each size, and after a reset the longest of all."""
    sizes = sorted({row["size"] for row in rows})
    heads = ["BOARD", "PAYLOAD", *(f"{size / 1000:.0f} KB" for size in sizes), "RESET"]
    lines = []
    for name, kind in dict.fromkeys((row["board"], row["kind"]) for row in rows):
        mine = [row for row in rows if (row["board"], row["kind"]) == (name, kind)]
        groups = [[row for row in mine if row["size"] == n and not row["reset"]] for n in sizes]
        groups.append([row for row in mine if row["reset"]])
        longest = [max(row["longest_ms"] for row in group) for group in groups if group]
        lines.append([name, kind, *(f"{ms:.0f} ms" for ms in longest)])
    return heads, lines


def made_of(row: Row) -> str:
    """The parts of the longest time, the largest first."""
    parts = sorted(row["parts"].items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {ms:.1f}" for name, ms in parts if ms >= 0.1)
