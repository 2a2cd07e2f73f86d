"""The steps of the proof: upgrade, revert and power cuts; each gives its figures as a dict."""

from collections.abc import Callable
from pathlib import Path

from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.emulated.bench import Bench
from qsota_tools.emulated.cuts import Cuts, spread
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
    """contents: of a board that was provisioned with FIRST; logs go to the folder.

    operations: those of the flash in the upgrade, once it has been run.
    """

    def __init__(self, board: Board, contents: Contents, folder: Path):
        self.board, self.contents, self._folder = board, contents, folder
        self._family = family_of(board)
        self._packages = packages(board)
        self.operations = 0

    def upgrade(self) -> dict:
        """From FIRST to NEW; the board goes on with what that left."""
        found = self._step("upgrade", NEW, SUCCESS, NEW)
        self.operations = found["operations"]
        return found

    def revert(self) -> dict:
        """BROKEN is offered, fails its trial, and NEW runs again."""
        return self._step("revert", BROKEN, FAILURE, NEW)

    def _step(self, name: str, offer: str, result: int, running: str) -> dict:
        with (self._folder / f"{name}.log").open("w") as log:
            bench = self._bench(self.contents, offer, lambda text: print(text, file=log))
            found = self._timed(bench)
        if found["result"] != result or found["running"] != running:
            found["problems"].append(f"not {result} and {running} as it should be")
        self.contents = bench.machine.contents()
        return {"step": name, "offered": offer, **found}

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

    def cut_upgrades(
        self,
        contents: Contents,
        cuts: int,
        jobs: int,
        on_found: Callable[[dict], None],
    ) -> list[dict]:
        """upgrade() from those contents again, and the power fails in so many of its flash
        operations; each is finished or given up afterwards."""
        copies = Cuts(spread(self.operations, cuts), self._folder, jobs, on_found)
        bench = self._bench(contents, NEW, lambda text: self._say_in_copy(copies, text))
        bench.cut = copies.take
        found = self._timed(bench)
        if copies.number is not None:
            copies.finish(self._cut_row(copies.number, bench, found))
        if len(bench.operations) != self.operations:
            raise AssertionError("the same upgrade took other flash operations")
        return copies.wait()

    def _say_in_copy(self, copies: Cuts, text: str) -> None:
        if copies.number is not None:
            print(text)

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
