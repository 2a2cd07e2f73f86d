"""The `qsota` command: finds the subcommand, loads its module only, and turns errors into text."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from qsota_tools.common import shim
from qsota_tools.common.errors import UserError

# A module of commands/ for each, with add_parser() and run(), and one line of help.
COMMANDS = {
    "new": "make a first application, with a test",
    "build": "build a package from an application directory",
    "inspect": "explain a package, or say what is wrong with it",
    "delta": "make a package that turns one version into another",
    "keygen": "make a key to sign packages with",
    "sign": "sign a package",
    "verify": "check the signature of a package",
    "boards": "list the boards",
    "flash": "provision a board over USB: loader, settings, first application",
    "status": "show versions, slots and the boot record of a board on USB",
    "log": "show the last messages of a board on USB",
    "confirm": "keep the version that is on trial on a board on USB",
    "revert": "end the trial on a board on USB: back to the version before",
    "factory": "make the storage image of a freshly provisioned board",
    "sim": "simulate the module and its cloud on a serial port",
    "board": "run a virtual board on a serial port",
    "emulated": "prove upgrades on an emulated board with stock MicroPython",
    "bench": "measure package sizes and decoders",
    "campaign": "cut the power and the link of upgrades, everywhere",
    "demo": "show a complete upgrade, and a reverted one",
}


def _command(name: str):
    return importlib.import_module(f"qsota_tools.commands.{name}")


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qsota", description="Firmware updates through a Quectel module's UART."
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        if name == wanted:
            _command(name).add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code: 0, 1 (failed) or 2 (wrong usage)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    shim.install()
    args = _parser(argv[0] if argv else None).parse_args(argv)
    try:
        return _command(args.command).run(args)
    except UserError as error:
        print(f"qsota: {error}", file=sys.stderr)
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else error
        print(f"qsota: {text}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
