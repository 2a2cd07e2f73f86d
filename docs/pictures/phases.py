"""When which part of the library is in memory: the folders of firmware/qsota over time."""

from svg import Picture

# Folder: what it does, and the phases in which its code is in memory.
ROOMS = {
    "boot": ("chooses a slot, verifies, mounts", (0,)),
    "resident": ("the program's turn; the UART's owner", (0, 1, 2, 3)),
    "session": ("connects, reports, asks, decides", (2, 3)),
    "update": ("reads one package into a slot", (3,)),
}
PHASES = ("start", "application runs", "a session", "a download")
_LEFT, _TOP, _COLUMN, _ROW = 290, 60, 125, 52


def picture() -> Picture:
    width = _LEFT + _COLUMN * len(PHASES) + 20
    drawing = Picture(width, _TOP + _ROW * len(ROOMS) + 50, "The phases of the library")
    for number, name in enumerate(PHASES):
        x = _LEFT + _COLUMN * number
        drawing.text(x + _COLUMN / 2, 34, name, "bold", "middle")
        drawing.line(x, 46, x, _TOP + _ROW * len(ROOMS), "line dash")
    for number, (room, (what, phases)) in enumerate(ROOMS.items()):
        y = _TOP + _ROW * number
        drawing.text(20, y + 20, f"{room}/", "mono bold")
        drawing.text(20, y + 37, what, "small soft")
        start, end = _LEFT + _COLUMN * phases[0], _LEFT + _COLUMN * (phases[-1] + 1)
        drawing.box(start + 4, y + 8, end - start - 8, 30, "mark")
        drawing.text((start + end) / 2, y + 28, "in memory", "small", "middle")
    y = _TOP + _ROW * len(ROOMS) + 30
    text = "What is not in memory is loaded when its phase begins, and dropped when that ends."
    drawing.text(20, y, text, "soft")
    return drawing
