"""`qsota keygen`: a key to sign packages with."""

import argparse
from pathlib import Path

from qsota_tools.commands._key import from_environment, new_password
from qsota_tools.commands.getpub import show_public
from qsota_tools.common import ui
from qsota_tools.package import keys

EXAMPLES = """
qsota keygen release.pem
qsota keygen release.pem --password
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "keygen",
        description="Make a key to sign packages with, and print the line that makes a board "
        "take no others (`qsota getpub` prints it again).",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the private key: keep it secret")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password", action="store_true", help="ask for one, and encrypt the key")
    secret.add_argument(
        "--password-env", metavar="VAR", help="encrypt it by what this environment variable holds"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    password = from_environment(args.password_env) if args.password_env else None
    if args.password:
        password = new_password(args.file)
    key = keys.generate()
    keys.save(key, args.file, password)
    show_public(args.file, keys.modulus(key), args.json)
    return 0
