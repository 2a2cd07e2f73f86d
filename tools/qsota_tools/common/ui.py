"""What every command shows in the same way: notes, tables, JSON, and guesses at what was meant."""

import argparse
import difflib
import io
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TextIO

from qsota_tools.common import files

ON_STDOUT = "-"  # --json without a file
_WIDTH = 1000

_quiet = False
_verbose = False


def set_loudness(quiet: bool, verbose: bool) -> None:
    """For this run of the program: -q and -v."""
    global _quiet, _verbose
    _quiet, _verbose = quiet, verbose


def is_quiet() -> bool:
    return _quiet


def note(text: str) -> None:
    """Say something beside the results."""
    if not _quiet:
        print(f"qsota: {text}", file=sys.stderr)


def teller(to: TextIO | None) -> Callable[[str], None]:
    """Says a line with the seconds that have passed since now; None: nobody hears it."""
    began = time.monotonic()

    def tell(text: str) -> None:
        if to:
            print(f"{time.monotonic() - began:6.0f} s  {text}", file=to, flush=True)

    return tell


def add_json(parser: argparse.ArgumentParser) -> None:
    """The one option of all commands that report."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def add_json_file(parser: argparse.ArgumentParser) -> None:
    """The same option of a command that measures for long and takes no further arguments: it may
    put the JSON into a file and go on telling what it does."""
    parser.add_argument(
        "--json",
        nargs="?",
        const=ON_STDOUT,
        type=_json_file,
        metavar="FILE",
        help="print JSON instead of text; with FILE: write it there, besides the text",
    )


def _json_file(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("a file needs a name")
    return text


def report(to: str | None, value: object, *text: str) -> None:
    """What was measured, as add_json_file()'s option has it. OSError or UserError if the file
    cannot be written, after the text."""
    if to == ON_STDOUT:
        print_json(value)
        return
    print(*text, sep="\n", flush=True)
    if to:
        files.write(Path(to), json.dumps(value, indent=2) + "\n")


def print_json(value: object) -> None:
    """What a command reports, as one value."""
    print(json.dumps(value, indent=2))


def print_event(event: dict) -> None:
    """What a command that goes on shows with --json: one object per line, when it happens."""
    print(json.dumps(event), flush=True)


def meant(text: str, choices: Iterable[str]) -> str:
    """A guess at a misspelt word, to be put behind the complaint."""
    by_lower = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(text.lower(), by_lower, n=3, cutoff=0.6)
    return f", did you mean {' or '.join(by_lower[name] for name in found)}?" if found else ""


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as they have to be; numbers to the right. Never cut, never wrapped."""
    from rich.console import Console
    from rich.table import Table

    cells = [[*map(_cell, row)] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, head in enumerate(heads):
        right = bool(cells) and all(isinstance(row[number], tuple) for row in cells)
        table.add_column(head, justify="right" if right else "left", no_wrap=True)
    for row in cells:
        table.add_row(*(cell[0] if isinstance(cell, tuple) else cell for cell in row))
    # As wide as it takes: what is cut cannot be copied, and a pipe has no width.
    shown = io.StringIO()
    plain = {"highlight": False, "markup": False, "emoji": False}
    on_terminal = sys.stdout.isatty()
    Console(file=shown, width=_WIDTH, force_terminal=on_terminal, **plain).print(table)
    for line in shown.getvalue().splitlines():
        print(line.rstrip())


def _cell(value: object) -> str | tuple[str]:
    if isinstance(value, float):
        return (f"{value:.2f}",)
    return (str(value),) if isinstance(value, int) else str(value)
