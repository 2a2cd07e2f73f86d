"""`qsota at`: AT commands for the module, through its board or straight."""

import argparse

from qsota_tools.common import ui
from qsota_tools.common.arguments import seconds
from qsota_tools.provision.at_dialogue import ask
from qsota_tools.provision.module_wire import add_wire, wire

EXAMPLES = """
qsota at 'AT+CSQ'
qsota at 'AT+QIOTSTATE?' 'AT+QIOTMCUVER?' --json
qsota at --module /dev/ttyUSB0 --baud 9600 'AT+IPR=115200;&W'
"""

_TIMEOUT_S = 5.0


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "at",
        description="Send AT commands to the module and show what it answers; exit 1 if one of "
        "them fails or gets no answer. The board's application is interrupted for that, and "
        "restarted. Mind that any AT+QIOTMCUVER=... is a verdict while an upgrade is open.",
    )
    parser.add_argument("commands", nargs="+", metavar="COMMAND", help="such as 'AT+CSQ'")
    add_wire(parser)
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=_TIMEOUT_S,
        metavar="S",
        help="for each answer (default: %(default)s)",
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    answers = []
    with wire(args) as module:
        for command in args.commands:
            answer = ask(module, command, int(args.timeout * 1000))
            answers.append((command, answer))
            if not args.json:
                shown = answer.final or "(no final result code)"
                print(*answer.lines, shown, sep="\n", flush=True)
    if args.json:
        ui.print_json(
            [{"command": c, "lines": a.lines, "final": a.final or None} for c, a in answers]
        )
    return 0 if all(answer.good for _, answer in answers) else 1
