"""`qsota demo`: a virtual board upgrades itself over a simulated module; a broken version is
reverted, and a fix arrives as a delta."""

import argparse
from pathlib import Path

from qsota_tools import boards
from qsota_tools.center.cloud import SUCCESS
from qsota_tools.common import files, tables, ui
from qsota_tools.common.arguments import seconds
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import Progress
from qsota_tools.proof.demonstration import FIRST, Demo, Story

EXAMPLES = """
qsota demo
qsota demo --transcript
"""

_LINES = {
    "offered": lambda e: "cloud: plan offered",
    "confirmed": lambda e: "board: confirmed, the module downloads",
    "block": lambda e: f"module: {e['size']} bytes from {e['start']} can be read",
    "boot": lambda e: f"board: boots after {e['cause']}",
    "log": lambda e: f"board: {e['text']}" if e["text"].startswith(("boot:", "record")) else None,
    "plan-ended": lambda e: f"cloud: {e['result']}",
    "report": lambda e: f"board: reports {e['component']} {e['version']}",
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "demo",
        description="Upgrade a virtual board from 1_0_0 to 2_0_0 over a simulated module, then "
        "offer a broken 3_0_0, which is reverted, and a fix as a delta. All packages are signed. "
        "Exit 0 if all went as it should.",
    )
    parser.add_argument(
        "--dir", type=Path, default=Path("build/demo"), help="working files (%(default)s)"
    )
    parser.add_argument(
        "--board",
        default="VIRTUAL",
        help="any board without a flash chip of its own (%(default)s)",
    )
    show = parser.add_mutually_exclusive_group()
    show.add_argument("--transcript", action="store_true", help="print the AT dialogue")
    ui.add_json(show)
    parser.add_argument(
        "--timeout", type=seconds, default=120, metavar="S", help="per upgrade (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    if "storage" in board:
        raise UserError(
            f"{board['name']} has a flash chip of its own: the demo is for boards without"
        )
    trace = _show_line if args.transcript else None
    if args.json:
        demo = Demo(board, args.dir, lambda story: None, lambda event: None)
        demo.run(args.timeout)
        problem = demo.problem()
        ui.print_json({"upgrades": demo.summary(), "problem": problem})
        return 1 if problem else 0
    demo = Demo(board, args.dir, _show_story, Show().event, trace)
    print(f"virtual board {board['name']} runs {FIRST.version} on {demo.interpreter}")
    demo.run(args.timeout)
    summary = demo.summary()
    path = args.dir / "summary.json"
    files.write_json(path, summary)
    problem = demo.problem()
    if problem:
        print(f"FAILED: {problem}")
    _print_summary(summary, path)
    return 1 if problem else 0


def _show_line(direction: str, text: str) -> None:
    print(f"    [{direction}]{text}", flush=True)


def _show_story(story: Story) -> None:
    kind = f"delta from {story.source}" if story.source else "full"
    print(f"\n{story.version}: {len(story.data)} bytes, {kind}, signed")


class Show:
    """Prints what happens, and how far the transfer is."""

    def __init__(self):
        self._progress = Progress()

    def event(self, event: dict) -> None:
        if event["event"] == "read":
            if event["length"] > 1:  # a single byte is a probe, not the package
                self._progress.show(event["start"] + event["length"], event["total"])
        elif text := _LINES.get(event["event"], lambda e: None)(event):
            print(f"  {text}", flush=True)


def _print_summary(summary: list[dict], path: Path) -> None:
    print()
    tables.show(("FROM", "TO", "RESULT", "PACKAGE", "BYTES", "TRANSFER"), map(_row, summary))
    print(f"written to {path}")


def _row(row: dict) -> tuple:
    verdict = "10705 upgraded" if row["result"] == SUCCESS else f"{row['result']} reverted"
    transfer = f"{row['transfer_s']:.2f} s"
    return row["from"], row["to"], verdict, row["package"], row["package_bytes"], transfer
