"""`qsota traceback`: what a board printed, with the places of the library's source."""

import argparse
import sys
from pathlib import Path

from qsota_tools.common import files
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package.places import explain

EXAMPLES = """
qsota traceback console.txt
qsota traceback -
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "traceback",
        description="Print a text with the functions of qsota's library by their names and lines: "
        "on a board they have shorter names, and no lines. It must be the library of this qsota.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="what a board printed; - for stdin"
    )


def run(args: argparse.Namespace) -> int:
    if str(args.file) == "-":
        for line in sys.stdin:
            print(explain(FIRMWARE, line), end="", flush=True)
    else:
        print(explain(FIRMWARE, files.read_text(args.file)), end="")
    return 0
