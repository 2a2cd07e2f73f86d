"""What a board is, and what its parts take, before anything of ours runs on it."""

from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.prove.evidence import library_sha256
from qsota_tools.provision.remote_flash import RemoteFlash
from qsota_tools.provision.repl_link import Link

_ON_BOARD = Path(__file__).with_name("on_board_times.py")
_MAPPED = 0x10000000  # where rp2 has its flash
_UNITS = 4


def facts(link: Link, board: Board) -> dict:
    """What the evidence says of the board; the second slot is blank afterwards."""
    version, build, machine, _, _ = link.call("identify")
    link.send(_ON_BOARD)
    text, hertz, free = link.call("machine_facts")
    return {
        "library_sha256": library_sha256(),
        "build": build,
        "machine": machine,
        "version": ".".join(map(str, version)),
        "text": text,
        "sha256": _firmware_sha256(link, board),
        "image_sha256": None,
        "figures": {"processor_hz": hertz, "heap_free_bare": free, **_times(link, board)},
    }


def _firmware_sha256(link: Link, board: Board) -> str | None:
    """Of the MicroPython in the chip, where it lies in front of the storage and can be read."""
    end = board["flash"].get("offset")
    if board["flash"]["kind"] != "rp2" or not end:
        return None
    return link.call("firmware_hash", _MAPPED, _MAPPED + end)


def _times(link: Link, board: Board) -> dict:
    """Microseconds of flash operations, in the second slot, which is blank afterwards."""
    start, size = board["areas"]["slot_b"]
    RemoteFlash(link, board, start, size)
    link.send(_ON_BOARD)
    page = board["flash"]["program"]
    erases, programs, digest = link.call("flash_times", 0, _UNITS, page)
    return {
        "erase_us": erases,
        "erase_bytes": board["flash"]["erase"],
        "program_us": programs,
        "program_bytes": page,
        "sha256_4096_us": digest,
    }
