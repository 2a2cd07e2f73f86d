"""The `qsota` command: finds the subcommand, loads its module only, and turns errors into text."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from qsota_tools.common import shim
from qsota_tools.common.errors import UserError

# name: (module with add_parser() and run(), one line of help)
COMMANDS = {
    "new": ("commands.new", "make a first application, with a test"),
    "build": ("package.form", "build a package from an application directory"),
    "inspect": ("package.inspect", "explain a package, or say what is wrong with it"),
    "delta": ("package.delta.pair", "make a package that turns one version into another"),
    "keygen": ("package.keys", "make a key to sign packages with"),
    "sign": ("package.signing", "sign a package"),
    "verify": ("package.verify", "check the signature of a package"),
    "boards": ("boards", "list the boards"),
    "flash": ("commands.flash", "provision a board over USB: loader, settings, first application"),
    "status": ("commands.status", "show versions, slots and the boot record of a board on USB"),
    "log": ("commands.log", "show the last messages of a board on USB"),
    "confirm": ("commands.confirm", "keep the version that is on trial on a board on USB"),
    "revert": ("commands.revert", "end the trial on a board on USB: back to the version before"),
    "factory": ("provision.factory", "make the storage image of a freshly provisioned board"),
    "sim": ("commands.sim", "simulate the module and its cloud on a serial port"),
    "board": ("commands.board", "run a virtual board on a serial port"),
    "emulated": (
        "commands.emulated",
        "prove upgrades on an emulated Pico with stock MicroPython",
    ),
    "bench": ("commands.bench", "measure package sizes and decoders"),
    "campaign": ("commands.campaign", "cut the power and the link of upgrades, everywhere"),
    "demo": ("commands.demo", "show a complete upgrade, and a reverted one"),
}


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qsota", description="Firmware updates through a Quectel module's UART."
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        if name == wanted:
            importlib.import_module(f"qsota_tools.{module}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code: 0, 1 (failed) or 2 (wrong usage)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    shim.install()
    args = _parser(argv[0] if argv else None).parse_args(argv)
    try:
        return importlib.import_module(f"qsota_tools.{COMMANDS[args.command][0]}").run(args)
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
