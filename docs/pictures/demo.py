"""A terminal in which `make demo` runs, from the recording in demo.txt beside this.

`qsota demo > docs/pictures/demo.txt` records it anew; a test holds what it says.
"""

from pathlib import Path

from svg import Picture, escape

RECORDING = Path(__file__).with_name("demo.txt")
_STEP, _LEFT, _TOP = 17, 16, 64
_LINE_S, _PAUSE_S = 0.22, 1.2
_STYLE = """
.screen{fill:#0d1117}.bar{fill:#30363d}
.t{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#c9d1d9}
.c{fill:#7ee787}.w{fill:#ffa657}.h{fill:#79c0ff;font-weight:600}
.t{animation:show .01s both}@keyframes show{from{opacity:0}to{opacity:1}}
@media (prefers-reduced-motion:reduce){.t{animation:none}}
"""


def lines() -> list[str]:
    """What is shown: the command, and what it prints but for the path at its end."""
    shown = RECORDING.read_text().splitlines()
    return ["$ make demo", *(line for line in shown if not line.startswith("written to"))]


def picture() -> Picture:
    shown = lines()
    height = _TOP + _STEP * len(shown) + 10
    drawing = Picture(640, height, "make demo", _STYLE)
    drawing.raw(f'<rect width="640" height="{height}" rx="8" class="screen"/>')
    drawing.raw('<rect width="640" height="36" rx="8" class="bar"/>')
    for x, colour in ((20, "#ff5f57"), (40, "#febc2e"), (60, "#28c840")):
        drawing.raw(f'<circle cx="{x}" cy="18" r="6" fill="{colour}"/>')
    moment = 0.0
    for number, line in enumerate(shown):
        if line:
            moment += _LINE_S if line.startswith("  ") else _PAUSE_S
            drawing.raw(
                f'<text x="{_LEFT}" y="{_TOP + _STEP * number}" class="t{_colour(line)}" '
                f'xml:space="preserve" style="animation-delay:{moment:.2f}s">{escape(line)}</text>'
            )
    return drawing


def _colour(line: str) -> str:
    if "10706" in line:
        return " w"
    if "10705" in line or "confirmed" in line:
        return " c"
    return "" if line.startswith("  ") else " h"
