"""Copies of one run: each forks off in another flash operation, which the power fails in."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from qsota_tools.common.interrupts import held
from qsota_tools.emulated.took import Took

_PARTS = 8  # the nth copy has n modulo 7 plus 1 eighths of its operation done


def spread(operations: int, cuts: int) -> list[int]:
    """That many of the numbers from 1 to operations, the first, the last and evenly between."""
    count = min(cuts, operations)
    if count < 2:
        return [1][:count]
    return [1 + round(n * (operations - 1) / (count - 1)) for n in range(count)]


class Cuts:
    """take() is for Bench.cut: it returns twice, and only in the copy is `number` not None. A copy
    ends with finish(), the run itself with wait().

    folder: for a log of each copy; jobs: how many processes at a time, the run itself included
    (1: it waits while a copy runs); on_found(row): called with what a copy found.
    """

    def __init__(
        self, numbers: list[int], folder: Path, jobs: int, on_found: Callable[[dict], None]
    ):
        self.number: int | None = None
        self.found: list[dict] = []
        self._done = {n: (i % (_PARTS - 1) + 1) / _PARTS for i, n in enumerate(numbers)}
        self._folder = folder
        self._jobs = jobs
        self._on_found = on_found
        self._running: list[tuple[int, int]] = []  # numbers and processes

    def take(self, number: int, operation) -> float | None:
        """How much of this operation is done before the power fails; None: it does not."""
        done = self._done.pop(number, None)
        if done is None:
            return None
        sys.stdout.flush()
        with held():
            child = os.fork()
        if child:
            self._running.append((number, child))
            self._reap(self._jobs - 1)
            return None
        self._become(number)
        return done

    def _become(self, number: int) -> None:
        self.number = number
        self._took = Took()
        self._done.clear()
        log = os.open(self._path(number, "log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)

    def finish(self, row: dict) -> None:
        """End this copy."""
        row |= self._took.figures()
        self._path(self.number, "json").write_text(json.dumps(row))
        sys.stdout.flush()
        os._exit(0)

    def wait(self) -> list[dict]:
        """What the copies found; one that broke down has a problem to show, too."""
        self._reap(0)
        return self.found

    def _reap(self, most: int) -> None:
        """Wait until no more than this many copies run."""
        while len(self._running) > most:
            number, process = self._running.pop(0)
            os.waitpid(process, 0)
            path = self._path(number, "json")
            self.found.append(json.loads(path.read_text()) if path.exists() else _broken(number))
            self._on_found(self.found[-1])

    def _path(self, number: int, suffix: str) -> Path:
        return self._folder / f"cut-{number}.{suffix}"


def _broken(number: int) -> dict:
    problem = f"the run broke down, see cut-{number}.log"
    return {"cut": number, "result": None, "running": "", "problems": [problem]}
