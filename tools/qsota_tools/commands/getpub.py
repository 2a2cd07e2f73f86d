"""`qsota getpub`: the public part of a key, as the line of a board file."""

import argparse
from pathlib import Path

from qsota_tools.commands._key import add_password, modulus
from qsota_tools.common import ui
from qsota_tools.package import keys

EXAMPLES = """
qsota getpub release.pem
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "getpub", description="Print the line that makes a board take packages of this key only."
    )
    parser.add_argument("key", type=Path, metavar="PEM", help="a private or a public key")
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    show_public(args.key, modulus(args), args.json)
    return 0


def show_public(path: Path, public: bytes, as_json: bool) -> None:
    """What a board file needs of a key."""
    number = f"{keys.key_id(public):08x}"
    if as_json:
        ui.print_json({"file": str(path), "key": number, "line": public.hex()})
        return
    print(f"# key {number}, for the top of the board file")
    print(f'keys = ["{public.hex()}"]')
