"""`qsota emulated`: the proof on an emulated Pico that runs a stock MicroPython image."""

import argparse
import os
import time
from pathlib import Path

from qsota_tools import boards
from qsota_tools.common import files
from qsota_tools.common.arguments import at_least
from qsota_tools.emulated import require
from qsota_tools.emulated import tables as report
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.emulated.live import BOARD
from qsota_tools.emulated.provision import provision
from qsota_tools.emulated.rp2040.firmware import read_uf2
from qsota_tools.provision import patience
from qsota_tools.provision.factory import make_flash

_PATIENCE = "10"  # this board is known to be slow


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "emulated",
        description="Provision a blank emulated Pico, upgrade it over the simulated module, offer "
        "it a broken version, then cut the power in flash operations of that upgrade. Exit 0 if "
        "it comes back each time with a whole application that the cloud knows.",
    )
    parser.add_argument(
        "--uf2",
        type=Path,
        metavar="PATH",
        required=True,
        help="MicroPython for RPI_PICO: a file, or a name like RPI_PICO-20260824-v1.29.0.uf2 "
        "that is downloaded from micropython.org",
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
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument(
        "--dir", type=Path, default=Path("build/emulated"), help="working files (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    require()
    os.environ.setdefault(patience.VARIABLE, _PATIENCE)
    args.uf2 = find_image(args.uf2, CACHE)
    board = boards.load(BOARD)
    flash = read_uf2(args.uf2, board)
    files.clear_work(args.dir)
    steps, cuts = _prove(args, board, flash)
    print("\n" + report.summary(steps, cuts))
    found = report.problems(steps, cuts)
    print("\n".join(found) or "nothing is wrong")
    if args.json:
        files.write_json(args.json, report.as_json(args.uf2, steps, cuts))
    return 1 if found else 0


def _prove(args: argparse.Namespace, board: boards.Board, flash: bytes) -> tuple[list, list]:
    """The steps, each on what the one before left, and the cuts."""
    from qsota_tools.emulated.proof import FIRST, Proof, packages

    wanted = make_flash(board, packages(board)[FIRST])
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True)

    tell(f"a blank {board['title']} is provisioned over mpremote")
    steps = [provision(board, args.uf2, wanted, args.dir)]
    start = board["flash"]["offset"]
    provisioned = flash[:start] + (args.dir / "storage.bin").read_bytes()
    proof = Proof(board, provisioned, args.dir)
    tell("an upgrade")
    steps.append(proof.upgrade())
    tell("a version that fails its trial")
    steps.append(proof.revert())
    operations = steps[1]["operations"]
    tell(f"power cuts in {min(args.cuts, operations)} of {operations} flash operations")
    if not args.cuts:
        return steps, []

    def ended(row: dict) -> None:
        tell(f"  {report.cut_line(row)}")

    return steps, proof.cut_upgrades(provisioned, operations, args.cuts, args.jobs, ended)
