"""`qsota prove`: evidence from a board on the bench."""

import argparse
import contextlib
import hashlib
import sys
from pathlib import Path

from qsota_tools import boards
from qsota_tools.commands import _parser
from qsota_tools.common import files, tables, ui
from qsota_tools.common.arguments import at_least, seconds
from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import GRAMMAR
from qsota_tools.emulated.families import family_of
from qsota_tools.prove import evidence, stand
from qsota_tools.prove.desk import Desk
from qsota_tools.prove.proving import Proving
from qsota_tools.prove.releases import Releases
from qsota_tools.provision import patience

EXAMPLES = """
qsota prove --board RPI_PICO --port /dev/ttyACM0 --module /dev/ttyUSB0 -o pico.json
qsota prove --board RPI_PICO --port /dev/ttyACM0 --module /dev/ttyUSB0 --power "uhubctl -a"
qsota prove --on virtual --board VIRTUAL -o virtual.json
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "prove",
        description="Overwrite a board on USB, upgrade it over the simulated module on an adapter "
        "that is wired to its UART, disturb it, read its flash back, and write a file of evidence "
        "(docs/evidence). Exit 0 if nothing was wrong.",
    )
    parser.add_argument("--board", required=True, help="a name of `qsota boards`, or a .toml file")
    parser.add_argument(
        "--on", choices=stand.RUNGS, default=stand.REAL, help="what it is (default: %(default)s)"
    )
    parser.add_argument("--port", help="serial port of the board's REPL")
    parser.add_argument(
        "--module", metavar="PORT", help=f"where the module is simulated: {GRAMMAR}"
    )
    parser.add_argument(
        "--image", type=Path, metavar="PATH", help="MicroPython of an emulated board"
    )
    parser.add_argument(
        "--resets",
        type=at_least(0),
        default=10,
        metavar="N",
        help="at random moments (%(default)s)",
    )
    parser.add_argument(
        "--power",
        metavar="CMD",
        help="a command that switches the board's supply: CMD off, CMD on",
    )
    parser.add_argument(
        "--seed", type=at_least(0), default=1, metavar="N", help="of those moments"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=300, metavar="S", help="per upgrade (%(default)s)"
    )
    parser.add_argument("--by", default="", metavar="NAME", help="who shows it")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the evidence")
    ui.add_json(parser)
    parser.add_argument(
        "--dir", type=Path, default=Path("build/prove"), help="working files (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    _refuse(args)
    files.clear_work(args.dir)
    releases = Releases(board, args.dir)
    image = _image(args, board)
    module = args.module if args.on == stand.REAL else f"pty:{args.dir / 'module'}"
    with (
        Desk(releases.board, module, args.dir / "dialogue.log", _patience(args)) as desk,
        _stand(args, releases.board, image) as found,
    ):
        tell = ui.teller(None if args.json else sys.stdout)
        proving = Proving(found, desk, releases, tell, args.timeout, args.seed)
        facts = proving.facts()
        steps = list(proving.steps(args.resets))
    if image:
        facts["image_sha256"] = hashlib.sha256(image.read_bytes()).hexdigest()
    document = evidence.document(args.on, board, facts, steps, args.by, _parser.version())
    if args.output:
        files.write_json(args.output, document)
    if args.json:
        ui.print_json(document)
    else:
        _print(document)
    return 1 if document["problems"] else 0


def _refuse(args: argparse.Namespace) -> None:
    wired = args.on == stand.REAL
    if wired and not (args.port and args.module):
        raise UserError("a board on the bench needs --port for its REPL and --module for its UART")
    for name in ("port", "module", "power"):
        if not wired and getattr(args, name):
            raise UserError(f"--{name} is for a board on the bench, not with --on {args.on}")
    if args.image and args.on != stand.EMULATED:
        raise UserError("--image is for --on emulated")


def _image(args: argparse.Namespace, board: boards.Board) -> Path | None:
    if args.on != stand.EMULATED:
        return None
    family = family_of(board)
    family.require()
    return family.image(board, args.image)


def _patience(args: argparse.Namespace) -> float:
    """An emulated board is slower than its clock says: all waits are longer, the module's too."""
    if args.on != stand.EMULATED:
        return 1
    patience.with_emulated()
    return patience.stretch(1)


def _stand(
    args: argparse.Namespace, board: boards.Board, image: Path | None
) -> contextlib.AbstractContextManager:
    module = str(args.dir / "module")
    if args.on == stand.REAL:
        return stand.real(args.port, args.power)
    if args.on == stand.VIRTUAL:
        return stand.virtual(board, module, args.dir)
    return stand.emulated(board, image, module, args.dir)


def _print(document: dict) -> None:
    print()
    rows = [
        (step["claim"], step["seconds"], "wrong" if step["problems"] else "shown", _shown(step))
        for step in document["steps"]
    ]
    tables.show(("CLAIM", "SECONDS", "", "FIGURES"), rows)
    print("\n".join(document["problems"]) or "nothing is wrong")


def _shown(step: dict) -> str:
    figures = step["figures"].items()
    return ", ".join(f"{key} {value}" for key, value in figures if not isinstance(value, list))
