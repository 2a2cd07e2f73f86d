"""`qsota boards`: the boards that qsota knows, and those that it cannot serve."""

import argparse
import sys

from qsota_tools import boards
from qsota_tools.boards import heaps
from qsota_tools.boards.schema import json_schema
from qsota_tools.common import tables, ui
from qsota_tools.common.errors import UserError
from qsota_tools.proof.bench import budgets

EXAMPLES = """
qsota boards
qsota boards --json
qsota boards RPI_PICO --toml > MINE.toml
qsota boards ./MINE.toml
"""

_KB = 1024
# As measured; code takes the same on every board where it runs in place, or is copied.
_IN_PLACE, _COPIED = budgets.of("pico"), budgets.of("copied")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "boards", description="List the boards that qsota knows, and those that it cannot serve."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="check these: boards, or files NAME.toml"
    )
    parser.add_argument(
        "--toml", action="store_true", help="print the board file of NAME, to start one from"
    )
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of board files, for editors"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    if sum((args.toml, args.schema, args.json)) > 1 or (args.schema and args.names):
        raise UserError("--toml, --schema and --json are for one thing each: choose one")
    if args.schema:
        ui.print_json(json_schema())
        return 0
    if args.toml:
        return _print_toml(args.names)
    if args.names:
        return _check(args.names, args.json)
    found, broken = [], []
    for name in boards.known():
        try:
            found.append(boards.load(name))
        except UserError as error:
            broken.append(str(error))
    if args.json:
        ui.print_json(
            {
                "boards": [board for board in found if _is_served(board)],
                "without_heap": {b["name"]: _want(b) for b in found if not _is_served(b)},
                "unsupported": boards.unsupported(),
                "broken": broken,
            }
        )
    else:
        _show(found)
    for text in broken:
        print(f"qsota: {text}", file=sys.stderr)
    return 1 if broken else 0


def _print_toml(names: list[str]) -> int:
    if len(names) != 1:
        raise UserError("--toml is for one board: name it")
    boards.load(names[0])
    print(boards.path_of(names[0]).read_text(), end="")
    return 0


def _check(names: list[str], as_json: bool) -> int:
    """Name all that is wrong with each of the boards or files."""
    problems: dict[str, str | None] = {}
    for name in names:
        try:
            boards.load(name)
            problems[name] = None
        except UserError as error:
            problems[name] = str(error)
    if as_json:
        ui.print_json(problems)
    else:
        for name, problem in problems.items():
            print(problem or f"{name} is valid")
    return 1 if any(problems.values()) else 0


def _show(found: list[boards.Board]) -> None:
    heads = ("BOARD", "CHIP", "STORAGE", "2 SLOTS OF", "MODULE AT", "UART", "HEAP", "DESCRIPTION")
    tables.show(heads, map(_row, filter(_is_served, found)))
    print(
        "\nHEAP: what an application may use of it; in brackets, for an update to run beside it.\n"
        "Above that the update takes the application's place."
    )
    print("\nNot served, for want of heap:")
    wanting = [(board["name"], _want(board)) for board in found if not _is_served(board)]
    tables.show(("", ""), wanting)
    print("\nNot supported:")
    reasons = [
        (name, f"{why['reason']}. Use {' or '.join(why['use'])}")
        for name, why in boards.unsupported().items()
    ]
    tables.show(("", ""), reasons)


def _is_served(board: boards.Board) -> bool:
    return heaps.is_served(board, _taken(board, "alone_delta"))


def _taken(board: boards.Board, name: str) -> int:
    return (_IN_PLACE if heaps.is_in_place(board) else _COPIED)[name]


def _want(board: boards.Board) -> str:
    taken = _taken(board, "alone_delta")
    lack = -(heaps.left(board, taken) or 0)
    return (
        f"an update takes {taken // _KB} KB even where it has the board to itself, "
        f"{lack // _KB + 1} KB more than there are"
    )


def _heap(board: boards.Board) -> str:
    most = heaps.left(board, _taken(board, "peak_session"))
    beside = heaps.left_beside(board, _taken(board, "idle"))
    if most is None:
        return "not known"
    always_away = board.get("update") == "instead"
    return f"{most // _KB} KB ({'none' if always_away else f'{beside // _KB} KB'})"


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
        _heap(board),
        board["title"],
    )
