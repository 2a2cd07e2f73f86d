"""`qsota revert`: end the trial on a board on USB."""

import argparse

from qsota.session import trial
from qsota_tools.common import ui
from qsota_tools.provision.repl_link import add_port
from qsota_tools.provision.verdict import end_trial

EXAMPLES = """
qsota revert
"""

_REASON = "by-hand"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "revert",
        description="Go back from the version that is on trial to the one before, which reports "
        "itself. The application is interrupted for that.",
    )
    add_port(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    version = end_trial(args.port, lambda state: trial.revert(state, _REASON))
    if args.json:
        ui.print_json({"reverted": version})
    else:
        print(f"reverted {version}")
    return 0
