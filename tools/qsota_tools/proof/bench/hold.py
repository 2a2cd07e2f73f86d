"""For how long an upgrade keeps the application from running, at most, on a Pico."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qsota_tools.common.files import scratch
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.proof.hostile import instrument

KINDS = ("plain", "deflate", "delta, one change", "delta, changes everywhere", "signed")
SIZES = (60000, 400000, 1200000)  # bytes of the image
GOAL_MS = 50.0  # beside one erase
ERASE_MS = 45.0

Row = dict[str, Any]


def holds(sizes: Sequence[int], kinds: Sequence[str] = KINDS) -> Iterator[Row]:
    """A row for each payload kind and image size, without and with an MCU reset in the middle.

    longest_ms: for which another task could not run; phase: of the updater; parts: what took these
    ms; virtual_s: of the whole upgrade.
    """
    with scratch() as directory:
        instrument.copy(FIRMWARE, directory)
        for kind in kinds:
            for size in sizes:
                for reset in (False, True):
                    yield _one(directory, kind, size, reset)


def _one(directory: Path, kind: str, size: int, reset: bool) -> Row:
    world = Path(__file__).with_name("hold_world.py")
    command = [sys.executable, str(world), str(directory), kind, str(size), str(int(reset))]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"kind": kind, "size": size, "reset": reset, **json.loads(shown.stdout)}


def too_long(row: Row) -> bool:
    """More than one erase and 50 ms."""
    return row["longest_ms"] - min(ERASE_MS, row["parts"].get("erase", 0)) > GOAL_MS


def made_of(row: Row) -> str:
    """The parts of the longest time, the largest first."""
    parts = sorted(row["parts"].items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {ms:.1f}" for name, ms in parts if ms >= 0.1)
