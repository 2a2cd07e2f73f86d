"""The whole storage of a board as it leaves provisioning."""

import json
from pathlib import Path, PurePosixPath

from littlefs import LittleFS, LittleFSError

from qsota.boot import record, record_data
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package.payload import image_of
from qsota_tools.provision.pack import library

_BLANK = b"\xff"
_SIZES = {"read_size": 256, "prog_size": 256, "lookahead_size": 32}
# Files that fit the cache, and an eighth of a block, are kept in their folder, which is read at
# each look for a name: with all files up to 512 bytes in it a start of a Pico takes 7 ms more. The
# roots on stm32 have no room for others.
_CACHE_SIZE = {"rp2": 256, "stm32": 1024}
# What other boards cannot use; the smallest roots are nearly full.
_OF_ONE_PORT = {"resident/uart_dma": "rp2"}
_OF_ONE_FLASH = {"boot/spinor": "spinor", "boot/spi_flash": "spinor"}


def make_flash(
    board: boards.Board,
    first: bytes | None = None,
    settings: dict | None = None,
    root: dict[str, bytes] | None = None,
) -> bytes:
    """The bytes of a board's flash, the same for the same input; of a board with an SPI flash they
    are that chip's, and its root comes from make_root().

    first: the package that the board starts with, as a confirmed image in slot A; without it the
    board starts in recovery and waits for an upgrade. settings: content of /data/settings.json,
    such as {"pk": ..., "ps": ...}. root: files of the root in place of those that ship.
    UserError if something does not fit.
    """
    flash = bytearray(_BLANK * board["flash"]["size"])
    if "storage" not in board:
        _place(flash, board, "root", make_root(board, root))
    data = {"settings.json": json.dumps(settings, sort_keys=True).encode()} if settings else {}
    _place(flash, board, "data", _littlefs(board, "data", data, board["flash"]["erase"]))
    if first is not None:
        _place(flash, board, "state", _first_record(_header_for(board, first)))
        _place(flash, board, "slot_a", first[: package.HEADER_SIZE] + image_of(first))
    return bytes(flash)


def make_root(board: boards.Board, changed: dict[str, bytes] | None = None) -> bytes:
    """The root file system of a board: loader, library and board file; changed: other files in
    their place."""
    storage = board.get("storage", board["flash"])
    # MicroPython on rp2 formats the storage unless its file system claims all of it; on stm32 it
    # believes the file system's own size.
    claimed = storage["size"] if board["port"] == "rp2" else board["areas"]["root"][1]
    return _littlefs(
        board, "root", _root_files(board) | (changed or {}), storage["erase"], claimed
    )


def make_storage(board: boards.Board) -> bytes:
    """The bytes of the firmware's storage on a board with an SPI flash: its root."""
    return make_root(board).ljust(board["storage"]["size"], _BLANK)


def check_root(board: boards.Board, root: Path | None) -> None:
    """UserError unless a file for the firmware's storage is named where there is one."""
    if ("storage" in board) != (root is not None):
        raise UserError(
            "--root FILE is for boards with slots on an SPI flash chip, and only those"
        )


def _place(flash: bytearray, board: boards.Board, area: str, content: bytes) -> None:
    start = board["areas"][area][0]
    flash[start : start + len(content)] = content


def _root_files(board: boards.Board) -> dict[str, bytes]:
    files = {name: (FIRMWARE / name).read_bytes() for name in ("boot.py", "main.py")}
    files["board.json"] = boards.to_json(board)
    if board["port"] == "stm32":
        files["SKIPSD"] = b""  # else the firmware looks on an SD card for boot.py, if there is one
    return files | library_of(board)


def library_of(board: boards.Board) -> dict[str, bytes]:
    """The files of the library for that board."""
    others = [name for name, port in _OF_ONE_PORT.items() if port != board["port"]]
    others += [name for name, kind in _OF_ONE_FLASH.items() if kind != board["flash"]["kind"]]
    return library(others, board.get("storage", board["flash"])["erase"])


def _littlefs(
    board: boards.Board,
    area: str,
    files: dict[str, bytes],
    block_size: int,
    claimed: int | None = None,
) -> bytes:
    """A LittleFS as large as the area; its superblock claims more if told so."""
    size = board["areas"][area][1]
    sizes = _SIZES | {"cache_size": min(_CACHE_SIZE[board["port"]], block_size)}
    fs = LittleFS(block_size=block_size, block_count=size // block_size, **sizes)
    try:
        for path, content in files.items():
            fs.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
            with fs.open(path, "wb") as file:
                file.write(content)
    except LittleFSError as error:
        raise UserError(f"areas.{area}: no room for {path} in {size} bytes ({error})") from None
    if claimed and claimed > size:
        fs.fs_grow(claimed // block_size)
    return bytes(fs.context.buffer)


def _header_for(board: boards.Board, data: bytes) -> package.Header:
    try:
        header = package.parse(data)
        slot_size = board["areas"]["slot_a"][1]
        package.check_for(
            header, board["name"], header.component, header.version, slot_size, len(data)
        )
    except PackageError as error:
        raise UserError(f"the package does not fit {board['name']}: {error}") from None
    return header


def _first_record(header: package.Header) -> bytes:
    state = record_data.Record()
    state.seq = 1
    state.floor = header.counter
    state.slots[0] = record_data.SlotState(
        record_data.GOOD, 0, header.image_size, header.image_sha256, header.version, header.counter
    )
    buf = bytearray(record.RECORD_SIZE)
    record.pack_into(state, buf)
    return bytes(buf)
