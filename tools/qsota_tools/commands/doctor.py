"""`qsota doctor`: what is wrong between a board, its module and the cloud."""

import argparse
from collections.abc import Iterator

from qsota_tools.common import ui
from qsota_tools.provision.doctor.board_side import board_side
from qsota_tools.provision.doctor.examination import examine
from qsota_tools.provision.doctor.finding import BAD, Finding
from qsota_tools.provision.module_wire import BoardWire, add_wire, attached, wire

EXAMPLES = """
qsota doctor
qsota doctor --port /dev/ttyACM0 --json
qsota doctor --module /dev/ttyUSB0 --baud 9600
"""

_INDENT = 24


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "doctor",
        description="Look at a board on USB and the module that it is wired to, or at a module "
        "alone: wiring, baud rate, SIM card, signal, registration, clock, product key, platform. "
        "One line each, and what to do about it; exit 1 if something is bad. The module is only "
        "asked, nothing is set. The application is interrupted, and restarted.",
    )
    add_wire(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    found: list[Finding] = []
    log: list[str] = []
    for finding in _module_alone(args) if args.module else _board(args, log):
        found.append(finding)
        if not args.json:
            _show(finding)
    bad = any(finding.state == BAD for finding in found)
    if args.json:
        ui.print_json({"good": not bad, "findings": [f._asdict() for f in found], "log": log})
    elif log:
        print("\nlast messages of the board", *log, sep="\n  ")
    return 1 if bad else 0


def _module_alone(args: argparse.Namespace) -> Iterator[Finding]:
    with wire(args) as module:
        yield from examine(module)


def _board(args: argparse.Namespace, log: list[str]) -> Iterator[Finding]:
    """Also its last messages, which its restart takes away."""
    with attached(args) as (link, board, program):
        yield from board_side(link, board, program)
        product = None
        if program:
            log += program.log
            product = (program.settings() or {}).get("pk")
        yield from examine(BoardWire(link, board, args.baud), product, board["component"])


def _show(finding: Finding) -> None:
    print(f"{finding.state:<5} {finding.what:<17} {finding.text}", flush=True)
    if finding.cure:
        print(" " * _INDENT + f"-> {finding.cure}", flush=True)
