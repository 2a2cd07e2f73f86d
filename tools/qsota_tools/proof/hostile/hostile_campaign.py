"""Thousands of upgrades under a hostile application and module, on all cores, as a table."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from qsota_tools.common import ui, workers
from qsota_tools.common.errors import UserError
from qsota_tools.proof.hostile import hostile_runs, memory_runs
from qsota_tools.proof.hostile.hostile_runs import Result
from qsota_tools.proof.hostile.memory_runs import MEMORY
from qsota_tools.proof.links import cases as links
from qsota_tools.proof.links.scenario import COMPLETED, EXPIRED, FAILED, LATE

NAMES = [*hostile_runs.NAMES, MEMORY]

Row = dict[str, Any]
Batch = tuple[str, list[int]]

_OUTCOMES = (COMPLETED, FAILED, LATE, EXPIRED)
_KINDS = ("dead", "without_verdict", "wrong", "traffic", "exceptions")
_PREFIXES = (  # of the problems of a run, and what they count as
    ("dead", "dead"),
    ("updater died", "dead"),
    ("no verdict", "without_verdict"),
    ("traffic", "traffic"),
    ("exception", "exceptions"),
)
_MOST = ("requests_per_hour_max", "reads_per_hour_max")
_SHOWN = ("class", "runs", *_OUTCOMES, *_KINDS, "requests/h", "reads/h", "virtual_h", "wall_s")
_MEMORY_SHARE = 3  # one run in so many
_BATCH = {MEMORY: 40}
_DEFAULT_BATCH = 4


def batches(count: int, seed: int) -> list[Batch]:
    """count runs, each repeatable by its class and number; a third fails for memory."""
    memory = (count + _MEMORY_SHARE - 1) // _MEMORY_SHARE
    names = hostile_runs.NAMES
    numbers: dict[str, list[int]] = {MEMORY: list(range(seed, seed + memory))}
    for i in range(count - memory):
        numbers.setdefault(names[i % len(names)], []).append(seed + i // len(names))
    return [
        (name, mine[at : at + size])
        for name, mine in numbers.items()
        for size in [_BATCH.get(name, _DEFAULT_BATCH)]
        for at in range(0, len(mine), size)
    ]


def run_batch(batch: Batch) -> tuple[Batch, list[Result], float]:
    """The results of a batch, with the seconds that it took."""
    name, numbers = batch
    began = time.monotonic()
    if name == MEMORY:
        results = list(memory_runs.run_all(numbers))
    else:
        results = [hostile_runs.run(name, number) for number in numbers]
    return batch, results, time.monotonic() - began


def run_batches(work: Sequence[Batch], crew: workers.Crew) -> list[Row]:
    """A row of figures for each class; the last one is the total."""
    if any(name == MEMORY for name, _ in work):
        memory_runs.count()  # once, before the workers are forked
    rows = {name: _empty(name) for name in NAMES if any(name == mine for mine, _ in work)}
    done = workers.spread(run_batch, work, crew, "campaign", "batches")
    for (name, numbers), results, seconds in done:
        rows[name]["wall_s"] += seconds
        for case, result in zip(numbers, results, strict=True):
            _add(rows[name], case, result)
    return [*rows.values(), _total(rows.values())]


def failures(rows: Iterable[Row]) -> list[str]:
    """For each run in which something happened that must never happen, how to repeat it."""
    return [text for row in rows if row["class"] != "total" for text in row["failures"]]


def _empty(name: str) -> Row:
    return {
        "class": name,
        "runs": 0,
        **dict.fromkeys(_OUTCOMES, 0),
        **dict.fromkeys(_KINDS, 0),
        **dict.fromkeys(_MOST, 0),
        "virtual_h": 0.0,
        "wall_s": 0.0,  # of all workers
        "reasons": {},  # of failed upgrades, as the device gives them
        "failures": [],
    }


def kind(problem: str) -> str:
    """What a problem of a run counts as."""
    return next((name for prefix, name in _PREFIXES if problem.startswith(prefix)), "wrong")


def _add(row: Row, number: int, result: Result) -> None:
    row["runs"] += 1
    if result.outcome:
        row[result.outcome] += 1
    if result.reason:
        row["reasons"][result.reason] = row["reasons"].get(result.reason, 0) + 1
    for name in {kind(problem) for problem in result.problems}:
        row[name] += 1
    if result.problems:
        replay = f'qsota campaign --replay "hostile={row["class"]} number={number}"'
        row["failures"].append(f"{replay}  # {', '.join(result.problems)}")
    for name, value in zip(_MOST, (result.requests, result.reads), strict=True):
        row[name] = max(row[name], value)
    row["virtual_h"] += result.virtual_ms / 3600000


def _total(rows: Iterable[Row]) -> Row:
    total = _empty("total")
    for row in rows:
        for name, value in row.items():
            if name in _MOST:
                total[name] = max(total[name], value)
            elif name == "reasons":
                total[name] = dict(Counter(total[name]) + Counter(value))
            elif name != "class":
                total[name] = total[name] + value
    return total


def table(rows: Sequence[Row]) -> str:
    """The rows for a reader."""
    shown = [
        {
            **row,
            "requests/h": row["requests_per_hour_max"],
            "reads/h": row["reads_per_hour_max"],
        }
        for row in rows
    ]
    return links.table(shown, _SHOWN)


def as_json(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """The figures of the whole, and a row for each class."""
    total = dict(rows[-1])
    total.pop("class")
    return {**total, "seed": seed, "classes": list(rows[:-1])}


def report(count: int, seed: int, crew: workers.Crew, json: str | None) -> int:
    """Run, print the table, and for each failure how to repeat it; the exit code.

    json: as ui.report() has it.
    """
    rows = run_batches(batches(count, seed), crew)
    problems = failures(rows)
    ui.report(json, as_json(rows, seed), table(rows), *problems)
    return 1 if problems else 0


def repeat(name: str, number: int) -> int:
    """Run one case again and tell what happens; the result is the exit code."""
    if name not in NAMES:
        raise UserError(f"cannot replay this: no class {name}")
    if name == MEMORY:
        print(memory_runs.describe(number))
        result = memory_runs.show(number)
    else:
        scenario, traffic = hostile_runs.prepare(name, number)
        scenario.tell(print)
        result = hostile_runs.finish(scenario, traffic)
    print(result)
    return 1 if result.problems else 0
