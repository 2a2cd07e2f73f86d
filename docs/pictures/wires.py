"""A Pico, a level shifter and a module: the wires of docs/first-upgrade.md."""

import tomllib
from pathlib import Path

from svg import Picture

BOARD = Path(__file__).parents[2] / "boards" / "RPI_PICO.toml"
# Signal of the Pico, of the module, and which way it goes.
OPTIONAL = (
    ("GP3 RTS", "flow control in", 1, 'receive = "rts"'),
    ("GP15, transistor", "PWRKEY", 1, "power = 15"),
)
TOP, STEP = 88, 44
PICO, SHIFTER, MODULE = (20, 170), (300, 110), (530, 190)  # x and width


def picture() -> Picture:
    uart = tomllib.loads(BOARD.read_text())["uart"]
    wires = (
        (f"GP{uart['tx']} TX", "RXD", 1, ""),
        (f"GP{uart['rx']} RX", "TXD", -1, ""),
        *OPTIONAL,
        ("GND", "GND", 0, ""),
    )
    drawing = Picture(740, 380, "Pico, level shifter and module")
    height = STEP * len(wires) + 30
    for (x, width), name, below in (
        (PICO, "Raspberry Pi Pico", "3.3 V"),
        (SHIFTER, "level shifter", "3.3 V | 1.8 V"),
        (MODULE, "Quectel module", "1.8 V, VDD_EXT"),
    ):
        drawing.box(x, 40, width, height)
        drawing.text(x + width / 2, 30, name, "bold", "middle")
        drawing.text(x + width / 2, 62, below, "soft small", "middle")
    for number, (left, right, way, key) in enumerate(wires):
        _wire(drawing, TOP + STEP * number, left, right, way, key)
    y = 40 + height + 24
    drawing.text(
        20, y, "The module has a supply of its own: 3.8 V, 2 A. Grounds are connected.", ""
    )
    note = "Dashed: only where the board file says so (the key is below the wire)."
    drawing.text(20, y + 20, note, "soft")
    return drawing


def _wire(drawing: Picture, y: int, left: str, right: str, way: int, key: str) -> None:
    drawing.text(PICO[0] + PICO[1] - 8, y + 4, left, "mono", "end")
    drawing.text(MODULE[0] + 8, y + 4, right, "mono")
    kind = "go dash" if key else "go"
    edges = (PICO[0] + PICO[1], SHIFTER[0]), (SHIFTER[0] + SHIFTER[1], MODULE[0])
    through = left.startswith("GP15") or not way  # no signal of the shifter
    if through:
        edges = ((PICO[0] + PICO[1], MODULE[0]),)
    for start, end in edges:
        if way > 0:
            drawing.arrow(start, y, end, "", kind)
        elif way < 0:
            drawing.arrow(end, y, start, "", kind)
        else:
            drawing.line(start, y, end, y, "line")
    if key:
        drawing.text(PICO[0] + PICO[1] + 6, y + 15, key, "mono small soft")
