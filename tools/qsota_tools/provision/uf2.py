"""UF2 files, to be dropped on a board in its boot loader (BOOTSEL): the storage image, and with it
MicroPython."""

import re
import struct
from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

from qsota_tools.boards import Board
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.provision.micropython_version import check_version

FLASH = 0x10000000  # where the chip is mapped
MAGIC = (0x0A324655, 0x9E5D5157)
END_MAGIC = 0x0AB16F30
HAS_FAMILY = 0x2000
FAMILIES = {"RP2040": 0xE48BFF56, "RP2350": 0xE48BFF59}  # the latter: Arm, secure
_BLOCK = 512
_BLOCK_FORM = "<8I476sI"
_PAGE = 256
_BANNER = re.compile(rb"MicroPython v(\d+)\.(\d+)\.(\d+)")


class _Block(NamedTuple):
    flags: int
    address: int
    family: int
    data: bytes  # of 476 bytes, of which size count
    size: int = _PAGE

    def packed(self, number: int, count: int) -> bytes:
        head = (*MAGIC, self.flags, self.address, self.size, number, count, self.family)
        return struct.pack(_BLOCK_FORM, *head, self.data, END_MAGIC)


def make_uf2(board: Board, image: bytes, kept: Container[int] = ()) -> bytes:
    """The image of the whole storage without the kept erase units; blank pages are in it, too,
    since the boot loader erases only what it writes. UserError for a board without UF2."""
    if "chip" not in board or "offset" not in board["flash"]:
        raise UserError(
            f"a UF2 file is for rp2 boards: {board['name']} has no `chip` and `flash.offset`"
        )
    start, erase = FLASH + board["flash"]["offset"], board["flash"]["erase"]
    family = FAMILIES[board["chip"]]
    return _packed(
        _Block(HAS_FAMILY, start + at, family, image[at : at + _PAGE])
        for at in range(0, len(image), _PAGE)
        if at // erase not in kept
    )


def with_micropython(board: Board, storage: bytes, path: Path) -> bytes:
    """A UF2 file of the storage, and before it the MicroPython in another one; UserError if that
    is not for this board, or reaches into its storage."""
    firmware = [*_blocks(path)]
    start = FLASH + board["flash"]["offset"]
    own = [block for block in firmware if block.family == FAMILIES[board["chip"]]]
    if not own:
        raise UserError(f"{path}: is not for an {board['chip']}, the chip of {board['name']}")
    if max(block.address + block.size for block in own) > start:
        raise UserError(
            f"{path}: reaches beyond {start:#x}, where the storage of {board['name']} begins: it "
            "is MicroPython for another board, or holds a file system already"
        )
    _check_version(path, b"".join(block.data[: block.size] for block in own), board)
    return _packed([*firmware, *_parsed(storage)])


def _check_version(path: Path, code: bytes, board: Board) -> None:
    found = _BANNER.search(code)
    if not found:
        raise UserError(f"{path}: holds no MicroPython")
    try:
        check_version([int(number) for number in found.groups()])
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    if not re.search(rb"(?<![\w-])%s\0" % board["build"].encode(), code):
        raise UserError(f"{path}: is not the MicroPython of a {board['build']}")


def _blocks(path: Path) -> Iterator[_Block]:
    data = files.read(path)
    if not data or len(data) % _BLOCK:
        raise UserError(f"{path}: is no UF2 file")
    try:
        yield from _parsed(data)
    except ValueError as error:
        raise UserError(f"{path}: is no UF2 file ({error})") from None


def _parsed(data: bytes) -> Iterator[_Block]:
    for at in range(0, len(data), _BLOCK):
        *magic, flags, address, size, _, _, family, content, end = struct.unpack_from(
            _BLOCK_FORM, data, at
        )
        if tuple(magic) != MAGIC or end != END_MAGIC or not 0 < size <= len(content):
            raise ValueError(f"block {at // _BLOCK} is damaged")
        yield _Block(flags, address, family, content, size)


def _packed(blocks) -> bytes:
    """Numbered as a boot loader counts them: those of each family for themselves."""
    blocks = [*blocks]
    totals = Counter(block.family for block in blocks)
    done: Counter[int] = Counter()
    packed = []
    for block in blocks:
        packed.append(block.packed(done[block.family], totals[block.family]))
        done[block.family] += 1
    return b"".join(packed)
