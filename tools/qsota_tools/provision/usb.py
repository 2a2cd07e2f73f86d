"""Writes a board's flash images, so that it can be cut at any moment and be run again."""

from collections.abc import Container
from typing import NamedTuple

from qsota_tools.boards import Board
from qsota_tools.boards.rules import STORAGE_OF_PORT
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import Progress
from qsota_tools.provision.micropython_version import check_version
from qsota_tools.provision.remote_flash import RemoteFlash, block_hash
from qsota_tools.provision.repl_link import Link

_SUPERBLOCKS = (0, 1)
_MAGIC = b"littlefs"
_MAGIC_AT = 8
# What MicroPython puts into a file system that it has made on stm32, but for comments; and what
# computers leave on a drive, besides names with a dot.
_FRESH_FILES = {"boot.py", "main.py", "pybcdc.inf", "README.txt"}
_FRESH_CODE = {b"import machine", b"import pyb"}
_DROPPINGS = {"System Volume Information"}


def check_identity(link: Link, board: Board) -> tuple[list[str], str]:
    """The names in the board's root directory, and what it is in words; UserError if it is not
    this board."""
    version, build, machine, storage, names = link.call("identify")
    release = check_version(version)
    if build != board["build"]:
        raise UserError(f"the board on {link.port} is {build} ({machine}), not {board['name']}")
    if storage != (size := board.get("storage", board["flash"])["size"]):
        raise UserError(
            f"the firmware exposes {storage} bytes of storage, {board['name']} has {size}: it was "
            "built for another flash size"
        )
    return names, f"{machine}, MicroPython {release}"


def is_foreign(link: Link, names: list[str]) -> bool:
    """Whether these files in a board's root are somebody else's."""
    own = {name for name in names if not name.startswith(".")} - _DROPPINGS
    if not own or "board.json" in own:
        return False
    return own != _FRESH_FILES or not _code(link, "boot.py", "main.py") <= _FRESH_CODE


def _code(link: Link, *names: str) -> set[bytes]:
    text = b"\n".join(link.call("content", f"/flash/{name}") or b"" for name in names)
    lines = (line.strip() for line in text.splitlines())
    return {line for line in lines if line and not line.startswith(b"#")}


def check_flash(link: Link, board: Board) -> None:
    """UserError unless the flash is there and as large as the board file says."""
    RemoteFlash(link, board, 0, board["flash"]["size"])


def data_blocks(board: Board) -> range:
    """The erase units of the data area."""
    erase = board["flash"]["erase"]
    start, size = board["areas"]["data"]
    return range(start // erase, (start + size) // erase)


def check_data(link: Link, board: Board) -> None:
    """UserError unless the data area holds a file system that can be kept."""
    flash = RemoteFlash(link, board, *board["areas"]["data"])
    head = bytearray(_MAGIC_AT + len(_MAGIC))
    for block in _SUPERBLOCKS:
        flash.readblocks(block, head)
        if head.endswith(_MAGIC):
            return
    raise UserError("the board has no data to keep: leave --keep-data out")


class _Store(NamedTuple):
    """A flash of the board, by the sections of the board file that RemoteFlash needs, and the
    content of each of its erase units that are ours to write."""

    board: Board
    size: int
    erase: int
    wanted: dict[int, bytes]

    @classmethod
    def make(cls, board: Board, image: bytes, kept: Container[int]):
        erase = board["flash"]["erase"]
        units = range(len(image) // erase)
        wanted = {n: image[n * erase : (n + 1) * erase] for n in units if n not in kept}
        return cls(board, len(image), erase, wanted)

    def open(self, link: Link) -> RemoteFlash:
        return RemoteFlash(link, self.board, 0, self.size)


def unit_count(board: Board) -> int:
    """The erase units that provisioning compares."""
    flashes = [board[name] for name in ("flash", "storage") if name in board]
    return sum(flash["size"] // flash["erase"] for flash in flashes)


def write_image(
    link: Link, board: Board, image: bytes, kept: Container[int] = (), root: bytes = b""
) -> int:
    """Make the flash equal to the image but for the kept erase units, and the storage of the
    firmware, if that is another one, equal to root; returns how many erase units had to be
    written. UserError if they do not read back."""
    stores = [_Store.make(board, image, kept)]
    if root:
        kind = STORAGE_OF_PORT[board["port"]]
        stores.append(_Store.make({"flash": {"kind": kind, **board["storage"]}}, root, ()))
    link.hide_drive()
    link.run("unmount()")
    wrong = _compare(link, stores)
    if any(wrong):
        _write(link, stores, wrong)
        if left := sum(map(len, _compare(link, stores))):
            raise UserError(f"{left} erase units do not read back as they were written")
    return sum(map(len, wrong))


def _compare(link: Link, stores: list[_Store]) -> list[list[int]]:
    """For each store the erase units that hold something else."""
    total = sum(store.size for store in stores)
    progress, before, wrong = Progress("comparing"), 0, []

    def show(done):
        progress.show(before + done, total)

    for store in stores:
        found = store.open(link).hashes(show)
        wrong.append([n for n, data in store.wanted.items() if found[n] != block_hash(data)])
        before += store.size
    return wrong


def _write(link: Link, stores: list[_Store], wrong: list[list[int]]) -> None:
    # Without its superblocks the root is no file system: if the cable is pulled now, MicroPython
    # makes an empty one and waits at its REPL. The newer of the two makes the board whole.
    root = stores[-1]
    flash = root.open(link)
    for unit in _SUPERBLOCKS:
        flash.erase(unit)
    flash.sync()
    last = sorted(_SUPERBLOCKS, key=lambda unit: int.from_bytes(root.wanted[unit][:4], "little"))
    orders = [list(units) for units in wrong]
    orders[-1] = [unit for unit in orders[-1] if unit not in _SUPERBLOCKS] + last
    total = sum(len(units) * store.erase for store, units in zip(stores, orders, strict=True))
    progress, done = Progress("writing"), 0
    for store, units in zip(stores, orders, strict=True):
        flash = store.open(link)
        for unit in units:
            flash.replace(unit, store.wanted[unit])
            done += store.erase
            progress.show(done, total)
        flash.sync()
