"""`qsota flash`: provision a board over USB."""

import argparse
import sys
from collections.abc import Container
from pathlib import Path

from qsota_tools import boards
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError
from qsota_tools.provision import usb as provision
from qsota_tools.provision.factory import make_flash, make_storage
from qsota_tools.provision.program import interrupted, resume
from qsota_tools.provision.repl_link import Link, add_port
from qsota_tools.provision.settings import read_settings, with_product
from qsota_tools.provision.uf2 import make_uf2

EXAMPLES = """
qsota flash --board RPI_PICO --app first.bin --pk PRODUCTKEY --ps PRODUCTSECRET
qsota flash --board RPI_PICO --port /dev/ttyACM0 --keep-data
qsota flash --board RPI_PICO --app first.bin --uf2 board.uf2
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "flash",
        description="Write loader, settings and first application to a board that runs stock "
        "MicroPython 1.25 or newer. Only what differs is written; if it is cut, run it again.",
    )
    parser.add_argument("--board", required=True, help="a name of `qsota boards`, or a .toml file")
    add_port(parser)
    parser.add_argument("--app", type=Path, metavar="PKG", help="first application, slot A")
    parser.add_argument("--settings", type=Path, metavar="JSON", help="the product's settings")
    parser.add_argument("--pk", help="product key, into the settings")
    parser.add_argument("--ps", help="product secret, into the settings")
    parser.add_argument("--keep-data", action="store_true", help="leave the data area as it is")
    parser.add_argument("--yes", action="store_true", help="overwrite other files without asking")
    parser.add_argument("--uf2", type=Path, metavar="FILE", help="make a UF2 file instead")
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    _refuse_unused(args)
    board = boards.load(args.board)
    first = files.read(args.app) if args.app else None
    image = make_flash(board, first, _settings(args))
    kept = provision.data_blocks(board) if args.keep_data else ()
    if args.uf2:
        files.write(args.uf2, make_uf2(board, image, kept))
        if args.json:
            ui.print_json({"file": str(args.uf2)})
        else:
            print(f"{args.uf2}: plug the board in with BOOTSEL held, and copy it to the drive")
        return 0
    with interrupted(_write(args, board, image, kept), restarted=True) as program:
        if args.json:
            ui.print_json({"port": program.link.port, "running": program.headline()})
        else:
            print(program.headline())
        runs = program.started and (program.slot is not None or not first)
    return 0 if runs else 1


def _refuse_unused(args: argparse.Namespace) -> None:
    for name in ("port", "yes"):
        if args.uf2 and getattr(args, name):
            raise UserError(f"--{name} is for a board on USB: leave it or --uf2 out")


def _settings(args: argparse.Namespace) -> dict | None:
    settings = with_product(read_settings(args.settings), args.pk, args.ps)
    if settings and args.keep_data:
        raise UserError("--keep-data keeps the settings, too: leave --settings, --pk and --ps out")
    return settings


def _write(
    args: argparse.Namespace, board: boards.Board, image: bytes, kept: Container[int]
) -> str:
    """Bring the image to the board and restart it; returns its port."""
    with Link(args.port) as link:
        try:
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
