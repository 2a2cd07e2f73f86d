"""`qsota log`: the last messages of a board on USB."""

import argparse

from qsota_tools.provision.program import interrupted
from qsota_tools.provision.repl_link import add_port


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "log",
        description="Show the last messages of the loader and the updater. The application is "
        "interrupted for that, and restarted.",
    )
    add_port(parser)


def run(args: argparse.Namespace) -> int:
    with interrupted(args.port) as program:
        print("\n".join(program.log))
    return 0
