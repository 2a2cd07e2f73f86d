"""`qsota new`: a first application, with a test that upgrades it on the virtual board."""

import argparse
from pathlib import Path
from string import Template

from qsota.update import package
from qsota_tools import boards
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError

EXAMPLES = """
qsota new my_node --board RPI_PICO
"""

_TEMPLATE = Path(__file__).parent.parent / "template"


def make_application(directory: Path, board: boards.Board) -> list[Path]:
    """Write the template into a directory that is new or empty; the files. UserError."""
    name = directory.resolve().name
    if not package.valid_name(name, package.COMPONENT_MAX):
        raise UserError(f"{name}: a name is made of A-Z a-z 0-9 _ - .")
    if directory.exists() and any(directory.iterdir()):
        raise UserError(f"{directory} is not empty")
    try:
        return _fill(directory, name, board)
    except BaseException:
        _empty(directory)
        raise


def _fill(directory: Path, name: str, board: boards.Board) -> list[Path]:
    values = {"name": name, "board": board["name"], "title": board["title"]}
    written = []
    for source in sorted(_TEMPLATE.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            target = directory / source.relative_to(_TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            files.write(target, Template(source.read_text()).substitute(values))
            written.append(target)
    return written


def _empty(directory: Path) -> None:
    """Half an application would be in the way of the next attempt, which wants all of it."""
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "new", description="Make a first application: it works, takes updates, and has a test."
    )
    parser.add_argument("directory", type=Path, help="new or empty; its name is the application's")
    parser.add_argument(
        "--board", default="RPI_PICO", help="of the product (default: %(default)s)"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    made = [str(path) for path in make_application(args.directory, board)]
    if args.json:
        ui.print_json({"files": made})
    else:
        print("\n".join(made))
    return 0
