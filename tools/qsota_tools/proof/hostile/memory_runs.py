"""Allocation failures on the MicroPython VM, one run for each place, found by counting.

The places: each statement of the device code that an upgrade executes, at its first, middle and
last execution, for that statement alone or for the 30 or 300 from there on (see vm_memory.py),
which are many sessions for which there is no memory.
The first numbers fail once in each statement, those after them again in those with more places.
"""

import functools
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from qsota_tools.common.paths import FIRMWARE, TOOLS, VM
from qsota_tools.proof.hostile import instrument
from qsota_tools.proof.hostile.hostile_runs import Result
from qsota_tools.virtual.vm_process import find_micropython

MEMORY = "memory"

_LENGTHS = (1, 30, 300)
_STRIDE = 7919  # a prime: what follows each other is far from each other in the code
_PATIENCE_S = 120  # of the processor, for a run that never ends, beside 10 s for each


class Place(NamedTuple):
    site: int
    occurrence: int
    length: int


class _Copy:
    """The instrumented device code, and what an upgrade executes of it."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="qsota-memory-")
        self.sites = instrument.copy(FIRMWARE, Path(self._directory.name))
        counts = json.loads(self.run("count")[0])
        self.places = _spread(
            [
                [
                    Place(site, occurrence, length)
                    for occurrence in sorted({1, (count + 1) // 2, count})
                    for length in _LENGTHS
                ]
                for site, count in enumerate(counts)
                if count
            ]
        )

    def run(self, *what: str) -> list[str]:
        """The lines that the VM printed; fewer than asked for if it broke down."""
        script = Path(__file__).with_name("vm_memory.py")
        command = [
            *(find_micropython(), "-X", "heapsize=32M", str(script), self._directory.name),
            *(str(TOOLS), str(VM / "tests_path"), str(len(self.sites)), *what),
        ]
        shown = subprocess.run(
            command,
            capture_output=True,
            text=True,
            preexec_fn=functools.partial(_limit_processor, _PATIENCE_S + 10 * len(what)),
        )
        return shown.stdout.splitlines()


def _spread(sites: list[list[Place]]) -> list[Place]:
    """A place of every site, then a second one of those that have it, and so on."""
    ordered: list[Place] = []
    while sites:
        ordered += [sites[i * _STRIDE % len(sites)].pop(0) for i in range(len(sites))]
        sites = [places for places in sites if places]
    return ordered


def _limit_processor(seconds: int) -> None:
    """A run that never ends takes the processor all the time; one on a busy machine does not."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


@functools.cache
def _copy() -> _Copy:
    return _Copy()


def count() -> int:
    """How many places there are."""
    return len(_copy().places)


def place(number: int) -> Place:
    """The place of a run; numbers beyond count() begin again."""
    places = _copy().places
    return places[number % len(places)]


def describe(number: int) -> str:
    """Where in the source the allocations of a run fail."""
    at = place(number)
    where = _copy().sites[at.site]
    return f"{where}, execution {at.occurrence}, for {at.length} statements"


def run_all(numbers: Sequence[int]) -> Iterator[Result]:
    """The Result of each run, in order; the VM is started again if one of them breaks it."""
    left = list(numbers)
    while left:
        lines = _copy().run("run", *[":".join(map(str, place(number))) for number in left])
        done = [_result(line) for line in lines if line.startswith("{")]
        if not done:
            done = [Result(None, "", ["dead: the VM broke down"], 0, 0, 0, 0)]
        yield from done
        left = left[len(done) :]


def _result(line: str) -> Result:
    found = json.loads(line)
    found.pop("log")
    return Result(**found)


def show(number: int) -> Result:
    """One run with the messages of the device at its end."""
    at = ":".join(map(str, place(number)))
    lines = [line for line in _copy().run("run", at) if line.startswith("{")]
    if not lines:
        return Result(None, "", ["dead: the VM broke down"], 0, 0, 0, 0)
    print(*json.loads(lines[0])["log"], sep="\n")
    return _result(lines[0])
