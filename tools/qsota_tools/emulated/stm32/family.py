"""STM32 boards as some of the emulated boards."""

from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.emulated import require
from qsota_tools.emulated.machine import Contents, Machine
from qsota_tools.emulated.stm32.firmware_file import read_firmware
from qsota_tools.emulated.stm32.flash_layout import LAYOUTS, FlashLayout
from qsota_tools.emulated.stm32.soldered import WIRINGS

_RTS = "rts"


def _layout(board: Board) -> FlashLayout:
    return LAYOUTS[WIRINGS[board["name"]].chip]


class Stm32Family:
    """See Family."""

    def require(self) -> None:
        require("unicorn")

    def has_console(self, board: Board) -> bool:
        return WIRINGS[board["name"]].console is not None

    def image(self, board: Board, wanted: Path | None) -> Path:
        if wanted is None:
            name = board["build"]
            raise UserError(
                f"{board['name']} needs the firmware: --image PATH, a .dfu or .hex file of {name} "
                f"from https://micropython.org/download/{name}/"
            )
        return wanted

    def blank(self, board: Board, image: Path) -> Contents:
        layout = _layout(board)
        storage = layout.storage if "storage" in board else (0, 0)
        inside = read_firmware(image, layout.size, storage, board["build"])
        return Contents(b"\xff" * board["flash"]["size"], inside)

    def fill(self, board: Board, contents: Contents, flash: bytes, root: bytes) -> Contents:
        inside = contents.inside
        if root:
            start = _layout(board).storage[0]
            inside = inside[:start] + root + inside[start + len(root) :]
        return Contents(flash, inside)

    def stores(self, board: Board, contents: Contents) -> tuple[bytes, bytes]:
        if "storage" not in board:
            return contents.flash, b""
        start, size = _layout(board).storage
        return contents.flash, contents.inside[start : start + size]

    def start(self, board: Board, contents: Contents) -> Machine:
        self.require()
        from qsota_tools.emulated.stm32.stm32_machine import Stm32

        wiring = WIRINGS[board["name"]]
        return Stm32(wiring, contents, board["uart"]["receive"] == _RTS)
