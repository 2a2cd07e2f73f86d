"""The command line as a whole, put together from the arguments of the wanted commands."""

import argparse
import importlib
import importlib.metadata
import textwrap
from collections.abc import Sequence

from qsota_tools.common.errors import needs_posix

# A module of commands/ for each, with add_parser(), run() and EXAMPLES, and one line of help.
COMMANDS = {
    "new": "make a first application, with a test",
    "build": "build a package from an application directory",
    "inspect": "explain a package, or say what is wrong with it",
    "delta": "make a package that turns one version into another",
    "recall": "make a package that goes back to a version without a download",
    "keygen": "make a key to sign packages with",
    "getpub": "print the public part of a key again",
    "sign": "sign a package",
    "verify": "check a package and its signature as the device does",
    "boards": "list the boards",
    "devs": "list the serial ports, and what is at them",
    "flash": "provision a board over USB: loader, settings, first application",
    "status": "show versions, slots, boot record and last messages of a board on USB",
    "doctor": "find what is wrong between a board, its module and the cloud",
    "at": "send AT commands to the module, through its board or straight",
    "log": "show the last messages of a board on USB, or what it prints",
    "traceback": "explain what a board printed of an error",
    "reset": "restart a board on USB",
    "confirm": "keep the version that is on trial on a board on USB",
    "revert": "end the trial on a board on USB: back to the version before",
    "factory": "make the storage image of a freshly provisioned board",
    "sim": "simulate the module and its cloud on a serial port",
    "record": "record the dialogue of a real module, without secrets",
    "center": "serve the Developer Center: console, REST API, boards; or talk to one",
    "board": "run a virtual board on a serial port",
    "emulated": "prove upgrades on an emulated board with stock MicroPython",
    "prove": "make evidence from a board on the bench, or a virtual one",
    "bench": "measure package sizes and decoders",
    "campaign": "cut the power and the link of upgrades, everywhere",
    "fleet": "rehearse a plan with thousands of devices, in virtual time",
    "demo": "show a complete upgrade, and a reverted one",
    "completion": "print what makes a shell complete qsota's commands and options",
}
EXIT_CODES = """exit codes:
  0    done, and good
  1    failed, or what was judged is not good
  2    the command line cannot be understood
  70   a fault of qsota itself: please report it, with what --verbose shows
  130  stopped by Ctrl-C; 143: by SIGTERM
  141  nobody reads the output any more"""
_POSIX_ONLY = {"fcntl", "termios", "tty", "pty", "resource"}


class _Help(argparse.HelpFormatter):
    """Wraps descriptions, and leaves the texts at the end as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(("examples:", "exit codes:")):
            return text
        return super()._fill_text(text, width, indent)


def command(name: str):
    """The module of a command; UserError where this system does not have what it needs."""
    try:
        return importlib.import_module(f"qsota_tools.commands.{name}")
    except ModuleNotFoundError as error:
        if error.name in _POSIX_ONLY:
            raise needs_posix(f"`qsota {name}`") from None
        raise


def parser(wanted: Sequence[str]) -> argparse.ArgumentParser:
    """The whole command line, with the arguments of the wanted commands."""
    top = argparse.ArgumentParser(
        prog="qsota",
        description="Firmware updates through a Quectel module's UART.",
        epilog=EXIT_CODES,
        formatter_class=_Help,
    )
    top.add_argument("--version", action="version", version=f"qsota {version()}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    subparsers.add_parser("help", help="show the help of a command").add_argument(
        "topic", nargs="?", choices=[*COMMANDS], metavar="COMMAND"
    )
    for name, summary in COMMANDS.items():
        if name in wanted:
            _add(subparsers, name)
        else:
            subparsers.add_parser(name, help=summary)
    return top


class _Described:
    """Subparsers that have the one line of help for what is added to them."""

    def __init__(self, subparsers: argparse._SubParsersAction, summary: str):
        self._subparsers = subparsers
        self._summary = summary

    def add_parser(self, name: str, **options) -> argparse.ArgumentParser:
        return self._subparsers.add_parser(name, **{"help": self._summary, **options})


def _add(subparsers: argparse._SubParsersAction, name: str) -> None:
    module = command(name)
    module.add_parser(_Described(subparsers, COMMANDS[name]))
    added = subparsers.choices[name]
    examples = textwrap.indent(textwrap.dedent(module.EXAMPLES).strip(), "  ")
    added.epilog = f"examples:\n{examples}"
    added.formatter_class = _Help
    loudness = added.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes")
    loudness.add_argument("-v", "--verbose", action="store_true", help="also how an error came")


def version() -> str:
    """Of the installed package, which pyproject.toml says."""
    try:
        return importlib.metadata.version("qsota")
    except importlib.metadata.PackageNotFoundError:
        return "of a source tree"
