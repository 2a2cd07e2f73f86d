"""The key of every command that signs or checks a signature, and its password."""

import argparse
import getpass
import os
import sys
from pathlib import Path

from qsota_tools.common.errors import UserError
from qsota_tools.package import keys


def add_password(parser: argparse.ArgumentParser) -> None:
    """For a command with an option --key."""
    parser.add_argument(
        "--password-env",
        metavar="VAR",
        help="the environment variable that holds the password of an encrypted key (default: it "
        "is asked for)",
    )


def from_environment(name: str) -> bytes:
    """The password in that variable; UserError if it is not set."""
    text = os.environ.get(name)
    if not text:
        raise UserError(f"--password-env {name}: there is no such variable, or it is empty")
    return text.encode()


def private_key(args: argparse.Namespace) -> keys.PrivateKey | None:
    """The key that the options name, if they name one; UserError."""
    _check(args)
    return keys.load_private(args.key, _password(args)) if args.key else None


def modulus(args: argparse.Namespace) -> bytes | None:
    """The public part of the key that the options name, if they name one; UserError."""
    _check(args)
    return keys.load_modulus(args.key, _password(args)) if args.key else None


def _check(args: argparse.Namespace) -> None:
    if args.password_env and not args.key:
        raise UserError("--password-env is for the key of --key: leave it out")


def _password(args: argparse.Namespace) -> keys.Password:
    """Where the password comes from, should it be needed."""
    if args.password_env:
        return from_environment(args.password_env)
    return lambda: _asked_for(args.key)


def _asked_for(path: Path) -> bytes:
    if not sys.stdin.isatty():
        text = "is encrypted: name the variable that holds its password by --password-env"
        raise UserError(f"{path}: {text}")
    return getpass.getpass(f"password of {path}: ").encode()


def new_password(path: Path) -> bytes:
    """One that is typed twice; UserError."""
    if not sys.stdin.isatty():
        raise UserError("there is nobody to ask for a password: give it by --password-env")
    first = getpass.getpass(f"new password of {path}: ")
    if not first or first != getpass.getpass("again: "):
        raise UserError("the two are not the same, or empty")
    return first.encode()
