"""How fast a package comes on an emulated Pico, where the Python of the device takes its time."""

import re
from collections.abc import Iterator
from pathlib import Path

from qsota_tools.common.errors import UserError
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.proof.bench.heap import Lab
from qsota_tools.proof.bench.transfer import Row, make_row

CASES = (  # baud, receive, chunk, of which a board file has 1,024 bytes at most
    (115200, "pull", 1024),
    (115200, "dma", 1024),
    (460800, "pull", 1024),
    (460800, "dma", 1024),
    (921600, "pull", 1024),
    (921600, "dma", 1024),
)
_IMAGE = 24 << 10
_LIMIT_S = 120
_RING = 8192
_READ = re.compile(r"^ *([\d.]+) TX +AT\+QIOTOTARD=(\d+),(\d+)$")
_TOLD = re.compile(r"^ *([\d.]+) TX +AT\+QIOTUPDATE=3$")
_RESPONSE_MS = 5  # of the simulated module


def emulated_rows(uf2: Path | None) -> Iterator[Row]:
    """A row for each case: from the first read to the word that the package is whole, which comes
    after a look at every byte in flash."""
    lab = Lab(find_image(uf2, CACHE))
    for baud, receive, chunk in CASES:
        board = lab.probed()
        board.board["uart"] = board.board["uart"] | {
            "baud": baud,
            "receive": receive,
            "rxbuf": _RING,
        }
        board.board["module"] = board.board["module"] | {"payload": "raw", "chunk": chunk}
        offer = board.package("2_0_0", size=_IMAGE)
        lines = board.run(board.package("1_0_0"), [offer], _LIMIT_S, _is_told).lines
        seconds = _seconds(lines)
        row = make_row("emulated", baud, _RESPONSE_MS, chunk, receive, len(offer), seconds)
        yield row


def _is_told(heard, bench) -> bool:
    return any(_TOLD.match(line) for line in heard.lines[-5:])


def _seconds(lines: list[str]) -> float:
    reads = [found for found in map(_READ.match, lines) if found and int(found[3]) > 1]
    first = [float(found[1]) for found in reads if found[2] == "0"]
    told = [float(found[1]) for found in map(_TOLD.match, lines) if found]
    if not first or not told:
        raise UserError("no package was read:\n" + "\n".join(lines[-9:]))
    return told[0] - first[-1]
