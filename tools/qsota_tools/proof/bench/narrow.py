"""Upgrades by an updater that takes the application's place, on an emulated Pico whose heap may be
as large as another board's."""

from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.proof.bench.probing import PROBE, Heard, Probed

KINDS = {"plain": package.PLAIN, "deflate": package.DEFLATE, "delta": package.DELTA}
# As board files of such boards have it.
_SMALL = {"uart": {"rxbuf": 1024}, "module": {"chunk": 512}, "limits": {"window_bits": 11}}
_APPLICATION = 24 << 10  # bytes that it holds there
_UPGRADE_S, _SETTLE_S = 600, 5  # a trial may take its attempts, of five minutes each


def small(board: Board) -> Board:
    """The board with a ring, reads and a window as board files for such heaps have them."""
    return board | {name: board.get(name, {}) | values for name, values in _SMALL.items()}


def boot(heap: int) -> bytes:
    """boot.py of a root that leaves so many bytes of heap."""
    source = (PROBE / "narrow_boot.py").read_text()
    source = source.replace("HEAP = 0", f"HEAP = {heap}", 1)
    return source.encode() + (FIRMWARE / "boot.py").read_bytes()


def upgrade(board: Probed, kind: str, heap: int = 0) -> Heard:
    """One package of that kind; heap: bytes that the board has, of which the application holds
    24 KB, 0: all of them, and it holds nothing."""
    board.board["update"] = "instead"
    held = 0
    board.root["main.py"] = (PROBE / "root.py").read_bytes()
    if heap:
        board.board, held = small(board.board), _APPLICATION
        board.root["boot.py"] = boot(heap)
    first = board.package("1_0_0", main="app.py", HELD=held)
    base = "1_0_0" if kind == "delta" else ""
    offer = board.package("2_0_0", kind=KINDS[kind], base=base, main="app.py", HELD=held)
    return board.upgrade(first, offer, _UPGRADE_S, _SETTLE_S)
