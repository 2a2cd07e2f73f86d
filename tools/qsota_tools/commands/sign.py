"""`qsota sign`: puts a signature into a package."""

import argparse
from pathlib import Path

from qsota.errors import PackageError
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys
from qsota_tools.package.signing import sign


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser("sign", description="Sign a package.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, required=True, metavar="PEM", help="private key")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="(default: in place)")


def run(args: argparse.Namespace) -> int:
    try:
        data = sign(args.file.read_bytes(), keys.load_private(args.key))
    except PackageError as error:
        raise UserError(f"{args.file}: no package ({error.reason})") from None
    (args.output or args.file).write_bytes(data)
    return 0
