"""`qsota demo`: a virtual board upgrades itself over a simulated module; a broken version is
reverted, and a fix arrives as a delta. Everything is signed, and runs in real time on this host;
nothing of it needs a network."""

import argparse
import json
import queue
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from qsota_tools import boards
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.center.plan import Component, Plan
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.common.progress import Progress
from qsota_tools.common.record_view import confirmed, describe, read_record
from qsota_tools.module.realtime import RealTimeSim
from qsota_tools.package import keys
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.form import make_package
from qsota_tools.package.image import build_image
from qsota_tools.package.signing import sign
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.virtual_board import VirtualBoard
from qsota_tools.virtual.vm_process import find_micropython

_BAUD = 115200
_PUSH_MS = 3000  # the cloud offers what is open every 10 minutes, too long for a demo


class Offer(NamedTuple):
    """A plan: the version, its example, the verdict that it must get, and what runs then.

    source: the version that its package, a delta, starts from; fix: a change to the example.
    """

    version: str
    app: str
    verdict: int
    running: str
    source: str = ""
    fix: tuple[str, str, str] | None = None  # file, text, text in its place


_FIRST = Offer("1_0_0", "sensor_node_1_0_0", SUCCESS, "1_0_0")
_OFFERS = (
    Offer("2_0_0", "sensor_node_2_0_0", SUCCESS, "2_0_0"),
    Offer("3_0_0", "broken_3_0_0", FAILURE, "2_0_0"),
    Offer(
        *("2_0_1", "sensor_node_2_0_0", SUCCESS, "2_0_1"),
        source="2_0_0",
        fix=("sensor.py", "_SAMPLES = const(9)", "_SAMPLES = const(15)"),
    ),
)


class Story:
    """Follows one upgrade through the events of the module, the cloud and the board."""

    def __init__(self, offer: Offer, data: bytes):
        self.version = offer.version
        self.source = offer.source
        self.data = data
        self.result: int | None = None
        self._progress = Progress()
        self._times: list[float] = []  # when a block came or was read

    @property
    def transfer_s(self) -> float:
        """Seconds from the first block to the last read of the package."""
        return round(self._times[-1] - self._times[0], 3)

    def take(self, event: dict) -> bool:
        """Tell about an event; True once the plan has ended."""
        kind = event["event"]
        if kind in ("block", "read"):
            self._times.append(event["t"])
        if kind == "read":
            self._show_progress(event)
        elif kind == "plan-ended":
            self.result = event["result"]
            print(f"  cloud: {self.result}", flush=True)
        elif text := _LINES.get(kind, lambda e: None)(event):
            print(f"  {text}", flush=True)
        return self.result is not None

    def _show_progress(self, event: dict) -> None:
        if event["length"] > 1:  # a single byte is a probe, not the package
            self._progress.show(event["start"] + event["length"], event["total"])


_LINES = {
    "offered": lambda e: "cloud: plan offered",
    "confirmed": lambda e: "board: confirmed, the module downloads",
    "block": lambda e: f"module: {e['size']} bytes from {e['start']} can be read",
    "boot": lambda e: f"board: boots after {e['cause']}",
    "log": lambda e: f"board: {e['text']}" if e["text"].startswith(("boot:", "record")) else None,
    "report": lambda e: f"board: reports {e['component']} {e['version']}",
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "demo",
        description="Upgrade a virtual board from 1_0_0 to 2_0_0 over a simulated module, then "
        "offer a broken 3_0_0, which is reverted, and a fix as a delta. All packages are signed. "
        "Exit 0 if all went as it should.",
    )
    parser.add_argument(
        "--dir", type=Path, default=Path("build/demo"), help="working files (%(default)s)"
    )
    parser.add_argument("--board", default="VIRTUAL", help="any rp2 board (%(default)s)")
    parser.add_argument("--transcript", action="store_true", help="print the AT dialogue")
    parser.add_argument(
        "--timeout", type=float, default=120, metavar="S", help="per upgrade (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    key = keys.generate()
    board["keys"] = [keys.modulus(key).hex()]
    shutil.rmtree(args.dir, ignore_errors=True)
    args.dir.mkdir(parents=True)
    packages = _packages(board, key, args.dir)
    flash = args.dir / "flash.bin"
    flash.write_bytes(make_flash(board, packages[_FIRST.version]))
    stories = [Story(offer, packages[offer.version]) for offer in _OFFERS]
    interpreter = _interpreter()
    print(f"virtual board {board['name']} runs {_FIRST.version} on {interpreter}")
    _upgrade(board, flash, stories, args)
    summary = _summary(stories, interpreter)
    path = args.dir / "summary.json"
    path.write_text(json.dumps(summary, indent=2) + "\n")
    good = _judge(board, flash, stories)
    _print_summary(summary, path)
    return 0 if good else 1


def _packages(board: boards.Board, key: keys.PrivateKey, directory: Path) -> dict[str, bytes]:
    """The signed package of each version."""
    whole: dict[str, bytes] = {}
    packages: dict[str, bytes] = {}
    for offer in (_FIRST, *_OFFERS):
        image = build_image(_application(offer, directory))
        data = make_package(image, board, board["component"], offer.version)
        whole[offer.version] = data
        if offer.source:
            data = make_delta(whole[offer.source], data, board)
        packages[offer.version] = sign(data, key)
    return packages


def _application(offer: Offer, directory: Path) -> Path:
    """Where the application's sources are; with its fix, in a copy of the example."""
    source = EXAMPLES / offer.app
    if offer.fix is None:
        return source
    name, text, other = offer.fix
    copy = directory / offer.version
    shutil.copytree(source, copy)
    before = (copy / name).read_text()
    if text not in before:
        raise UserError(f"{source / name}: {text} is not there any more")
    (copy / name).write_text(before.replace(text, other))
    return copy


def _interpreter() -> str:
    command = [find_micropython(), "-c", "import sys; print(sys.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _upgrade(board: boards.Board, flash: Path, stories: list[Story], args) -> None:
    """Run the board and the module until the cloud has its verdict on every plan."""
    events: queue.Queue[dict] = queue.Queue()
    plans = [Plan([Component(board["component"], s.version, s.data, s.source)]) for s in stories]
    trace = _print_line if args.transcript else None
    with (
        RealTimeSim(
            plans, baud=_BAUD, grid_ms=_PUSH_MS, on_event=events.put, on_trace=trace
        ) as sim,
        VirtualBoard(board, flash, sim.name, timing="real", on_event=events.put),
    ):
        for story in stories:
            kind = f"delta from {story.source}" if story.source else "full"
            print(f"\n{story.version}: {len(story.data)} bytes, {kind}, signed")
            _follow(story, events, time.monotonic() + args.timeout)
        _wait_for_rest(board, flash)


def _print_line(direction: str, text: str) -> None:
    print(f"    [{direction}]{text}", flush=True)


def _follow(story: Story, events: queue.Queue, end: float) -> None:
    while True:
        try:
            event = events.get(timeout=max(0, end - time.monotonic()))
        except queue.Empty:
            raise UserError(f"{story.version}: no verdict in time") from None
        if story.take(event):
            return


def _wait_for_rest(board: boards.Board, flash: Path) -> None:
    """The cloud may be ahead of the board: let it close its record."""
    end = time.monotonic() + 10
    while read_record(flash, board).report and time.monotonic() < end:
        time.sleep(0.1)


def _judge(board: boards.Board, flash: Path, stories: list[Story]) -> bool:
    """Whether verdicts and boot record are what they must be."""
    verdicts = [story.result for story in stories]
    expected = [offer.verdict for offer in _OFFERS]
    running = _OFFERS[-1].running
    good = verdicts == expected and confirmed(describe(read_record(flash, board)), running)
    if not good:
        print(f"FAILED: verdicts {verdicts}, expected {expected} and {running} confirmed")
    return good


def _summary(stories: list[Story], interpreter: str) -> list[dict]:
    versions = [offer.running for offer in (_FIRST, *_OFFERS)]
    return [
        {
            "from": before,
            "to": story.version,
            "result": story.result,
            "package": "delta" if story.source else "full",
            "package_bytes": len(story.data),
            "transfer_s": story.transfer_s,
            "interpreter": interpreter,
        }
        for before, story in zip(versions, stories, strict=False)
    ]


def _print_summary(summary: list[dict], path: Path) -> None:
    heads = f"{'RESULT':<15} {'PACKAGE':<8} {'BYTES':>7} {'TRANSFER':>9}"
    print(f"\n{'FROM':<8} {'TO':<8} {heads}")
    for row in summary:
        verdict = "10705 upgraded" if row["result"] == SUCCESS else f"{row['result']} reverted"
        transfer = f"{row['transfer_s']:.2f} s"
        cells = f"{verdict:<15} {row['package']:<8} {row['package_bytes']:>7} {transfer:>9}"
        print(f"{row['from']:<8} {row['to']:<8} {cells}")
    print(f"written to {path}")
