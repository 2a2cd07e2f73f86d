"""`qsota boards`: the boards that qsota knows, and those that it cannot serve."""

import argparse
import sys

from qsota_tools import boards
from qsota_tools.common import ui
from qsota_tools.common.errors import UserError

EXAMPLES = """
qsota boards
qsota boards --json
"""

_KB = 1024


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "boards", description="List the boards that qsota knows, and those that it cannot serve."
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="check these board files instead: NAME.toml"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.files:
        return _check(args.files, args.json)
    found, broken = [], []
    for name in boards.known():
        try:
            found.append(boards.load(name))
        except UserError as error:
            broken.append(str(error))
    if args.json:
        ui.print_json({"boards": found, "unsupported": boards.unsupported(), "broken": broken})
    else:
        _show(found)
    for text in broken:
        print(f"qsota: {text}", file=sys.stderr)
    return 1 if broken else 0


def _check(files: list[str], as_json: bool) -> int:
    """Name all that is wrong with each of the files."""
    problems: dict[str, str | None] = {}
    for file in files:
        try:
            boards.load(file if file.endswith(".toml") else f"{file}.toml")
            problems[file] = None
        except UserError as error:
            problems[file] = str(error)
    if as_json:
        ui.print_json(problems)
    else:
        for file, problem in problems.items():
            print(problem or f"{file} is valid")
    return 1 if any(problems.values()) else 0


def _show(found: list[boards.Board]) -> None:
    heads = ("BOARD", "CHIP", "STORAGE", "2 SLOTS OF", "MODULE AT", "UART", "DESCRIPTION")
    ui.print_table(heads, map(_row, found))
    print("\nNot supported:")
    for name, why in boards.unsupported().items():
        print(f"{name:<26} {why['reason']}. Use {' or '.join(why['use'])}")


def _row(board: boards.Board) -> tuple[str, ...]:
    flash, slot, uart = board["flash"], board["areas"]["slot_a"], board["uart"]
    pins = f"GP{uart['tx']} TX, GP{uart['rx']} RX" if "tx" in uart else "the board's pins"
    return (
        board["name"],
        board.get("chip", board["port"]),
        f"{flash['size'] // _KB} KB",
        f"{slot[1] // _KB} KB",
        pins,
        f"{uart['id']}, {uart['baud']} baud, {uart['receive']}",
        board["title"],
    )
