"""What every command shows in the same way: notes, JSON, and guesses at what was meant."""

import argparse
import difflib
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from qsota_tools.common import files

ON_STDOUT = "-"  # --json without a file

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
