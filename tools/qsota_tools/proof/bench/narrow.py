"""Upgrades by an updater that takes the application's place, on an emulated Pico whose heap may be
as large as another board's."""

from qsota.update import package
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.proof.bench.probing import PROBE, Heard, Probed

KINDS = {"plain": package.PLAIN, "deflate": package.DEFLATE, "delta": package.DELTA}
# As board files of such boards have it.
_SMALL = {"uart": {"rxbuf": 1024}, "module": {"chunk": 512}, "limits": {"window_bits": 11}}
_APPLICATION = 24 << 10  # bytes that it holds there
_UPGRADE_S, _SETTLE_S = 300, 5


def upgrade(board: Probed, kind: str, heap: int = 0) -> Heard:
    """One package of that kind; heap: bytes that the board has, of which the application holds
    24 KB, 0: all of them, and it holds nothing."""
    board.board["update"] = "instead"
    for section, values in _SMALL.items() if heap else ():
        board.board[section] = board.board.get(section, {}) | values
    held = _APPLICATION if heap else 0
    board.root["main.py"] = (PROBE / "root.py").read_bytes()
    if heap:
        source = (PROBE / "narrow_boot.py").read_text()
        source = source.replace("HEAP = 0", f"HEAP = {heap}", 1)
        board.root["boot.py"] = source.encode() + (FIRMWARE / "boot.py").read_bytes()
    first = board.package("1_0_0", main="app.py", HELD=held)
    base = "1_0_0" if kind == "delta" else ""
    offer = board.package("2_0_0", kind=KINDS[kind], base=base, main="app.py", HELD=held)
    return board.upgrade(first, offer, _UPGRADE_S, _SETTLE_S)
