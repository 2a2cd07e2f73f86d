"""`qsota flash`: provision a board over USB."""

import argparse
import sys
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from qsota_tools import boards
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import waiting
from qsota_tools.provision import usb as provision
from qsota_tools.provision.factory import make_flash, make_storage
from qsota_tools.provision.program import interrupted, resume
from qsota_tools.provision.recognise import recognise
from qsota_tools.provision.repl_link import Link, add_port
from qsota_tools.provision.settings import read_settings, with_product
from qsota_tools.provision.uf2 import make_uf2, with_micropython

EXAMPLES = """
qsota flash --app first.bin --pk PRODUCTKEY --ps PRODUCTSECRET
qsota flash --board RPI_PICO --port /dev/ttyACM0 --keep-data
qsota flash --board RPI_PICO --app first.bin --uf2 board.uf2
qsota flash --board RPI_PICO --app first.bin --uf2 all.uf2 --micropython RPI_PICO.uf2
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "flash",
        description="Write loader, settings and first application to a board that runs stock "
        "MicroPython 1.25 or newer. Only what differs is written; if it is cut, run it again.",
    )
    parser.add_argument(
        "--board", help="a name of `qsota boards`, or a .toml file (default: it is recognised)"
    )
    add_port(parser)
    parser.add_argument("--app", type=Path, metavar="PKG", help="first application, slot A")
    parser.add_argument("--settings", type=Path, metavar="JSON", help="the product's settings")
    parser.add_argument("--pk", help="product key, into the settings")
    parser.add_argument("--ps", help="product secret, into the settings")
    parser.add_argument("--keep-data", action="store_true", help="leave the data area as it is")
    parser.add_argument("--yes", action="store_true", help="overwrite other files without asking")
    parser.add_argument("--uf2", type=Path, metavar="FILE", help="make a UF2 file instead")
    parser.add_argument(
        "--micropython", type=Path, metavar="UF2", help="put this MicroPython into that file, too"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    _refuse_unused(args)
    board = boards.load(args.board) if args.board else None
    wanted = _Wanted(files.read(args.app) if args.app else None, _settings(args), args.keep_data)
    if args.uf2:
        return _make_uf2(args, board, wanted)
    with interrupted(_write(args, board, wanted), restarted=True) as program:
        if args.json:
            found = {"board": program.board["name"], "running": program.headline()}
            ui.print_json({"port": program.link.port, **found})
        else:
            print(program.headline())
        runs = program.started and (program.slot is not None or not wanted.first)
    return 0 if runs else 1


class _Wanted(NamedTuple):
    """What is to be on the board besides loader and library."""

    first: bytes | None
    settings: dict | None
    keep_data: bool

    def image(self, board: boards.Board) -> tuple[bytes, Container[int]]:
        """The bytes of the board's flash, and its erase units that stay as they are."""
        kept = provision.data_blocks(board) if self.keep_data else ()
        with waiting("compiling the library"):
            return make_flash(board, self.first, self.settings), kept


def _make_uf2(args: argparse.Namespace, board: boards.Board, wanted: _Wanted) -> int:
    content = make_uf2(board, *wanted.image(board))
    if args.micropython:
        content = with_micropython(board, content, args.micropython)
    files.write(args.uf2, content)
    if args.json:
        ui.print_json({"file": str(args.uf2)})
    else:
        print(f"{args.uf2}: plug the board in with BOOTSEL held, and copy it to the drive")
    return 0


def _refuse_unused(args: argparse.Namespace) -> None:
    for name in ("port", "yes"):
        if args.uf2 and getattr(args, name):
            raise UserError(f"--{name} is for a board on USB: leave it or --uf2 out")
    if args.uf2 and not args.board:
        raise UserError("a UF2 file is for one kind of board: name it with --board")
    if args.micropython and not args.uf2:
        raise UserError("--micropython goes into the file of --uf2: leave it out, or name both")
    if args.uf2:
        files.check_output(args.uf2, args.app, args.settings, args.micropython)


def _settings(args: argparse.Namespace) -> dict | None:
    settings = with_product(read_settings(args.settings), args.pk, args.ps)
    if settings and args.keep_data:
        raise UserError("--keep-data keeps the settings, too: leave --settings, --pk and --ps out")
    return settings


def _write(args: argparse.Namespace, board: boards.Board | None, wanted: _Wanted) -> str:
    """Bring what is wanted to the board, which is recognised if nobody has said what it is, and
    restart it; returns its port."""
    made = wanted.image(board) if board else None  # what cannot be made interrupts no program
    with Link(args.port) as link:
        try:
            board = board or recognise(link)
            image, kept = made or wanted.image(board)
            _check(args, board, link)
        except BaseException:
            resume(link)
            raise
        link.soft_reset()
        root = make_storage(board) if "storage" in board else b""
        try:
            written = provision.write_image(link, board, image, kept, root)
        except KeyboardInterrupt:
            raise UserError("stopped half-way: run the command again") from None
        if not args.json:
            print(f"{written} of {provision.unit_count(board)} erase units were written")
        link.restart()
        return link.port


def _check(args: argparse.Namespace, board: boards.Board, link: Link) -> None:
    names, what = provision.check_identity(link, board)
    if not args.json:
        print(what)
    provision.check_flash(link, board)
    if args.keep_data:
        provision.check_data(link, board)
    if provision.is_foreign(link, names) and not args.yes:
        _ask(names)


def _ask(names: list[str]) -> None:
    question = f"the board holds other files ({', '.join(names)}): overwrite everything?"
    if not sys.stdin.isatty():
        raise UserError(f"{question} Say so with --yes")
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise UserError("nothing was changed")
