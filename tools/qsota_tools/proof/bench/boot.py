"""Where the time of a start goes, on an emulated Pico with stock MicroPython, by its own clock."""

from collections.abc import Iterator
from pathlib import Path

from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.proof.bench.heap import Lab

_SIZES_KB = (30, 94)  # of the images whose starts are compared
_START_S = 8
_MARK = "MARKS.append(time.ticks_us())\n"
_FIRST = "import builtins, time\nbuiltins.MARKS = [time.ticks_us()]\n"
# What lies between two marks; the marks themselves take a few ms, which boot_ms is without.
PHASES = ("micropython_ms", "boot_py_ms", "to_main_py_ms", "main_py_ms")


def figures(uf2: Path | None) -> Iterator[tuple[str, float]]:
    """(name, value): boot_ms, reset to the first line of an application in an image of 30 KB; its
    PHASES; hash_ms_per_kb, what each further KB of the image adds."""
    lab = Lab(find_image(uf2, CACHE))
    small, large = (_first_line_ms(lab, size << 10) for size in _SIZES_KB)
    yield "boot_ms", small
    yield from zip(PHASES, _phases(lab), strict=True)
    yield "hash_ms_per_kb", (large - small) / (_SIZES_KB[1] - _SIZES_KB[0])


def _first_line_ms(lab: Lab, size: int) -> float:
    board = lab.probed()
    first = board.package("1_0_0", main="first.py", size=size)
    heard = board.run(first, [], _START_S, lambda heard, bench: heard.first is not None)
    if heard.first is None:
        raise UserError("the application did not start:\n" + "\n".join(heard.lines[-5:]))
    return heard.first[1] / 1000


def _phases(lab: Lab) -> list[float]:
    board = lab.probed()
    scripts = {name: (FIRMWARE / name).read_text() for name in ("boot.py", "main.py")}
    board.root = {
        "boot.py": (_FIRST + scripts["boot.py"] + _MARK).encode(),
        "main.py": (_MARK + scripts["main.py"]).encode(),
    }
    first = board.package("1_0_0", main="marks.py", size=_SIZES_KB[0] << 10)
    found: list[str] = []

    def told(heard, bench) -> bool:
        found[:] = [line for line in heard.lines if " MARKS " in line]
        return bool(found)

    if not board.run(first, [], _START_S, told) or not found:
        raise UserError("the application did not start")
    marks = [0, *map(int, found[0].split(" MARKS ")[1].split())]
    return [(end - start) / 1000 for start, end in zip(marks, marks[1:], strict=False)]
