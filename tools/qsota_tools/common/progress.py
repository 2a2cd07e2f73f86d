"""What is going on while a command takes its time, on standard error: a bar with an estimate or a
spinner on a terminal, few lines elsewhere, nothing with --quiet."""

import atexit
import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from qsota_tools.common import ui

_PATIENCE_S = 1.0  # nothing is said about what takes less


def _console():
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


class Progress:
    """How much of a number of things (unit: what they are) is done; may start over when it was
    full."""

    def __init__(self, title: str = "", unit: str = "bytes"):
        self._title = title
        self._unit = unit
        self._bar = None
        self._quarter = -1
        self._live = bool(sys.stderr) and sys.stderr.isatty()

    def show(self, done: int, total: int) -> None:
        if ui.is_quiet() or not total:
            return
        if self._live:
            self._draw(done, total)
        elif self._quarter != 4 * done // total:
            title = f"{self._title} " if self._title else ""
            share = f"{100 * done // total:3} % of {total} {self._unit}"
            print(f"  {title}{share}", file=sys.stderr, flush=True)
        self._quarter = 4 * done // total if done < total else -1

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar, self._task = self._new_bar(total)
            self._bar.start()
            atexit.register(self.close)  # or the cursor stays hidden
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self.close()

    def _new_bar(self, total: int):
        from rich import progress

        bar = progress.Progress(
            progress.TextColumn(f"  {self._title:<10}"),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TextColumn(f"of {total} {self._unit}"),
            progress.TimeRemainingColumn(),
            console=_console(),
            redirect_stdout=sys.stdout.isatty(),
        )
        return bar, bar.add_task("", total=total)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar:
            self._bar.stop()
            self._bar = None
            atexit.unregister(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


Share = Callable[[int, int], None]


@contextlib.contextmanager
def waiting(text: str) -> Iterator[Share]:
    """Say what is waited for, if that takes longer than a second.

    What is yielded may be told how much of how many bytes is done; then it is estimated how long
    the rest takes.
    """
    if ui.is_quiet():
        yield _nobody
        return
    ended = threading.Event()
    status = _console().status(text) if sys.stderr and sys.stderr.isatty() else None

    def tell() -> None:
        if not ended.wait(_PATIENCE_S):
            if status:
                status.start()
            else:
                ui.note(text + " ...")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield _sharer(text, status)
    finally:
        ended.set()
        teller.join()
        if status:
            status.stop()


def _nobody(done: int, total: int) -> None:
    """Hears of a share."""


def _sharer(text: str, status: Any) -> Share:
    began = time.monotonic()
    lines = Progress()

    def share(done: int, total: int) -> None:
        passed = time.monotonic() - began
        if not done or passed < _PATIENCE_S:
            return
        if status:
            left = passed * (total - done) / done
            status.update(f"{text}: {100 * done // total} %, about {left:.0f} s more")
        else:
            lines.show(done, total)

    return share
