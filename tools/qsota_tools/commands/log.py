"""`qsota log`: the last messages of a board on USB."""

import argparse

from qsota_tools.common import ui
from qsota_tools.provision.program import interrupted
from qsota_tools.provision.repl_link import add_port

EXAMPLES = """
qsota log --port /dev/ttyACM0
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "log",
        description="Show the last messages of the loader and the updater. The application is "
        "interrupted for that, and restarted.",
    )
    add_port(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    with interrupted(args.port) as program:
        if args.json:
            ui.print_json({"log": program.log})
        else:
            print("\n".join(program.log), flush=True)
    return 0
