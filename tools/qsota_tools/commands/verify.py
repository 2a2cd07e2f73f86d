"""`qsota verify`: whether a board with these keys would take the signature of a package."""

import argparse
from pathlib import Path

from qsota.boot.board import Board
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "verify", description="Check the signature of a package as the device does (exit 1)."
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--key", type=Path, metavar="PEM", help="private or public key")
    source.add_argument("--board", help="a board file with keys")


def run(args: argparse.Namespace) -> int:
    if args.key:
        known = [keys.load_modulus(args.key)]
    else:
        known = Board(boards.load(args.board)).keys
        if not known:
            raise UserError(f"{args.board} has no keys: it takes unsigned packages")
    data = args.file.read_bytes()
    try:
        header = package.parse(data)
        package.check_signature(header, data, known)
    except PackageError as error:
        raise UserError(f"{args.file}: {error.reason}") from None
    print(f"{args.file}: signed by key {header.key_id:08x}")
    return 0
