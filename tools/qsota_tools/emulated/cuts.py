"""Copies of one run: each forks off in another flash operation, which the power fails in."""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from qsota_tools.common.interrupts import held
from qsota_tools.emulated.took import Took

_PARTS = 8  # the nth copy has n modulo 7 plus 1 eighths of its operation done


def spread(operations: int, cuts: int) -> list[int]:
    """That many of the numbers from 1 to operations, the first, the last and evenly between."""
    count = min(cuts, operations)
    if count < 2:
        return [1][:count]
    return [1 + round(n * (operations - 1) / (count - 1)) for n in range(count)]


class _Copy(NamedTuple):
    """number: of its operation; pipe: a byte in it lets the copy go on, its end ends the copy."""

    number: int
    process: int
    pipe: int


class Cuts:
    """take() is for Bench.cut: it returns twice, and only in a copy that goes on is `number` not
    None. Copies wait until the run is over, since only then is known which operations are evenly
    spread; at most three for each cut, for memory. A copy ends with finish().

    folder: for a log of each copy; on_found(row): called with what a copy found.
    """

    def __init__(self, cuts: int, folder: Path, on_found: Callable[[dict], None]):
        self.number: int | None = None
        self.found: list[dict] = []
        self._cuts = cuts
        self._folder = folder
        self._on_found = on_found
        self._each = 1  # of so many operations one has a copy, besides the last one
        self._waiting: list[_Copy] = []
        self._running: list[_Copy] = []

    def take(self, number: int, operation) -> float | None:
        """How much of this operation is done before the power fails; None: it does not."""
        if not self._cuts or self.number is not None:
            return None
        sys.stdout.flush()
        turn, pipe = os.pipe()
        with held():
            child = os.fork()
            if not child:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
        if not child:
            os.close(pipe)
            return self._wait_for(turn, number)
        os.close(turn)
        self._waiting.append(_Copy(number, child, pipe))
        self._thin()
        return None

    def _wait_for(self, turn: int, number: int) -> float:
        """In a copy: until it is let go, if ever."""
        for copy in self._waiting:  # else these would outlive the run itself
            os.close(copy.pipe)
        part = os.read(turn, 1)
        if not part:
            os._exit(0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.number = number
        self._took = Took()
        log = os.open(self._path(number, "log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)
        return part[0] / _PARTS

    def _thin(self) -> None:
        """The newest copy may be the last one, and stays until the next."""
        while True:
            for copy in [it for it in self._waiting[:-1] if (it.number - 1) % self._each]:
                self._end(copy)
            if len(self._waiting) <= 2 * self._cuts + 1:
                return
            self._each *= 2

    def _end(self, copy: _Copy) -> None:
        self._waiting.remove(copy)
        os.close(copy.pipe)
        os.kill(copy.process, signal.SIGKILL)  # others may have that end of its pipe, too
        os.waitpid(copy.process, 0)

    def finish(self, row: dict) -> None:
        """End this copy."""
        row |= self._took.figures()
        self._path(self.number, "json").write_text(json.dumps(row))
        sys.stdout.flush()
        os._exit(0)

    def run(self, jobs: int) -> list[dict]:
        """Let the copies go on, so many at a time. What they found; one that broke down has a
        problem to show, too."""
        chosen = [self._waiting[n - 1] for n in spread(len(self._waiting), self._cuts)]
        for copy in [it for it in self._waiting if it not in chosen]:
            self._end(copy)
        for index, copy in enumerate(chosen):
            self._reap(jobs - 1)
            with suppress(BrokenPipeError):  # one that is gone is found to have broken down
                os.write(copy.pipe, bytes((index % (_PARTS - 1) + 1,)))
            self._running.append(copy)
        self._reap(0)
        return self.found

    def _reap(self, most: int) -> None:
        """Wait until no more than this many copies run."""
        while len(self._running) > most:
            copy = self._running.pop(0)
            os.waitpid(copy.process, 0)
            os.close(copy.pipe)
            path = self._path(copy.number, "json")
            self.found.append(json.loads(path.read_text()) if path.exists() else _broken(copy))
            self._on_found(self.found[-1])

    def _path(self, number: int, suffix: str) -> Path:
        return self._folder / f"cut-{number}.{suffix}"


def _broken(copy: _Copy) -> dict:
    problem = f"the run broke down, see cut-{copy.number}.log"
    return {"cut": copy.number, "result": None, "running": "", "problems": [problem]}
