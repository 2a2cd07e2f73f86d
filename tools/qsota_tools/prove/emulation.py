"""The proof on an emulated board (`qsota emulated`), told as evidence."""

import hashlib
import re
from collections import Counter
from pathlib import Path

from qsota_tools.center.cloud import SUCCESS
from qsota_tools.common.errors import UserError
from qsota_tools.prove.evidence import library_sha256

_CLAIMS = {"provision": "provision", "upgrade": "upgrade-deflate", "revert": "revert"}
_FIGURES = ("written", "result", "running", "emulated_s", "processor_s", "operations", "erases")
_ON_WIRE = ("uart_in", "uart_lost")
_OF_A_CUT = ("cut", "kind", "area", "result", "running", "emulated_s", "processor_s")
# What MicroPython calls sys.version, and the end of its first line, as its image holds them.
_VERSION = re.compile(rb"([0-9.]+; MicroPython v?([0-9]+(?:\.[0-9]+)+)[^\0]*)\0")
_MACHINE = re.compile(rb"\0; ([^\0]+ with [^\0]+)\0")


def facts(flash: bytes, build: str, image: Path) -> dict:
    """What the evidence says of a board whose MicroPython lies in those bytes, from that file.
    UserError if it does not tell its version."""
    version, machine = _VERSION.search(flash), _MACHINE.search(flash)
    if not version or not machine:
        raise UserError(f"{image} does not say which MicroPython it is")
    return {
        "library_sha256": library_sha256(),
        "build": build,
        "machine": machine[1].decode(),
        "version": version[2].decode(),
        "text": version[1].decode(),
        "sha256": None,
        "image_sha256": hashlib.sha256(image.read_bytes()).hexdigest(),
        "figures": {},
    }


def steps(found: list[dict], cuts: list[dict]) -> list[dict]:
    """The entries of the evidence for the steps and the cuts of that proof."""
    told = [
        {
            "claim": _CLAIMS[step["step"]],
            "seconds": step["host_s"],
            "figures": {name: step[name] for name in _FIGURES + _ON_WIRE if name in step},
            "problems": step["problems"],
        }
        for step in found
    ]
    return told + ([_of_cuts(cuts)] if cuts else [])


def _of_cuts(cuts: list[dict]) -> dict:
    ends = Counter(row["result"] for row in cuts if not row["problems"])
    finished = ends[SUCCESS]
    return {
        "claim": "cuts",
        "seconds": round(sum(row.get("host_s", 0) for row in cuts), 1),
        "figures": {
            "count": len(cuts),
            "finished": finished,
            "given_up": ends.total() - finished,
            "processor_s": round(sum(row.get("processor_s", 0) for row in cuts), 1),
            "runs": [{name: row[name] for name in _OF_A_CUT if name in row} for row in cuts],
        },
        "problems": [f"cut {row['cut']}: {text}" for row in cuts for text in row["problems"]],
    }
