"""`qsota board`: run a virtual board on a serial port."""

import argparse
import json
import queue
import signal
import sys
from pathlib import Path

from qsota_tools import boards
from qsota_tools.common import files, ui
from qsota_tools.common.arguments import seconds
from qsota_tools.common.errors import UserError
from qsota_tools.common.event_watch import Outcome, watch
from qsota_tools.common.ports import GRAMMAR
from qsota_tools.emulated import live
from qsota_tools.provision.factory import check_root, make_flash, make_storage
from qsota_tools.virtual.goal_version import Goal
from qsota_tools.virtual.power_supply import CUTS
from qsota_tools.virtual.virtual_board import VirtualBoard
from qsota_tools.virtual.vm_process import find_micropython

EXAMPLES = """
qsota board --flash flash.bin --uart /tmp/module --app old.bin
qsota board --flash flash.bin --uart /dev/ttyUSB0 --until 2_0_0 --timeout 60
qsota board --flash blank.bin --uart pty:/tmp/uart --repl pty:/tmp/usb
"""


def _slots(event: dict) -> str:
    slots = zip("AB", event["states"], event["versions"], strict=True)
    return ", ".join(f"{name} {state} {version}".rstrip() for name, state, version in slots)


_LINES = {
    "power_on": lambda e: "power on",
    "boot": lambda e: f"boot after {e['cause']}",
    "log": lambda e: f"| {e['text']}",
    "record": lambda e: f"record {e['seq']}: {_slots(e)}; active {'AB'[e['active']]}",
    "report": lambda e: f"reported {e['component']} {e['version']}",
    "reset": lambda e: "reset",
    "wdt": lambda e: "the watchdog was not fed",
    "cut": lambda e: f"power cut at flash operation {e['op']} ({e['how']})",
    "violation": lambda e: f"VIOLATION: {e['text']}",
    "repl": lambda e: "the program has ended, the board is at its REPL",
    "uart": lambda e: f"UART peer {'is back' if e['connected'] else 'has gone'}",
    "done": lambda e: f"done: {e['reason']}",
}


def _show(event: dict, as_json: bool) -> None:
    text = json.dumps(event) if as_json else f"{event['t']:9.3f} {_LINES[event['event']](event)}"
    print(text, flush=True)


def _cut(text: str) -> tuple[int, str]:
    number, _, how = text.partition(":")
    if not number.isdigit() or int(number) < 1 or how not in ("", *CUTS):
        raise argparse.ArgumentTypeError(f"must be N, or N: and one of {', '.join(CUTS)}")
    return int(number), how or "torn"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "board",
        description="Run the firmware on MicroPython's unix VM, with a file for the flash and a "
        "serial port for the UART. Ctrl-C ends it. With --until, exit 0 once that version is "
        "confirmed and reported, 1 if it is not in time.",
    )
    parser.add_argument("--flash", type=Path, metavar="FILE", required=True, help="the storage")
    parser.add_argument(
        "--uart",
        metavar="PORT",
        help=GRAMMAR,
    )
    parser.add_argument(
        "--emulated",
        action="store_true",
        help="an emulated board that runs the MicroPython of --image, blank unless FILE or "
        "--install is given; --uart is optional then",
    )
    parser.add_argument(
        "--image",
        type=Path,
        metavar="PATH",
        help="MicroPython for it (for a Pico the published 1.25.0)",
    )
    parser.add_argument(
        "--repl",
        metavar="PORT",
        help="the board's USB or console, for mpremote or `qsota flash`: pty:PATH to make one",
    )
    parser.add_argument("--board", default="VIRTUAL", help="any board (default: %(default)s)")
    parser.add_argument(
        "--root",
        type=Path,
        metavar="FILE",
        help="the storage of the firmware, for boards with slots on an SPI flash chip",
    )
    parser.add_argument(
        "--app",
        "--install",
        type=Path,
        metavar="PKG",
        help="first application when FILE is made; without one the board starts in recovery",
    )
    parser.add_argument("--until", metavar="VERSION", help="stop when the upgrade is complete")
    parser.add_argument("--timeout", type=seconds, metavar="S", help="stop after S seconds")
    parser.add_argument(
        "--timing",
        choices=("real", "none"),
        default="real",
        help="erase, program and UART take their time, or none (default: %(default)s)",
    )
    parser.add_argument(
        "--cut",
        type=_cut,
        metavar="N[:HOW]",
        help="cut the power at the Nth flash operation: before, torn (default) or after it",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per event and line")


def run(args: argparse.Namespace) -> int:
    if args.emulated:
        return live.run(args)
    if args.image:
        raise UserError("--image is the firmware of an emulated board: add --emulated")
    if not args.uart:
        raise UserError("a virtual board needs something on its UART: --uart PORT")
    board = boards.load(args.board)
    find_micropython()  # before a file is made
    check_root(board, args.root)
    _provide_flash(args.flash, board, args.app)
    if args.root and not args.root.exists():
        files.write(args.root, make_storage(board))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # lets the board be stopped
    events: queue.SimpleQueue[dict] = queue.SimpleQueue()
    virtual = VirtualBoard(
        *(board, args.flash, args.uart),
        storage=args.root,
        repl=args.repl,
        timing=args.timing,
        on_event=events.put,
    )
    if args.cut:
        virtual.cut_at(*args.cut)
    goal = Goal(board["component"], args.until) if args.until else None

    def outcome(event: dict) -> Outcome | None:
        if event["event"] == "violation":
            return "violation", False
        if goal and goal.reached(event):
            return f"{args.until} is confirmed and reported", True
        return None

    with virtual:
        return watch(
            events, lambda event: _show(event, args.json), outcome, args.timeout, goal is None
        )


def _provide_flash(path: Path, board: boards.Board, install: Path | None) -> None:
    if path.exists():
        if install:
            raise UserError(f"{path} exists: --app is for a new one; remove one of them")
        return
    files.write(path, make_flash(board, files.read(install) if install else None))
    if not install:
        ui.note(f"{path}: made without an application, starts in recovery")
