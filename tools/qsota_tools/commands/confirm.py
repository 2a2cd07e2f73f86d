"""`qsota confirm`: keep the version that is on trial on a board on USB."""

import argparse

from qsota.session import trial
from qsota_tools.common import ui
from qsota_tools.provision.repl_link import add_port
from qsota_tools.provision.verdict import end_trial

EXAMPLES = """
qsota confirm
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "confirm",
        description="Keep the version that is on trial, as if its self-test had passed. The "
        "application is interrupted for that, and restarted; it then reports the version.",
    )
    add_port(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    version = end_trial(args.port, trial.confirm)
    if args.json:
        ui.print_json({"confirmed": version})
    else:
        print(f"confirmed {version}")
    return 0
