"""The module's side of a bench: simulated module and cloud, and what they saw of an upgrade."""

import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from qsota_tools.boards import Board
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.realtime import RealTimeSim
from qsota_tools.prove.releases import Release

_PUSH_MS = 3000  # the cloud offers what is open every 10 minutes, too long for a bench
_RESTART_MS = 3000  # a module whose PWRKEY is wired comes back after QPOWD
_LOOK_S = 0.2
_INSTALL = "AT+QIOTUPDATE=3"


class Told:
    """One plan, in seconds of this host: when it was offered, when blocks came and were read, when
    the board went to install it, when it spoke after that, and the verdict."""

    def __init__(self):
        self.result: int | None = None
        self.offered: float | None = None
        self.ended: float | None = None
        self._moved: list[float] = []
        self._installed: float | None = None
        self._spoke: float | None = None

    def take(self, at: float, event: dict) -> None:
        kind = event["event"]
        if kind == "offered":
            self.offered = self.offered or at
        elif kind in ("block", "read"):
            self._moved.append(at)
        elif kind == "plan-ended":
            self.result, self.ended = event["result"], at
        elif kind == "TX" and event["text"] == _INSTALL:
            self._installed, self._spoke = at, None
        elif kind == "TX" and self._installed and not self._spoke:
            self._spoke = at

    def figures(self) -> dict:
        """What can be said: transfer_s from the first block to the last read, restart_s from the
        command to install to the first command of the new version, total_s from the offer."""
        found = {}
        if self._moved:
            found["transfer_s"] = self._moved[-1] - self._moved[0]
        if self._spoke:
            found["restart_s"] = self._spoke - self._installed
        if self.ended and self.offered:
            found["total_s"] = self.ended - self.offered
        return {name: round(value, 3) for name, value in found.items()}


class Desk:
    """port: what the module is at, by the grammar of common/ports.py; the AT dialogue goes to the
    file log. patience: how many times as long as a real one the module waits for the board."""

    def __init__(self, board: Board, port: str, log: Path, patience: float = 1):
        self._component = board["component"]
        self._events: queue.SimpleQueue[tuple[float, dict]] = queue.SimpleQueue()
        self._log = log.open("w")
        self._began = time.monotonic()
        self._sim = RealTimeSim(
            port=port,
            baud=board["uart"]["baud"],
            grid_ms=_PUSH_MS,
            restart_ms=_RESTART_MS,
            patience=patience,
            on_event=self._note,
            on_trace=lambda direction, text: self._note({"event": direction, "text": text}),
        )

    def __enter__(self) -> Self:
        self._sim.start()
        return self

    def __exit__(self, *exc) -> None:
        self._sim.stop()
        self._log.close()

    def _note(self, event: dict) -> None:
        now = time.monotonic()
        self._events.put((now, event))
        if event["event"] in ("TX", "RX"):
            text = event["text"].replace("\n", " ")
            self._log.write(f"{now - self._began:9.3f} {event['event']} {text}\n")
            self._log.flush()

    @property
    def known(self) -> str | None:
        """The board's version as the cloud knows it."""
        return self._ask(lambda: self._sim.cloud.versions.get(self._component))

    def wait_for(self, version: str, timeout: float) -> None:
        """Until the cloud knows that version of the board, or so many seconds."""
        end = time.monotonic() + timeout
        while self.known != version and time.monotonic() < end:
            time.sleep(_LOOK_S)

    def _ask(self, question: Callable):
        answer: queue.SimpleQueue = queue.SimpleQueue()
        self._sim.call(lambda: answer.put(question()))
        return answer.get(timeout=10)

    def offer(
        self, release: Release, timeout: float, disturb: Callable[[], None] | None = None
    ) -> Told:
        """Follow one plan to its verdict, or for so many seconds; disturb() is called once it has
        been offered, and may take its time."""
        while not self._events.empty():
            self._events.get()
        told, end = Told(), time.monotonic() + timeout
        component = Component(self._component, release.version, release.data, release.source)
        self._sim.call(self._sim.cloud.add, Plan([component]))
        while told.result is None and (left := end - time.monotonic()) > 0:
            try:
                told.take(*self._events.get(timeout=left))
            except queue.Empty:
                break
            if disturb and told.offered:
                disturb, now = None, disturb
                now()
        return told

    def first_words(self, since: float, timeout: float) -> float | None:
        """Seconds from that time of time.monotonic() to the first command of the board."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            try:
                at, event = self._events.get(timeout=left)
            except queue.Empty:
                return None
            if event["event"] == "TX" and at > since:
                return round(at - since, 3)
        return None
