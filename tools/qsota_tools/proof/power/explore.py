"""Tests what becomes of a device whose power fails: after every flash operation's every cut,
after a second cut in each operation of the recovery, and after up to eight cuts at random.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from qsota_tools.proof.lab.powered import OFF_MS, Cut
from qsota_tools.proof.lab.tears import cuts
from qsota_tools.proof.power.chips import MODELS
from qsota_tools.proof.power.device import Bench
from qsota_tools.proof.power.oracle import finish, gave_up, next_upgrade
from qsota_tools.proof.power.scenarios import SCENARIOS
from qsota_tools.proof.power.snapshot import Snapshot, key

_WALK_CUTS = 8
_WALK_STEP = 20  # flash operations between two cuts of a walk, at most
_WALK_OFF_MS = (OFF_MS, OFF_MS, 5000, 61000, 1300000)  # beyond each of the module's timers
# A module that gives up while the MCU is off, and then loses its power as well, tells nobody;
# the simulated cloud would wait for it for ever.
_SUPPLY_OFF_MS = (OFF_MS, OFF_MS, 5000, 61000)


@dataclass
class Tally:
    """What one job has done. Cuts are before, after or inside (torn) an operation; second are
    those during the recovery from another; given_up are the runs that lost a good upgrade; checked
    snapshots were compared with real cuts, and wrong ones differed."""

    scenario: str
    model: str
    operations: int = 0
    cuts: int = 0
    torn: int = 0
    second: int = 0
    walks: int = 0
    given_up: int = 0
    gap_ms: int = 0
    checked: int = 0
    wrong: int = 0
    states: set[bytes] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take in what another job on the same scenario and model has done."""
        self.operations = max(self.operations, other.operations)
        self.gap_ms = max(self.gap_ms, other.gap_ms)
        for name in ("cuts", "torn", "second", "walks", "given_up", "checked", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.states |= other.states
        self.failures += other.failures


class Explorer:
    """One scenario on one flash model."""

    def __init__(self, scenario: str, model: str, seed: int):
        self.tally = Tally(scenario, model)
        self._seed = seed
        self._known: set[bytes] = set()  # operations whose cuts are all among the states
        self._ends: set[bytes] = set()  # states from which the next upgrade was tried

    def explore(self, depth: int) -> Tally:
        """Every cut, and if depth is 2 a second one in every operation after it."""
        start = self._bench()
        snapshots = self._record(start)
        self._judge(start, [])
        self.tally.operations = len(snapshots)
        if not snapshots:
            name = f"{self.tally.scenario} on {self.tally.model}"
            self.tally.failures.append(f"{name}: no flash operation came, so nothing was cut")
        # All of them first, so that no state is taken for one that only a second cut leads to.
        for snapshot, how in list(self._new_cuts(snapshots)):
            self._count(how)
            bench = snapshot.cut(how)
            path = [Cut(snapshot.index, how)]
            recovery = self._record(bench) if depth == 2 else []
            self._judge(bench, path)
            for second, second_how in self._new_cuts(recovery):
                self.tally.second += 1
                self._judge(second.cut(second_how), [*path, Cut(second.index, second_how)])
        return self.tally

    def walk(self, count: int) -> Tally:
        """count devices whose power fails up to eight times, at random."""
        for n in range(count):
            dice = random.Random(f"{self.tally.scenario} {self.tally.model} {self._seed} {n}")
            bench = self._bench()
            path = _roll(bench, dice)
            bench.on_power = lambda bench: self.tally.states.add(key(bench))
            self._judge(bench, path)
            self.tally.walks += 1
        return self.tally

    def _bench(self) -> Bench:
        tally = self.tally
        scenario, model = SCENARIOS[tally.scenario], MODELS[tally.model]
        return Bench(scenario, model, self._seed)

    def _record(self, bench: Bench) -> list[Snapshot]:
        """Will hold, once bench has lived, a snapshot before each operation not seen before."""
        snapshots: list[Snapshot] = []

        def watch(bench: Bench, kind: str, at: int, length: int) -> None:
            data = bench.flash.writing if kind == "program" else None
            operation = key(bench, kind, at, length, data)
            if operation not in self._known:
                self._known.add(operation)
                snapshots.append(Snapshot(bench, kind, at, length))

        bench.watch = watch
        return snapshots

    def _new_cuts(self, snapshots: list[Snapshot]) -> Iterator[tuple[Snapshot, str]]:
        for snapshot in snapshots:
            for how, state in snapshot.states():
                if state not in self.tally.states:
                    self.tally.states.add(state)
                    yield snapshot, how

    def _count(self, how: str) -> None:
        if how in ("before", "after"):
            self.tally.cuts += 1
        else:
            self.tally.torn += 1

    def _judge(self, bench: Bench, path: list[Cut]) -> None:
        """Let the device live to its end, and then through one more upgrade."""
        fault = finish(bench)
        if gave_up(bench):
            self.tally.given_up += 1
        if not bench.overslept:
            self.tally.gap_ms = max(self.tally.gap_ms, bench.gap)
        end = key(bench)
        if not fault and end not in self._ends:
            self._ends.add(end)
            fault = next_upgrade(bench)
        if fault:
            self.tally.failures.append(f"{self.command(path)}  # {fault}")

    def command(self, path: list[Cut]) -> str:
        """A command line that does the same once more."""
        tally = self.tally
        cuts = ",".join(map(str, path))
        words = f"scenario={tally.scenario} model={tally.model} cuts={cuts} seed={self._seed}"
        return f'qsota campaign --replay "{words}"'


def _roll(bench: Bench, dice: random.Random) -> list[Cut]:
    """Make bench's power fail now and then; the cuts are in the list once they have come."""
    path: list[Cut] = []
    left = dice.randint(2, _WALK_CUTS)
    due = dice.randrange(_WALK_STEP)
    off_ms = _SUPPLY_OFF_MS if bench.scenario.supply else _WALK_OFF_MS

    def watch(bench: Bench, kind: str, at: int, length: int) -> None:
        nonlocal left, due
        if left and bench.ops == due:
            how = dice.choice(cuts(kind, length, bench.flash))
            bench.cuts = [Cut(bench.ops, how, dice.choice(off_ms))]
            path.extend(bench.cuts)
            left -= 1
            due = dice.randrange(_WALK_STEP)

    bench.watch = watch
    return path
