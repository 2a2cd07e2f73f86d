"""The steps of a proof on a bench; what each of them found becomes one entry of the evidence."""

import random
import time
from collections.abc import Callable, Iterator

from qsota_tools.center.cloud import FAILURE, SUCCESS
from qsota_tools.common.errors import UserError
from qsota_tools.emulated.oracle import judge
from qsota_tools.prove import bare_board, readback
from qsota_tools.prove.desk import Desk, Told
from qsota_tools.prove.releases import FIRST, Release, Releases
from qsota_tools.prove.stand import Stand
from qsota_tools.provision import usb
from qsota_tools.provision.factory import make_flash, make_storage
from qsota_tools.provision.patience import stretch
from qsota_tools.provision.repl_link import Link

_SETTLE_S = 3  # from the verdict until the board has closed its record
_LOOKS = 4
_REPORT_S = 30  # from a start to the version in the cloud
_START_S = 60
_BITS = 10  # of a byte on the wire


class Proving:
    """say(text) is told what goes on; timeout: seconds for an upgrade; seed: of the moments at
    which it is reset."""

    def __init__(
        self,
        stand: Stand,
        desk: Desk,
        releases: Releases,
        say: Callable[[str], None],
        timeout: float,
        seed: int,
    ):
        self._stand, self._desk, self._releases, self._say = stand, desk, releases, say
        self.board = releases.board
        self._timeout = timeout
        self._dice = random.Random(seed)
        self._approved = {FIRST: releases.first}
        self._flash = make_flash(self.board, releases.first)
        self._usual_s = 10.0  # of an upgrade from its offer on
        self.running = FIRST

    def steps(self, resets: int) -> Iterator[dict]:
        """All of them, as they end; one that cannot be made, because the board has gone, is the
        last."""
        for claim, work in self._plan(resets):
            self._say(claim)
            began = time.monotonic()
            try:
                figures, problems = work()
                gone = []
            except UserError as error:
                figures, problems, gone = {}, [], [str(error)]
            problems += gone + self._stand.faults()
            seconds = round(time.monotonic() - began, 1)
            yield {"claim": claim, "seconds": seconds, "figures": figures, "problems": problems}
            if gone:
                return

    def _plan(self, resets: int) -> Iterator[tuple[str, Callable[[], tuple[dict, list[str]]]]]:
        yield "provision", self._provision
        yield "start", self._start
        for release in self._releases.line():
            yield release.claim, lambda release=release: self._upgrade(release)
        if resets:
            yield "resets", lambda: self._resets(resets, self._stand.reset)
        if resets and self._stand.power:
            yield "power-cuts", lambda: self._resets(resets, self._stand.power)
        yield "root-untouched", self._untouched

    def facts(self) -> dict:
        """See bare_board."""
        with Link(self._stand.repl) as link:
            link.soft_reset()
            usb.check_identity(link, self.board)
            return bare_board.facts(link, self.board)

    def _provision(self) -> tuple[dict, list[str]]:
        root = make_storage(self.board) if "storage" in self.board else b""
        began = time.monotonic()
        with Link(self._stand.repl) as link:
            link.soft_reset()
            written = usb.write_image(link, self.board, self._flash, (), root)
            took = time.monotonic() - began
            link.restart()
        units = usb.unit_count(self.board)
        return {"units": units, "units_written": written, "write_s": round(took, 1)}, []

    def _start(self) -> tuple[dict, list[str]]:
        """A restart, and what the program leaves of the heap."""
        self._stand.reset()
        spoke = self._desk.first_words(time.monotonic(), stretch(_START_S))
        found, problems = self._judged(FIRST)
        if spoke is None:
            problems.append("the board said nothing to its module")
        used, free = found.heap
        figures = {"heap_used": used, "heap_free": free}
        if spoke is not None:
            figures["reset_to_first_command_s"] = spoke
        return figures, problems

    def _upgrade(self, release: Release) -> tuple[dict, list[str]]:
        told = self._desk.offer(release, stretch(self._timeout))
        if release.result == SUCCESS:
            self._approve(release)
            self._usual_s = told.figures().get("total_s", self._usual_s)
        found, problems = self._judged(self.running)
        if told.result != release.result:
            problems.append(f"the verdict is {told.result}, not {release.result}")
        figures = {"result": told.result, "running": self.running, **told.figures()}
        return figures | self._rate(release, told) | {"heap_free": found.heap[1]}, problems

    def _approve(self, release: Release) -> None:
        self._approved[release.version] = release.whole
        self.running = release.version

    def _rate(self, release: Release, told: Told) -> dict:
        """The package's bytes, and how many times as long as the wire needs they took."""
        took = told.figures().get("transfer_s")
        wire = len(release.data) * _BITS / self.board["uart"]["baud"]
        return {"bytes": len(release.data)} | ({"of_wire": round(took / wire, 2)} if took else {})

    def _judged(self, wanted: str) -> tuple[readback.Found, list[str]]:
        """What the board holds and what is wrong with it, once it has had the time to report."""
        self._desk.wait_for(wanted, stretch(_REPORT_S))
        for _ in range(_LOOKS):
            time.sleep(stretch(_SETTLE_S))
            found = readback.read(self._stand.repl, self.board)
            if found.settled:
                break
        verdict = judge(found.storage, self.board, list(self._approved.values()), self._desk.known)
        if verdict.running != wanted:
            verdict.problems.append(f"{verdict.running} runs, not {wanted}")
        return found, verdict.problems

    def _resets(self, count: int, disturb: Callable[[], None]) -> tuple[dict, list[str]]:
        """That many upgrades, each disturbed once; each is finished or given up."""
        ends, problems = {"finished": 0, "given_up": 0}, []
        moments = []
        for number in range(count):
            release = self._releases.another(len(self._approved))
            after = self._dice.uniform(0, self._usual_s)
            self._say(
                f"  {number + 1} of {count}: {after:.1f} s after the offer of {release.version}"
            )
            told = self._desk.offer(
                release, stretch(self._timeout), lambda after=after: _wait_and(after, disturb)
            )
            if told.result == SUCCESS:
                self._approve(release)
            else:
                self._approved[release.version] = release.whole  # it may not run, but is sound
            _, wrong = self._judged(self.running)
            if told.result not in (SUCCESS, FAILURE):
                wrong.append("no verdict")
            ends["finished" if told.result == SUCCESS else "given_up"] += 1
            moments.append(round(after, 2))
            problems += [f"{release.version}: {text}" for text in wrong]
        return {"count": count, **ends, "after_s": moments}, problems

    def _untouched(self) -> tuple[dict, list[str]]:
        offsets = readback.changed(self._stand.repl, self.board, self._flash)
        return {}, [f"the root was written at {at:#x}" for at in offsets]


def _wait_and(seconds: float, work: Callable[[], None]) -> None:
    time.sleep(seconds)
    work()
