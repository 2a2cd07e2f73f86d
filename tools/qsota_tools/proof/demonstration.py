"""A virtual board upgrades itself over a simulated module; a broken version is reverted, and a fix
arrives as a delta. Everything is signed, and runs in real time on this host; nothing of it needs a
network."""

import queue
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from qsota_tools import boards
from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.center.plan import Component, Plan
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.common.record_view import confirmed, describe, read_record
from qsota_tools.module.realtime import RealTimeSim
from qsota_tools.package import keys
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
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


FIRST = Offer("1_0_0", "sensor_node_1_0_0", SUCCESS, "1_0_0")
OFFERS = (
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
        self._times: list[float] = []  # when a block came or was read

    @property
    def transfer_s(self) -> float:
        """Seconds from the first block to the last read of the package."""
        return round(self._times[-1] - self._times[0], 3)

    def take(self, event: dict) -> None:
        """Take an event into account; the result is there once the plan has ended."""
        if event["event"] in ("block", "read"):
            self._times.append(event["t"])
        elif event["event"] == "plan-ended":
            self.result = event["result"]


class Demo:
    """on_story is told each upgrade that begins, on_event everything that happens on the way."""

    def __init__(
        self,
        board: boards.Board,
        directory: Path,
        on_story: Callable[[Story], None],
        on_event: Callable[[dict], None],
        on_trace: Callable[[str, str], None] | None = None,
    ):
        self.interpreter = _interpreter()
        self._on_story, self._on_event, self._on_trace = on_story, on_event, on_trace
        key = keys.generate()
        self._board = {**board, "keys": [keys.modulus(key).hex()]}
        files.clear_work(directory)
        packages = _packages(self._board, key, directory)
        self._flash = directory / "flash.bin"
        files.write(self._flash, make_flash(self._board, packages[FIRST.version]))
        self._stories = [Story(offer, packages[offer.version]) for offer in OFFERS]

    def run(self, timeout: float) -> None:
        """Run the board and the module until the cloud has its verdict on every plan; UserError if
        one takes longer than so many seconds."""
        events: queue.SimpleQueue[dict] = queue.SimpleQueue()
        board, stories = self._board, self._stories
        plans = [
            Plan([Component(board["component"], s.version, s.data, s.source)]) for s in stories
        ]
        wired = {"baud": _BAUD, "grid_ms": _PUSH_MS, "on_trace": self._on_trace}
        with (
            RealTimeSim(plans, on_event=events.put, **wired) as sim,
            VirtualBoard(board, self._flash, sim.name, timing="real", on_event=events.put),
        ):
            for story in stories:
                self._on_story(story)
                self._follow(story, events, time.monotonic() + timeout)
            self._wait_for_rest()

    def _follow(self, story: Story, events: queue.SimpleQueue, end: float) -> None:
        while story.result is None:
            try:
                event = events.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise UserError(f"{story.version}: no verdict in time") from None
            story.take(event)
            self._on_event(event)

    def _wait_for_rest(self) -> None:
        """The cloud may be ahead of the board: let it close its record."""
        end = time.monotonic() + 10
        while read_record(self._flash, self._board).report and time.monotonic() < end:
            time.sleep(0.1)

    def problem(self) -> str | None:
        """What is wrong with verdicts or boot record."""
        verdicts = [story.result for story in self._stories]
        expected = [offer.verdict for offer in OFFERS]
        running = OFFERS[-1].running
        record = describe(read_record(self._flash, self._board))
        if verdicts == expected and confirmed(record, running):
            return None
        return f"verdicts {verdicts}, expected {expected} and {running} confirmed"

    def summary(self) -> list[dict]:
        """A row for each upgrade."""
        versions = [offer.running for offer in (FIRST, *OFFERS)]
        return [
            {
                "from": before,
                "to": story.version,
                "result": story.result,
                "package": "delta" if story.source else "full",
                "package_bytes": len(story.data),
                "transfer_s": story.transfer_s,
                "interpreter": self.interpreter,
            }
            for before, story in zip(versions, self._stories, strict=False)
        ]


def _packages(board: boards.Board, key: keys.PrivateKey, directory: Path) -> dict[str, bytes]:
    """The signed package of each version."""
    whole: dict[str, bytes] = {}
    packages: dict[str, bytes] = {}
    for offer in (FIRST, *OFFERS):
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
    script = "import sys; print('MicroPython', '.'.join(map(str, sys.implementation.version[:3])))"
    command = [find_micropython(), "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
