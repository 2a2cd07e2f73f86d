"""What a board's flash holds, read over its REPL; the program that was interrupted for that is
started again afterwards."""

from typing import NamedTuple

from qsota.boot.record_data import NOTHING
from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.provision.program import Program, interrupted
from qsota_tools.provision.remote_flash import RemoteFlash, block_hash

_BLANK = b"\xff"


class Found(NamedTuple):
    """storage: bytes of the flash, blank where it was not read; heap: bytes used and free while
    the program ran; settled: no report is due; log: the program's last messages."""

    storage: bytes
    heap: tuple[int, int]
    settled: bool
    log: list[str]


def read(port: str, board: Board) -> Found:
    """The boot records and the image in the active slot. UserError."""
    storage = bytearray(_BLANK * board["flash"]["size"])
    with interrupted(port) as program:
        flash = RemoteFlash(program.link, board, 0, board["flash"]["size"])
        _fetch(flash, board, storage, *board["areas"]["state"])
        record = program.record
        slot = record.slots[record.active]
        start, size = board["areas"][("slot_a", "slot_b")[record.active]]
        _fetch(flash, board, storage, start, min(package.HEADER_SIZE + slot.size, size))
        return Found(bytes(storage), program.heap, record.report == NOTHING, list(program.log))


def _fetch(flash: RemoteFlash, board: Board, into: bytearray, start: int, size: int) -> None:
    unit = board["flash"]["erase"]
    data = bytearray(-(-size // unit) * unit)
    flash.readblocks(start // unit, data)
    into[start : start + len(data)] = data


def changed(port: str, board: Board, flash: bytes) -> list[int]:
    """The offsets of erase units that are not as they were provisioned though no update may touch
    them: those of the root, where it is in this flash."""
    if "storage" in board:
        return []
    start, size = board["areas"]["root"]
    unit = board["flash"]["erase"]
    with interrupted(port) as program:
        found = _hashes(program, board, start, size)
    wanted = (block_hash(flash[at : at + unit]) for at in range(start, start + size, unit))
    offsets = range(start, start + size, unit)
    return [at for at, one, other in zip(offsets, found, wanted, strict=True) if one != other]


def _hashes(program: Program, board: Board, start: int, size: int) -> list[str]:
    return RemoteFlash(program.link, board, start, size).hashes(lambda done: None)
