"""The storage image as a UF2 file, to be dropped on a board in its boot loader (BOOTSEL)."""

import struct
from collections.abc import Container

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError

FLASH = 0x10000000  # where the chip is mapped
MAGIC = (0x0A324655, 0x9E5D5157)
END_MAGIC = 0x0AB16F30
HAS_FAMILY = 0x2000
FAMILIES = {"RP2040": 0xE48BFF56, "RP2350": 0xE48BFF59}  # the latter: Arm, secure
_PAGE = 256


def make_uf2(board: Board, image: bytes, kept: Container[int] = ()) -> bytes:
    """The image of the whole storage without the kept erase units; blank pages are in it, too,
    since the boot loader erases only what it writes. UserError for a board without UF2."""
    if "chip" not in board or "offset" not in board["flash"]:
        raise UserError(
            f"a UF2 file is for rp2 boards: {board['name']} has no `chip` and `flash.offset`"
        )
    offset, erase = board["flash"]["offset"], board["flash"]["erase"]
    pages = [at for at in range(0, len(image), _PAGE) if at // erase not in kept]
    blocks = []
    for number, at in enumerate(pages):
        head = (*MAGIC, HAS_FAMILY, FLASH + offset + at, _PAGE, number, len(pages))
        data = image[at : at + _PAGE]
        blocks.append(struct.pack("<8I476sI", *head, FAMILIES[board["chip"]], data, END_MAGIC))
    return b"".join(blocks)
