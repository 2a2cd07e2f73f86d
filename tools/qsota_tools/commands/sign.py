"""`qsota sign`: puts a signature into a package."""

import argparse
from pathlib import Path

from qsota_tools.commands._form import print_form, print_json
from qsota_tools.commands._key import add_password, private_key
from qsota_tools.common import files, ui
from qsota_tools.package.inspect import image_in
from qsota_tools.package.judge import load
from qsota_tools.package.signing import sign

EXAMPLES = """
qsota sign node.bin --key release.pem
qsota sign node.bin --key release.pem -o signed.bin
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "sign",
        description="Sign a package that a device would unpack. Its file has other sums then: "
        "what the cloud's upload form asks for is printed anew.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, required=True, metavar="PEM", help="private key")
    parser.add_argument("--base", type=Path, metavar="PKG", help="what a delta starts from")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="(default: in place)")
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    output = args.output or args.file
    files.check_output(output, args.key, args.base)
    key = private_key(args)
    base = image_in(args.base, None) if args.base else None
    source = load(args.base)[0].version if args.base else ""
    _, data = load(args.file, base)
    signed = sign(data, key)
    files.write(output, signed)
    show = print_json if args.json else print_form
    show(signed, output, source)
    return 0
