"""`qsota sign`: puts a signature into a package."""

import argparse
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from qsota.errors import PackageError
from qsota.update import package
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys


def sign(data: bytes, key: keys.PrivateKey) -> bytes:
    """The package with the signature of that key instead of any that it had."""
    head = bytearray(package.HEADER_SIZE)
    key_id = keys.key_id(keys.modulus(key))
    package.pack(package.parse(data)._replace(key_id=key_id), head)
    signed = bytes(head[: package.SIGNED_SIZE])
    return signed + sign_message(signed, key) + data[package.HEADER_SIZE :]


def sign_message(message: bytes, key: keys.PrivateKey) -> bytes:
    """The 384 bytes of the key's signature of message."""
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


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
