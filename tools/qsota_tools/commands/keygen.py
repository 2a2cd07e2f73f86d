"""`qsota keygen`: a key to sign packages with."""

import argparse
from pathlib import Path

from qsota_tools.common import ui
from qsota_tools.package import keys

EXAMPLES = """
qsota keygen release.pem
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "keygen",
        description="Make a key to sign packages with, and print the line that makes a board "
        "take no others.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the private key: keep it secret")
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    key = keys.generate()
    keys.save(key, args.file)
    public = keys.modulus(key)
    if args.json:
        ui.print_json(
            {"file": str(args.file), "key": f"{keys.key_id(public):08x}", "line": public.hex()}
        )
        return 0
    print(f"# key {keys.key_id(public):08x}, for the top of the board file")
    print(f'keys = ["{public.hex()}"]')
    return 0
