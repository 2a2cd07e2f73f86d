"""`qsota verify`: whether a board would take a package, and its signature."""

import argparse
from pathlib import Path

from qsota_tools import boards
from qsota_tools.commands._key import add_password, modulus
from qsota_tools.common import ui
from qsota_tools.common.errors import UserError
from qsota_tools.package.inspect import image_in
from qsota_tools.package.judge import check_board, check_signature, load

EXAMPLES = """
qsota verify node.bin --key release.pem
qsota verify delta.bin --board ./MINE.toml --base old.bin
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "verify",
        description="Check a package as the device does: whole, unpacked, and signed by a key "
        "that it knows (exit 1 if not).",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--key", type=Path, metavar="PEM", help="private or public key")
    source.add_argument("--board", help="a board file with keys")
    parser.add_argument(
        "--base", type=Path, metavar="PKG", help="what a delta starts from: its image is checked"
    )
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    base = image_in(args.base, None) if args.base else None
    public = modulus(args)
    board = boards.load(args.board) if args.board else None
    if board and "keys" not in board:
        raise UserError(f"{args.board} has no keys: it takes unsigned packages")
    header, data = load(args.file, base)
    try:
        if board:
            check_board(header, board, data)
        else:
            check_signature(header, data, public)
    except UserError as error:
        raise UserError(f"{args.file}: {error}") from None
    checked = not header.base_size or base is not None
    if args.json:
        found = {"file": str(args.file), "signed_by": f"key {header.key_id:08x}"}
        ui.print_json({**found, "image_checked": checked})
        return 0
    unchecked = "" if checked else ", its image not checked without --base"
    print(f"{args.file}: signed by key {header.key_id:08x}{unchecked}")
    return 0
