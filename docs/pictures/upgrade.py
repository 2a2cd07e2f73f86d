"""An upgrade as a sequence: cloud, module, MCU and its flash."""

from svg import Picture

COLUMNS = {"cloud": 70, "module": 270, "MCU": 500, "flash": 700}
# (from, to, text), or (column, text) for what happens there.
STEPS = (
    ("MCU", "module", "AT+QIOTREG=1"),
    ("module", "MCU", "3,10200: connected"),
    ("MCU", "module", "AT+QIOTOTAREQ=1"),
    ("cloud", "module", "plan"),
    ("module", "MCU", "7,10700: an offer"),
    ("MCU", "battery? signal? consent?"),
    ("MCU", "module", "AT+QIOTUPDATE=1"),
    ("cloud", "module", "file"),
    ("module", "MCU", "7,10701: its digests"),
    ("MCU", "flash", "record: an upgrade is open"),
    ("module", "MCU", "7,10703: a block is there"),
    ("MCU", "module", "AT+QIOTOTARD, chunk by chunk"),
    ("MCU", "flash", "slot B, hashed on the way"),
    ("MCU", "length, MD5, SHA-256, header, read-back"),
    ("MCU", "module", "AT+QIOTUPDATE=3"),
    ("MCU", "flash", "record: slot B on trial"),
    ("MCU", "reset: the loader verifies slot B, mounts it"),
    ("MCU", "self-test passed: confirm()"),
    ("MCU", "flash", "record: slot B is good"),
    ("MCU", "module", "AT+QIOTMCUVER: the new version"),
    ("module", "cloud", "success"),
    ("module", "MCU", "7,10705: upgraded"),
)
_TOP, _STEP = 56, 27


def picture() -> Picture:
    height = _TOP + _STEP * len(STEPS) + 16
    drawing = Picture(800, height, "An upgrade: cloud, module, MCU, flash")
    for name, x in COLUMNS.items():
        drawing.line(x, 40, x, height - 10, "line dash")
        drawing.box(x - 50, 14, 100, 26, "mark" if name == "MCU" else "box")
        drawing.text(x, 32, name, "bold", "middle")
    for number, step in enumerate(STEPS):
        y = _TOP + _STEP * (number + 0.6)
        if len(step) == 3:
            source, target, text = step
            drawing.arrow(COLUMNS[source], y, COLUMNS[target], text)
        else:
            _note(drawing, COLUMNS[step[0]], y, step[1])
    return drawing


def _note(drawing: Picture, x: float, y: float, text: str) -> None:
    width = 7 * len(text) + 16
    drawing.box(x - width / 2, y - 13, width, 20, "warn")
    drawing.text(x, y + 1, text, "small", "middle")
