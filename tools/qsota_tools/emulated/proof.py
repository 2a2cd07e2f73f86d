"""The steps of the proof: upgrade, revert and power cuts; each gives its figures as a dict."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.emulated.bench import Bench, Cut, no_cut
from qsota_tools.emulated.cuts import Cuts
from qsota_tools.emulated.families import family_of
from qsota_tools.emulated.machine import Contents
from qsota_tools.emulated.took import Took
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

FIRST, NEW, BROKEN = "1_0_0", "2_0_0", "3_0_0"
_APPS = {FIRST: "sensor_node_1_0_0", NEW: "sensor_node_2_0_0", BROKEN: "broken_3_0_0"}


def packages(board: Board) -> dict[str, bytes]:
    """The example applications by version, compressed."""
    return {
        version: make_package(
            build_image(EXAMPLES / app),
            board,
            board["component"],
            version,
            kind=package.DEFLATE,
        )
        for version, app in _APPS.items()
    }


class Proof:
    """contents: of a board that was provisioned with FIRST; cuts: those to make in the upgrade;
    logs go to the folder."""

    def __init__(self, board: Board, contents: Contents, cuts: Cuts, folder: Path):
        self.board, self.contents, self._cuts, self._folder = board, contents, cuts, folder
        self._family = family_of(board)
        self._packages = packages(board)

    def upgrade(self) -> dict:
        """From FIRST to NEW; the board goes on with what that left. In each copy that the cuts
        let go on the power fails, and the upgrade is finished or given up."""
        return self._step("upgrade", NEW, SUCCESS, NEW, self._cuts.take)

    def revert(self) -> dict:
        """BROKEN is offered, fails its trial, and NEW runs again."""
        return self._step("revert", BROKEN, FAILURE, NEW, no_cut)

    def _step(self, name: str, offer: str, result: int, running: str, cut: Cut) -> dict:
        with (self._folder / f"{name}.log").open("w") as log:
            bench = self._bench(self.contents, offer, lambda text: self._say(text, log))
            bench.cut = cut
            found = self._timed(bench)
            if self._cuts.number is not None:
                self._cuts.finish(self._cut_row(self._cuts.number, bench, found))
        if found["result"] != result or found["running"] != running:
            found["problems"].append(f"not {result} and {running} as it should be")
        self.contents = bench.machine.contents()
        return {"step": name, "offered": offer, **found}

    def _say(self, text: str, log: TextIO) -> None:
        """A copy's log is its standard output."""
        print(text, file=log if self._cuts.number is None else sys.stdout)

    def _bench(self, contents: Contents, offer: str, say: Callable[[str], None]) -> Bench:
        machine = self._family.start(self.board, contents)
        return Bench(self.board, machine, [self._packages[offer]], say)

    def _timed(self, bench: Bench) -> dict:
        took = Took()
        bench.run()
        return {**self._figures(bench), **took.figures()}

    def _figures(self, bench: Bench) -> dict:
        approved = [self._packages[version] for version in (FIRST, NEW)]
        verdict = bench.verdict(approved)
        return {
            "result": bench.cloud.results[-1] if bench.cloud.results else None,
            "running": verdict.running,
            "problems": verdict.problems,
            "emulated_s": round(bench.machine.seconds, 3),
            "boots": bench.boots,
            "operations": len(bench.operations),
            "erases": sum(operation.kind == "erase" for operation in bench.operations),
            "uart_in": bench.line.received,
            "uart_lost": bench.line.lost,
        }

    def _cut_row(self, number: int, bench: Bench, found: dict) -> dict:
        operation = bench.operations[number - 1]
        if (found["result"], found["running"]) not in ((SUCCESS, NEW), (FAILURE, FIRST)):
            found["problems"].append(f"{found['running']} runs after {found['result']}")
        for text in found["problems"]:
            print("WRONG:", text)
        row = {"cut": number, "kind": operation.kind, "offset": operation.offset}
        return {**row, "area": _area(self.board, operation.offset), **found}


def _area(board: Board, offset: int) -> str:
    at = offset - board["flash"].get("offset", 0)
    elsewhere = ("root",) if "storage" in board else ()
    areas = [item for item in board["areas"].items() if item[0] not in elsewhere]
    return next((name for name, (start, size) in areas if start <= at < start + size), "none")
