"""A UF2 file: what the flash of a new Pico holds after the file was dropped on it."""

import struct
from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.provision.uf2 import END_MAGIC, FAMILIES, FLASH, HAS_FAMILY, MAGIC

FLASH_SIZE = 2 * 1024 * 1024
_WHERE = "get RPI_PICO from https://micropython.org/download/RPI_PICO/"
_BLOCK = 512
_HEAD = struct.Struct("<8I")  # two magics, flags, address, size, number, count, family
_DATA_MAX = _BLOCK - _HEAD.size - 4
_END = struct.pack("<I", END_MAGIC)
_NOT_FLASH = 0x0001
_NAME = b"MicroPython"


def read_uf2(path: Path, board: Board) -> bytes:
    """The whole flash with that image in it, blank elsewhere.

    UserError if it is no UF2 file, not for an RP2040, or reaches into the board's storage.
    """
    if not path.is_file():
        raise UserError(f"no firmware at {path}: {_WHERE}")
    data = path.read_bytes()
    if not data or len(data) % _BLOCK:
        raise UserError(f"{path} is no UF2 file: {_WHERE}")
    flash = bytearray(b"\xff" * FLASH_SIZE)
    for at in range(0, len(data), _BLOCK):
        _place(flash, data[at : at + _BLOCK], path)
    storage = board["flash"]["offset"]
    if flash[storage:].strip(b"\xff") or _NAME not in flash[:storage]:
        raise UserError(f"{path} is no MicroPython image for {board['name']}: {_WHERE}")
    return bytes(flash)


def _place(flash: bytearray, block: bytes, path: Path) -> None:
    *magic, flags, address, size, _, _, family = _HEAD.unpack_from(block)
    if tuple(magic) != MAGIC or not block.endswith(_END) or size > _DATA_MAX:
        raise UserError(f"{path} is no UF2 file: {_WHERE}")
    if flags & _NOT_FLASH:
        return
    if not flags & HAS_FAMILY or family != FAMILIES["RP2040"]:
        raise UserError(f"{path} is not for an RP2040: {_WHERE}")
    start = address - FLASH
    if not 0 <= start <= FLASH_SIZE - size:
        raise UserError(f"{path} does not fit the flash of a Pico")
    flash[start : start + size] = block[_HEAD.size : _HEAD.size + size]
