"""The `qsota` command: finds the subcommand, loads its module only, and turns errors into text."""

import argparse
import errno
import os
import sys
import traceback
from collections.abc import Sequence

from qsota_tools.commands._parser import COMMANDS, command, parser
from qsota_tools.common import shim, ui
from qsota_tools.common.errors import UserError

_BROKEN_PIPE, _BUG = 141, 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code (see EXIT_CODES)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    _take_any_terminal()
    shim.install()
    try:
        args = _parse(argv)
    except UserError as error:
        return _say(error)
    ui.set_loudness(args.quiet, args.verbose)
    try:
        return command(args.command).run(args)
    except UserError as error:
        return _say(error)
    except BrokenPipeError:
        return _BROKEN_PIPE
    except OSError as error:
        return _say(_system_error(error))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if _is_interrupt(error):
            return 130
        if args.verbose:
            traceback.print_exc()
        _say(f"a fault of qsota itself ({type(error).__name__}: {error}); -v shows where")
        return _BUG


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is the cause: a lock whose acquire() it interrupted fails at its release."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _parse(argv: list[str]) -> argparse.Namespace:
    names = [*COMMANDS, "help"]
    argv = argv or ["--help"]
    first = argv[0]
    if first == "help":
        argv = [*argv[1:2], "--help"]
        first = argv[0]
    if not first.startswith("-") and first not in names:
        top = parser(())
        top.error(f"there is no command {first!r}{ui.meant(first, names)}; see `qsota --help`")
    _refuse_empty(argv)
    return parser(argv[:1]).parse_args(argv)


def _refuse_empty(argv: list[str]) -> None:
    """Nothing that can be given is ever meant to be empty: a shell variable was not set."""
    for before, text in zip(["", *argv], argv, strict=False):
        name, sign, value = text.partition("=")
        if not text or (sign and not value and name.startswith("--")):
            what = name or (before if before.startswith("-") else "an argument")
            parser(()).error(f"{what} is empty")


def _say(problem: object) -> int:
    print(f"qsota: {problem}", file=sys.stderr)
    return 1


def _system_error(error: OSError) -> str:
    if error.filename:
        return f"{error.filename}: {error.strerror}"
    if error.errno == errno.ENOSPC:  # of a file we know the name
        return f"standard output: {error.strerror}"
    return str(error)


def _take_any_terminal() -> None:
    """What it cannot show is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def flush(code: int) -> int:
    """Write out what standard output still holds; the exit code that is right then."""
    try:
        if sys.stdout:
            sys.stdout.flush()
        if code != _BROKEN_PIPE:
            return code
    except BrokenPipeError:
        code = _BROKEN_PIPE
    except OSError as error:
        code = code or _say(f"standard output: {error.strerror}")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
