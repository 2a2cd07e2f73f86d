"""The file of evidence: what was shown, on what, by whom. docs/evidence/evidence.schema.json says
what is in it."""

import datetime
import hashlib
import os
import platform
from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.common.paths import FIRMWARE

FORMAT = "qsota-evidence-1"
_MICROPYTHON = ("version", "text", "sha256", "image_sha256")


def document(
    rung: str, board: Board, facts: dict, steps: list[dict], by: str, version: str
) -> dict:
    """facts: of bare_board.facts() or emulation.facts(); version: of qsota."""
    problems = [f"{step['claim']}: {text}" for step in steps for text in step["problems"]]
    return {
        "format": FORMAT,
        "rung": rung,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "by": by,
        "qsota": {"version": version, "library_sha256": facts["library_sha256"]},
        "board": {"name": board["name"], "build": facts["build"], "machine": facts["machine"]},
        "micropython": {key: facts[key] for key in _MICROPYTHON},
        "module": {"kind": "simulated", "uart": _uart(board)},
        "host": {"system": platform.system(), "python": platform.python_version()}
        | {"cpus": os.cpu_count()},
        "figures": facts["figures"],
        "steps": steps,
        "problems": problems,
    }


def _uart(board: Board) -> dict:
    return {key: board["uart"][key] for key in ("baud", "receive")}


def library_sha256() -> str:
    """Of the device code's sources: names and contents."""
    digest = hashlib.sha256()
    for path in sorted(Path(FIRMWARE).rglob("*.py")):
        digest.update(str(path.relative_to(FIRMWARE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
