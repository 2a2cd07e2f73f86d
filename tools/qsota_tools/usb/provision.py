"""Writes a storage image to a board, so that it can be cut at any moment and be run again."""

from collections.abc import Container

from qsota_tools.boards import Board
from qsota_tools.errors import UserError
from qsota_tools.progress import Progress
from qsota_tools.usb.link import Link
from qsota_tools.usb.remote_flash import RemoteFlash, block_hash

_OLDEST = (1, 25, 0)
_SUPERBLOCKS = (0, 1)
_MAGIC = b"littlefs"
_MAGIC_AT = 8


def check_identity(link: Link, board: Board) -> list[str]:
    """The names in the board's root directory; UserError if it is not this board."""
    version, build, machine, storage, names = link.call("identify")
    release = ".".join(map(str, version))
    if tuple(version) < _OLDEST:
        raise UserError(f"MicroPython {release} is too old: 1.25 or newer is needed")
    if build != board["build"]:
        raise UserError(f"the board on {link.port} is {build} ({machine}), not {board['name']}")
    if storage != board["flash"]["size"]:
        raise UserError(
            f"the firmware exposes {storage} bytes of storage, {board['name']} has "
            f"{board['flash']['size']}: it was built for another flash size"
        )
    print(f"{machine}, MicroPython {release}")
    return names


def is_foreign(names: list[str]) -> bool:
    """Whether these files in a root are somebody else's."""
    return bool(names) and "board.json" not in names


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


def write_image(link: Link, board: Board, image: bytes, kept: Container[int] = ()) -> int:
    """Make the storage equal to the image but for the kept erase units; returns how many had to
    be written. UserError if they do not read back."""
    erase = board["flash"]["erase"]
    units = {n: image[n * erase : (n + 1) * erase] for n in range(len(image) // erase)}
    wanted = {n: data for n, data in units.items() if n not in kept}
    link.run("unmount()")
    flash = RemoteFlash(link, board, 0, len(image))
    wrong = _wrong(flash, wanted, erase)
    if wrong:
        _write(flash, wanted, wrong, erase)
        if left := _wrong(flash, wanted, erase):
            raise UserError(f"{len(left)} erase units do not read back, the first is {left[0]}")
    return len(wrong)


def _wrong(flash: RemoteFlash, wanted: dict[int, bytes], erase: int) -> list[int]:
    progress = Progress("comparing")
    found = flash.hashes(lambda done, total: progress.show(done * erase, total * erase))
    return [n for n, data in wanted.items() if found[n] != block_hash(data)]


def _write(flash: RemoteFlash, wanted: dict[int, bytes], wrong: list[int], erase: int) -> None:
    # Without its superblocks there is no file system: if the cable is pulled now, MicroPython
    # makes an empty one and waits at its REPL. The newer of the two makes the board whole.
    for unit in _SUPERBLOCKS:
        flash.erase(unit)
    last = sorted(_SUPERBLOCKS, key=lambda unit: int.from_bytes(wanted[unit][:4], "little"))
    order = [n for n in wrong if n not in _SUPERBLOCKS] + last
    progress = Progress("writing")
    for done, unit in enumerate(order, 1):
        flash.replace(unit, wanted[unit])
        progress.show(done * erase, len(order) * erase)
