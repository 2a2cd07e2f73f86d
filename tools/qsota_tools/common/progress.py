"""A progress bar: it grows on a terminal, and is a line per quarter elsewhere."""

import sys

_BAR = 40


class Progress:
    """Draws how much of a number of bytes is done; may start over when it was full."""

    def __init__(self, title: str = ""):
        self._title = f"{title:<10}" if title else ""
        self._live = sys.stdout.isatty()
        self._quarter = -1

    def show(self, done: int, total: int) -> None:
        bar = "#" * (_BAR * done // total)
        text = f"  {self._title}[{bar:<{_BAR}}] {100 * done // total:3} % of {total} bytes"
        if self._live:
            print("\r" + text, end="\n" if done == total else "", flush=True)
        elif self._quarter != 4 * done // total:
            print(text, flush=True)
        self._quarter = 4 * done // total if done < total else -1
