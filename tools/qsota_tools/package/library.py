"""The library that travels in an application's image: `qsota build --library`."""

import json
from pathlib import PurePosixPath

from qsota.resident import handover
from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.package.inner_names import is_roots
from qsota_tools.package.shorten import compile_short

FOLDER = PurePosixPath("lib/qsota")


def add_library(packed: dict[PurePosixPath, bytes], board: Board) -> None:
    """Add to an image's files a copy of the library, which wins over the root's while the
    application runs, and the board file's keys; UserError if the application has such files."""
    taken = [path for path in packed if path.parts[:2] == FOLDER.parts]
    if taken:
        raise UserError(f"{taken[0]}: this is where --library puts the library")
    for source in library_sources():
        name = PurePosixPath(source).relative_to("qsota")
        if not is_roots(source):
            packed[FOLDER / name.with_suffix(".mpy")] = compile_short(FIRMWARE, source)
    packed[FOLDER / "interface"] = str(handover.INTERFACE).encode()
    if "keys" in board:
        packed[FOLDER / "keys.json"] = json.dumps(board["keys"]).encode()
