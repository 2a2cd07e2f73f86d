"""`qsota delta`: two packages become one that turns the first version into the second."""

import argparse
from pathlib import Path

from qsota_tools import boards
from qsota_tools.commands._form import print_form, print_json
from qsota_tools.commands._key import add_password, private_key
from qsota_tools.common import files, ui
from qsota_tools.common.progress import waiting
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.judge import load
from qsota_tools.package.signing import sign

EXAMPLES = """
qsota delta old.bin new.bin -o old_to_new.bin --key release.pem
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "delta",
        description="Make a package that turns one version into another. Devices that run the "
        "old one take it, all others refuse it and need the full package.",
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="the package that devices run now")
    parser.add_argument("new", type=Path, metavar="NEW", help="the full package of the next one")
    parser.add_argument("--board", help="the board file, if it is not one of `qsota boards`")
    parser.add_argument("--key", type=Path, metavar="PEM", help="sign with this private key")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    files.check_output(args.output, args.old, args.new, args.key)
    key = private_key(args)
    old_header, old = load(args.old)
    new_header, new = load(args.new)
    board = boards.load(args.board or new_header.board)
    with waiting("looking for what is the same in both") as share:
        data = make_delta(old, new, board, share)
    if key:
        data = sign(data, key)
    files.write(args.output, data)
    show = print_json if args.json else print_form
    show(data, args.output, old_header.version)
    return 0
