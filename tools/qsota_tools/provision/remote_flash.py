"""The flash of a board on a link, as a block device that the device's own code can work on."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable

from qsota_tools.common.paths import FIRMWARE
from qsota_tools.provision.repl_link import Link

_BATCH = 65536  # bytes per call: about 0.1 s on an RP2040
_PIECE = 512  # that on_board.read() returns
_ERASE_BLOCK = 6
_DRIVER = FIRMWARE / "qsota" / "boot" / "spinor.py"


def block_hash(data: bytes) -> str:
    """What on_board.hashes() finds for a block of these bytes."""
    return hashlib.sha256(data).digest()[:8].hex()


class RemoteFlash:
    """size bytes from start of the flash that a board file describes in `flash` (and `spi`).

    A board has one of these open at a time: the latest.
    """

    def __init__(self, link: Link, board: dict, start: int, size: int):
        self._link = link
        flash = board["flash"]
        self._block = flash["erase"]
        self._known: dict[int, bytes] = {}
        self.blocks = size // self._block
        if flash["kind"] == "spinor":
            link.send(_DRIVER)
        place = f"{start}, {size}, {self._block}, {board.get('spi')!r}"
        link.run(f"open_flash({flash['kind']!r}, {place})")

    def hashes(self, on_progress: Callable[[int], None]) -> list[str]:
        """block_hash of every block; on_progress is told the bytes done."""
        found: list[str] = []
        while len(found) < self.blocks:
            count = min(_BATCH // self._block, self.blocks - len(found))
            found += self._link.call("hashes", len(found), count)
            on_progress(len(found) * self._block)
        return found

    def erase(self, block: int) -> None:
        self._known.pop(block, None)
        self._link.run(f"erase({block})")

    def replace(self, block: int, data: bytes) -> None:
        """Erase a block and program all of it, or leave it blank."""
        self.erase(block)
        if data.strip(b"\xff"):
            self.writeblocks(block, data)

    def sync(self) -> None:
        """Return when all of it is in the flash."""
        self._link.run("sync()")

    # MicroPython's extended block-device protocol.

    def readblocks(self, block: int, buf, offset: int = 0) -> None:
        end = offset + len(buf)
        count = -(-end // self._block)
        data = b"".join(self._content(number) for number in range(block, block + count))
        buf[:] = data[offset:end]

    def _content(self, block: int) -> bytes:
        if block not in self._known:
            pieces = (self._link.call("read", block, at) for at in range(0, self._block, _PIECE))
            self._known[block] = b"".join(map(b64decode, pieces))
        return self._known[block]

    def writeblocks(self, block: int, buf, offset: int = 0) -> None:
        self._known.pop(block, None)
        self._link.run(f"program({block}, {offset}, {b64encode(buf)!r})")

    def ioctl(self, op: int, arg: int) -> int:
        if op == _ERASE_BLOCK:
            self.erase(arg)
        return {4: self.blocks, 5: self._block}.get(op, 0)
