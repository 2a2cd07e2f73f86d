"""The few shapes that the pictures are made of, as SVG for light and dark pages."""

from xml.sax.saxutils import escape

_STYLE = """
text{font:13px system-ui,sans-serif;fill:#1f2328}
.mono{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
.bold{font-weight:600}.soft{fill:#59636e}.small{font-size:11px}
.box{fill:#f6f8fa;stroke:#59636e}.mark{fill:#ddf4ff;stroke:#0969da}.warn{fill:#fff1e5;stroke:#bc4c00}
.line{stroke:#59636e;fill:none}.go{stroke:#0969da;fill:none;stroke-width:1.5}
.dash{stroke-dasharray:4 4}.head{fill:#0969da}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.soft{fill:#9198a1}.box{fill:#151b23;stroke:#9198a1}
.mark{fill:#0c2d6b;stroke:#4493f8}.warn{fill:#3d1300;stroke:#f0883e}.line{stroke:#9198a1}
.go{stroke:#4493f8}.head{fill:#4493f8}}
"""


class Picture:
    """A drawing that grows by its methods; coordinates in pixels from the top left corner."""

    def __init__(self, width: int, height: int, title: str, style: str = ""):
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">\n<title>{escape(title)}</title>\n'
            f"<style>{_STYLE}{style}</style>\n"
        )
        self._parts: list[str] = []

    def text(self, x: float, y: float, text: str, kind: str = "", at: str = "start") -> None:
        """at: start, middle or end of the text is at x."""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{at}">{escape(text)}</text>'
        )

    def box(self, x: float, y: float, width: float, height: float, kind: str = "box") -> None:
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" '
            f'class="{kind}"/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str = "line") -> None:
        self._parts.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{kind}"/>'
        )

    def arrow(self, x1: float, y: float, x2: float, label: str = "", kind: str = "go") -> None:
        """A level one, with its label above."""
        self.line(x1, y, x2, y, kind)
        back = -7 if x2 > x1 else 7
        self._parts.append(f'<path d="M{x2:g} {y:g}l{back} -4v8z" class="head"/>')
        if label:
            self.text((x1 + x2) / 2, y - 5, label, "mono small", "middle")

    def raw(self, text: str) -> None:
        self._parts.append(text)

    def __str__(self) -> str:
        return self._head + "\n".join(self._parts) + "\n</svg>\n"
