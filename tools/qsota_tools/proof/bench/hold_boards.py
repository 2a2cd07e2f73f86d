"""What operations take on the processors and flash chips of some boards.

Measured were those of a Pico, on stock MicroPython on an emulated one at 125 MHz. Of the others
the clock is known, and that a Cortex-M33, M4 or M7 does in a cycle what a Cortex-M0+ does, or
more: so theirs are a Pico's by the clock, which is too much rather than too little. No board was
measured. Times of flash are the typical ones of the data sheets (Winbond W25Q16JV, W25Q32RV,
W25Q128JV): 45 ms for a sector of 4 KB; a page takes 0.7 ms there, 0.65 here as long as rp2's
driver was timed with.
"""

from typing import NamedTuple

from qsota_tools import boards

_PICO_MHZ = 125


class Figures(NamedTuple):
    """mhz: the processor's clock as stock MicroPython sets it; page_ms: to program 256 bytes."""

    mhz: int
    page_ms: float


FIGURES = {
    "RPI_PICO": Figures(125, 0.65),
    "RPI_PICO2": Figures(150, 0.65),
    "PYBV11_W25Q128": Figures(168, 0.7),
    "NUCLEO_H743ZI_W25Q128": Figures(400, 0.7),
}


def world(name: str) -> dict[str, object]:
    """What hold_world.py has to know of a board: slowness, a Pico's being 1; the SPI clock of its
    flash, None: that is in front of the processor; and of the board file what shapes an update."""
    figures, board = FIGURES[name], boards.load(name)
    return {
        "slowness": _PICO_MHZ / figures.mhz,
        "page_ms": figures.page_ms,
        "spi": board["spi"]["baud"] if board["flash"]["kind"] == "spinor" else None,
        "uart": board["uart"],
        "chunk": board["module"]["chunk"],
        "limits": board.get("limits", {}),
    }
