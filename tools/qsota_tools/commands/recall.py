"""`qsota recall`: back to the version before, without a download."""

import argparse
from pathlib import Path

from qsota_tools.commands._form import print_form, print_json
from qsota_tools.commands._key import add_password, private_key
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError
from qsota_tools.package.judge import load
from qsota_tools.package.recall import make_recall
from qsota_tools.package.signing import sign

EXAMPLES = """
qsota recall --to node_1_0_0.bin -o back_to_1_0_0.bin
qsota recall --to node_1_0_0.bin -o back_to_1_0_0.bin --key release.pem --allow-downgrade
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "recall",
        description="Make a package of 768 bytes that has devices run an image again which they "
        "still hold in their spare slot, with trial, confirmation and report as for any upgrade. "
        "Devices that hold something else there refuse it.",
    )
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="PKG",
        help="the package that once brought that image",
    )
    parser.add_argument(
        "--allow-downgrade",
        action="store_true",
        help="also on devices that have confirmed a higher security counter since",
    )
    parser.add_argument("--key", type=Path, metavar="PEM", help="sign with this private key")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    files.check_output(args.output, args.to, args.key)
    key = private_key(args)
    header, data = load(args.to)
    if header.key_id and not key:
        raise UserError(
            f"{args.to} is signed, and devices with a key take no recall without --key"
        )
    recall = make_recall(data, args.allow_downgrade)
    if key:
        recall = sign(recall, key)
    files.write(args.output, recall)
    show = print_json if args.json else print_form
    show(recall, args.output, "")
    return 0
