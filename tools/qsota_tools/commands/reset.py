"""`qsota reset`: a board on USB starts again."""

import argparse

from qsota_tools.common import ui
from qsota_tools.provision.program import resume
from qsota_tools.provision.repl_link import Link, add_port

EXAMPLES = """
qsota reset
qsota reset --port /dev/ttyACM0
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "reset",
        description="Restart a board, provisioned or not. A trial keeps its attempts; the last "
        "messages, which a reset clears, are shown.",
    )
    add_port(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    with Link(args.port) as link:
        log = link.found[4]
        resume(link)
    if args.json:
        ui.print_json({"reset": link.port, "log": log})
    else:
        print(*log, f"{link.port} was reset", sep="\n")
    return 0
