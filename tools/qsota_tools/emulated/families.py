"""Which boards are emulated, and by what."""

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.emulated.machine import Family
from qsota_tools.emulated.rp2040.family import PicoFamily
from qsota_tools.emulated.stm32.family import Stm32Family
from qsota_tools.emulated.stm32.soldered import WIRINGS

DEFAULT = "RPI_PICO"
NAMES = (DEFAULT, *WIRINGS)


def family_of(board: Board) -> Family:
    """UserError for a board that is not emulated."""
    name = board["name"]
    if board["build"] == DEFAULT:
        return PicoFamily()
    if name in WIRINGS:
        return Stm32Family()
    raise UserError(f"{name} is not emulated, only {', '.join(NAMES)}")
