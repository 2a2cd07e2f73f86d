"""`qsota log`: the last messages of a board on USB."""

import argparse

from qsota_tools.common import ui
from qsota_tools.common.arguments import seconds
from qsota_tools.common.errors import UserError
from qsota_tools.provision.console import follow
from qsota_tools.provision.program import interrupted
from qsota_tools.provision.repl_link import add_port, find_port

EXAMPLES = """
qsota log --port /dev/ttyACM0
qsota log --follow
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "log",
        description="Show the last messages of the loader and the updater. The application is "
        "interrupted for that, and restarted. With --follow nothing is interrupted: what the "
        "board prints from now on is shown, over its resets, until Ctrl-C.",
    )
    add_port(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="show what is printed")
    parser.add_argument(
        "--timeout", type=seconds, metavar="S", help="stop to follow after S seconds"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.follow:
        return _follow(args)
    if args.timeout:
        raise UserError("--timeout is for --follow: leave it out")
    with interrupted(args.port) as program:
        if args.json:
            ui.print_json({"log": program.log})
        else:
            print("\n".join(program.log), flush=True)
    return 0


def _follow(args: argparse.Namespace) -> int:
    """As JSON: one object per line, as every command that shows what is going on."""
    for t, text in follow(args.port or find_port(), args.timeout):
        if args.json:
            ui.print_event({"event": "log", "t": t, "text": text})
        else:
            print(text, flush=True)
    return 0
