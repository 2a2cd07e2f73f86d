"""Tables by rich: as wide as it takes, never cut and never wrapped, since what is cut cannot be
copied, and a pipe has no width. Numbers, also those with a unit, stand to the right. Heads of no
word are not shown."""

import io
import re
import sys
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

_WIDTH = 1000
_NUMBER = re.compile(r"-?\d+(\.\d+)?( ?(ms|s|min|h|B|kB|MB|%))?|")
_PLAIN = {"highlight": False, "markup": False, "emoji": False}

Row = Sequence[object]


def text(heads: Sequence[str], rows: Iterable[Row], markdown: bool = False) -> str:
    """The table as lines; markdown: as documents take it."""
    from rich.console import Console

    shown = io.StringIO()
    terminal = sys.stdout.isatty() and not markdown
    console = Console(file=shown, width=_WIDTH, force_terminal=terminal, **_PLAIN)
    console.print(_made(heads, rows, markdown))
    return "\n".join(line.rstrip() for line in shown.getvalue().splitlines() if line.strip())


def show(heads: Sequence[str], rows: Iterable[Row]) -> None:
    """Print it."""
    print(text(heads, rows), flush=True)


class Growing:
    """A table whose rows come one by one: a terminal sees it grow, everybody has it at the end,
    and what there is of it after Ctrl-C. shown: else it is not seen at all."""

    def __init__(self, heads: Sequence[str], shown: bool = True):
        self._heads = heads
        self._rows: list[Row] = []
        self._shown = shown
        self._live: Any = None

    def add(self, *row: object) -> None:
        self._rows.append(row)
        if self._live:
            self._live.update(_made(self._heads, self._rows), refresh=True)

    def __enter__(self) -> "Growing":
        if self._shown and sys.stdout.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(**_PLAIN), transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()
        if self._shown and self._rows:
            show(self._heads, self._rows)


def _made(heads: Sequence[str], rows: Iterable[Row], markdown: bool = False) -> Any:
    from rich import box
    from rich.table import Table

    cells = [[_cell(value) for value in row] for row in rows]
    style = {"box": box.MARKDOWN} if markdown else {"box": None, "pad_edge": False}
    table = Table(**style, header_style="bold", show_header=any(heads))
    for number, head in enumerate(heads):
        right = bool(cells) and all(_NUMBER.fullmatch(row[number]) for row in cells)
        table.add_column(head, justify="right" if right else "left", no_wrap=True)
    for row in cells:
        table.add_row(*row)
    return table


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
