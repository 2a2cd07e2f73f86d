"""`qsota emulated`: the proof on an emulated board that runs a stock MicroPython image."""

import argparse
import os
import sys
from pathlib import Path
from typing import TextIO

from qsota_tools import boards
from qsota_tools.commands import _parser
from qsota_tools.common import files, ui
from qsota_tools.common.arguments import at_least
from qsota_tools.common.errors import UserError, needs_posix
from qsota_tools.emulated import tables as report
from qsota_tools.emulated.beside import Beside
from qsota_tools.emulated.families import DEFAULT, NAMES, family_of
from qsota_tools.emulated.machine import Contents
from qsota_tools.emulated.provision import provision, stored
from qsota_tools.prove import emulation, evidence
from qsota_tools.provision import patience
from qsota_tools.provision.factory import make_flash, make_storage

EXAMPLES = """
qsota emulated --cuts 40
qsota emulated --board RPI_PICO --image RPI_PICO.uf2
qsota emulated --factory --cuts 4
qsota emulated --heap 81920 --cuts 4
"""

_HEAP_MIN = 65_536


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "emulated",
        description="Provision a blank emulated board, upgrade it over the simulated module, "
        "offer it a broken version, then cut the power in flash operations of that upgrade. Exit "
        "0 if it comes back each time with a whole application that the cloud knows.",
    )
    parser.add_argument(
        "--board", default=DEFAULT, metavar="NAME", help=f"{', '.join(NAMES)} (%(default)s)"
    )
    parser.add_argument(
        "--image",
        type=Path,
        metavar="PATH",
        help="MicroPython for it: a .uf2, .dfu or .hex file, or a name like "
        "RPI_PICO-20260824-v1.29.0.uf2 that is downloaded from micropython.org (for a Pico the "
        "published 1.25.0)",
    )
    parser.add_argument(
        "--factory",
        action="store_true",
        help="begin with a board as it leaves provisioning, which takes the longest",
    )
    parser.add_argument(
        "--heap",
        type=at_least(_HEAP_MIN),
        metavar="N",
        help="from factory images: a Pico with so many bytes of heap, as of a smaller board",
    )
    parser.add_argument(
        "--cuts", type=at_least(0), default=40, metavar="N", help="0: none (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs",
        type=at_least(1),
        default=os.cpu_count(),
        metavar="N",
        help="processes (%(default)s)",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the evidence")
    parser.add_argument("--by", default="", metavar="NAME", help="who shows it, in that file")
    parser.add_argument(
        "--dir", type=Path, default=Path("build/emulated"), help="working files (%(default)s)"
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    if not hasattr(os, "fork"):
        raise needs_posix("`qsota emulated`")
    board = boards.load(args.board)
    if args.heap and board["port"] != "rp2":
        raise UserError("--heap is for boards with an RP2 chip")
    if args.heap and args.output:
        raise UserError("--heap is no evidence of a board: it has no --output")
    family = family_of(board)
    family.require()
    patience.with_emulated()
    args.image = family.image(board, args.image)
    blank = family.blank(board, args.image)
    facts = emulation.facts(blank.inside or blank.flash, board["build"], args.image)
    files.clear_work(args.dir)
    steps, cuts = _prove(args, board, blank)
    found = report.problems(steps, cuts)
    if args.json:
        ui.print_json({"steps": steps, "cuts": cuts, "problems": found})
    else:
        print("\n" + report.summary(steps, cuts))
        print("\n".join(found) or "nothing is wrong")
    if args.output:
        told = emulation.steps(steps, cuts)
        version = _parser.version()
        document = evidence.document("emulated", board, facts, told, args.by, version)
        files.write_json(args.output, document)
    return 1 if found else 0


def _prove(args: argparse.Namespace, board: boards.Board, blank: Contents) -> tuple[list, list]:
    """The steps, each on what the one before left, and the cuts."""
    from qsota_tools.emulated.cuts import Cuts
    from qsota_tools.emulated.proof import FIRST, Proof, packages
    from qsota_tools.proof.bench import narrow

    family, root_files = family_of(board), {}
    if args.heap:
        board, root_files = narrow.small(board), {"boot.py": narrow.boot(args.heap)}
    flash = make_flash(board, packages(board)[FIRST], root=root_files)
    root = make_storage(board) if "storage" in board else b""
    tell = ui.teller(_listener(args.json))
    steps = []
    if args.factory or args.heap:
        tell(f"{board['title']} from its factory images")
    elif family.has_console(board):
        tell(f"a blank {board['title']} is provisioned over mpremote")
        steps.append(provision(board, args.image, flash, root, args.dir))
        flash, root = stored(args.dir)
    else:
        tell(
            f"{board['title']} from its factory images: its console is on USB, which it lacks here"
        )
    cuts = Cuts(args.cuts, args.dir, lambda row: tell(f"  {report.cut_line(row)}"))
    proof = Proof(board, family.fill(board, blank, flash, root), cuts, args.dir)
    tell("an upgrade")
    steps.append(proof.upgrade())
    tell("a version that fails its trial")
    beside = Beside(proof.revert, args.dir / "revert.json") if args.jobs > 1 else None
    reverted = None if beside else proof.revert()
    if args.cuts:
        operations = steps[-1]["operations"]
        tell(f"power cuts in {min(args.cuts, operations)} of {operations} operations")
    rows = cuts.run(args.jobs)
    return [*steps, beside.result() if beside else reverted], rows


def _listener(as_json: bool) -> TextIO | None:
    """Beside JSON, standard error."""
    if not as_json:
        return sys.stdout
    return None if ui.is_quiet() else sys.stderr
