"""`qsota factory`: the whole storage of a board as it leaves provisioning."""

import argparse
from pathlib import Path

from qsota_tools import boards
from qsota_tools.common import files, ui
from qsota_tools.common.progress import waiting
from qsota_tools.provision.factory import check_root, make_flash, make_storage
from qsota_tools.provision.pack import library_size
from qsota_tools.provision.settings import read_settings

EXAMPLES = """
qsota factory --board RPI_PICO --app first.bin --settings product.json -o storage.bin
qsota factory --board PYBV11_W25Q128 --root root.bin -o chip.bin
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "factory",
        description="Make the storage image of a freshly provisioned board: loader, settings and "
        "first application. It belongs where the storage of the firmware starts.",
    )
    parser.add_argument("--board", required=True, help="a name of `qsota boards`, or a .toml file")
    parser.add_argument(
        "--root",
        type=Path,
        metavar="FILE",
        help="the storage of the firmware, for boards with slots on an SPI flash chip",
    )
    parser.add_argument(
        "--app", "--package", type=Path, metavar="PKG", help="first application, slot A"
    )
    parser.add_argument("--settings", type=Path, metavar="JSON", help="the product's settings")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", required=True)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    check_root(board, args.root)
    for output in (args.output, args.root):
        if output:
            files.check_output(output, args.app, args.settings)
    first = files.read(args.app) if args.app else None
    settings = read_settings(args.settings)
    with waiting("compiling the library"):
        flash = make_flash(board, first, settings)
    files.write(args.output, flash)
    if args.root:
        files.write(args.root, make_storage(board))
    library = library_size()
    if args.json:
        ui.print_json({"file": str(args.output), "size": len(flash), "library_size": library})
        return 0
    print(f"{args.output}: {len(flash)} bytes for {board['title']}")
    print(f"the library in it: {library} bytes of .mpy files")
    return 0
