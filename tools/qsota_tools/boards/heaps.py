"""The heap that stock MicroPython leaves on each board, and what the library takes of it."""

from qsota.boot.board import Board as DeviceBoard
from qsota_tools.boards.schema import Board

# Bytes. Measured on emulated boards (RPI_PICO, PYBV11), else from the firmware's linker map.
_HEAPS = {
    "RPI_PICO": 245_952,
    "RPI_PICO_W": 205_000,
    "RPI_PICO2": 497_000,
    "RPI_PICO2_W": 457_000,
    "WEACTSTUDIO": 245_000,
    "WEACTSTUDIO_MINI_STM32H743": 494_000,
    "NUCLEO_H743ZI_W25Q128": 494_000,
    "PYBV11_W25Q128": 103_680,
    "SPARKFUN_MICROMOD_STM32": 103_680,
    "WEACT_F411_BLACKPILL_4M": 80_000,
    "WEACT_F411_BLACKPILL_8M": 80_000,
}
_BARE = 4_432  # what MicroPython itself holds at its prompt
UPDATE = 58_000  # free for an update beside the application: session/assembly.py


def left(board: Board, taken: int) -> int | None:
    """Bytes of heap that are left to an application while the library holds so many; None where
    the board's heap is not known."""
    heap = _HEAPS.get(board["name"])
    return None if heap is None else heap - _BARE - taken


def left_beside(board: Board, idle: int) -> int | None:
    """As left(), for an update to run beside the application; idle: what the library holds while
    it waits for one."""
    room, device = left(board, idle), DeviceBoard(board)
    return None if room is None else room - UPDATE - device.chunk - (1 << device.window_bits)


def is_in_place(board: Board) -> bool:
    """Whether the library's code runs where it lies in the root, all but some 2 % of it. Inside an
    STM32 more of it is copied, and how much heap that takes is not measured."""
    return board["port"] == "rp2"


def is_served(board: Board, alone: int) -> bool:
    """Whether an update fits that has the board to itself, and takes so many bytes."""
    room = left(board, alone)
    return room is None or room >= 0
