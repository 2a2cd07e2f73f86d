"""For how long an upgrade keeps another task from running on an emulated Pico, whose application
has a watchdog of its own."""

import re
from pathlib import Path
from typing import Any

from qsota.update import package
from qsota_tools.center.cloud import SUCCESS
from qsota_tools.common.errors import UserError
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.proof.bench.heap import Lab
from qsota_tools.proof.bench.hold import ERASE_MS, GOAL_MS

IMAGE_SIZE = 400 << 10
_LIMIT_S = 900
_HELD = re.compile(r"HELD (\d+) (\S+)$")
_BOOT = re.compile(r"\bboot: slot ")


def measure(uf2: Path | None, size: int = IMAGE_SIZE) -> dict[str, Any]:
    """A delta of an image of that many bytes, taken beside an application whose watchdog bites
    after 5 s without a turn.

    longest_ms: for which the application's task could not run; phases: the same for each phase;
    boots: 2 where the watchdog never bit; result: the plan's in the cloud, seconds: of it all.
    UserError if it has none.
    """
    board = Lab(find_image(uf2, CACHE)).probed()
    changes = {"main": "turns.py", "size": size}
    offer = board.package("2_0_0", kind=package.DELTA, base="1_0_0", **changes)
    heard = board.upgrade(board.package("1_0_0", **changes), offer, _LIMIT_S)
    if heard.ended is None:
        raise UserError("the upgrade has no verdict:\n" + "\n".join(heard.lines[-9:]))
    return {
        "package": len(offer),
        "image": size,
        **longest(heard.lines),
        "boots": sum(1 for line in heard.lines if _BOOT.search(line)),
        "result": "10705" if heard.results == [SUCCESS] else "10706",
        "seconds": round(heard.ended, 1),
    }


def is_good(row: dict[str, Any]) -> bool:
    """True if the upgrade succeeded, the watchdog never bit, and nothing held the processor for
    longer than one erase and 50 ms."""
    whole = (row["result"], row["boots"]) == ("10705", 2)
    return whole and row["longest_ms"] <= ERASE_MS + GOAL_MS


def longest(lines: list[str]) -> dict[str, Any]:
    """What the probe (probe/turns.py) told, as measure() has it."""
    held = [(int(found[1]) / 1000, found[2]) for found in map(_HELD.search, lines) if found]
    phases: dict[str, float] = {}
    for ms, phase in held:
        phases[phase] = max(ms, phases.get(phase, 0.0))
    return {"longest_ms": max(held)[0], "phase": max(held)[1], "phases": phases}
