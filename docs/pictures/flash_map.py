"""The flash of a Pico, from its board file."""

import tomllib
from pathlib import Path

from svg import Picture

BOARD = Path(__file__).parents[2] / "boards" / "RPI_PICO.toml"
_KB = 1024
_LEFT, _WIDTH, _TOP, _HEIGHT = 150, 250, 40, 400
_LEAST = 22  # pixels, so that a name has room
WHAT = {
    "firmware": "stock MicroPython: never touched",
    "root": "boot.py, main.py, library, board.json: sealed",
    "data": "/data: settings and the product's own files",
    "state": "boot record, in two erase units by turns",
    "slot_a": "an image: header and ROMFS, mounted at /app",
    "slot_b": "the next version is written here, and then they change places",
}


def picture() -> Picture:
    board = tomllib.loads(BOARD.read_text())
    offset = board["flash"]["offset"]
    areas = [("firmware", 0, offset)] + [
        (name, offset + start, size) for name, (start, size) in board["areas"].items()
    ]
    total = offset + board["flash"]["size"]
    drawing = Picture(800, 480, f"The flash of a {board['name']}")
    heading = f"{board['title']}: {total // _KB} KB"
    drawing.text(_LEFT, 24, heading, "bold")
    shares = [max(_LEAST, _HEIGHT * size / total) for _, _, size in areas]
    scale = _HEIGHT / sum(shares)
    y: float = _TOP
    for (name, start, size), share in zip(areas, shares, strict=True):
        height = share * scale
        kind = {"slot_a": "mark", "slot_b": "mark", "state": "warn"}.get(name, "box")
        drawing.box(_LEFT, y, _WIDTH, height, kind)
        drawing.text(_LEFT - 10, y + 12, f"{0x10000000 + start:#010x}", "mono small soft", "end")
        label = f"{name}, {size // _KB} KB"
        drawing.text(_LEFT + _WIDTH / 2, y + height / 2 + 4, label, "mono", "middle")
        drawing.text(_LEFT + _WIDTH + 14, y + height / 2 + 4, WHAT[name], "small")
        y += height
    drawing.text(_LEFT - 10, y + 4, f"{0x10000000 + total:#010x}", "mono small soft", "end")
    return drawing
