"""The link campaign: thousands of upgrades over a faulty link, on all cores, as a table."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

from qsota_tools.common import tables, ui, workers
from qsota_tools.common.errors import UserError
from qsota_tools.proof.links import random_runs, single_faults
from qsota_tools.proof.links.scenario import COMPLETED, EXPIRED, FAILED, LATE, Outcome

Case = tuple[str, int]
Row = dict[str, Any]

_OUTCOMES = (COMPLETED, FAILED, LATE, EXPIRED)
_WRONG = ("wrong-image", "wrong-version-reported", "untrue verdict")
_SHOWN = (
    *("class", "upgrades", "completed", "failed", "late", "expired", "wrong", "dead"),
    *("gap_s", "next_s", "virtual_h", "wall_s"),
)


def random_cases(count: int, seed: int) -> list[Case]:
    """count runs, spread evenly over the classes; each is repeatable by its class and number."""
    names = random_runs.NAMES
    return [(names[i % len(names)], seed + i // len(names)) for i in range(count)]


def single_cases(step: int = 1) -> list[Case]:
    """One run for each place of a single fault, or for each step-th place."""
    return [
        (name, number)
        for name in single_faults.NAMES
        for number in range(0, single_faults.count(name), step)
    ]


def run_case(case: Case) -> tuple[Case, Outcome, float]:
    """One case, with the seconds that it took."""
    name, number = case
    began = time.monotonic()
    return case, _runs_of(name).run(name, number), time.monotonic() - began


def _runs_of(name: str) -> ModuleType:
    return random_runs if name in random_runs.NAMES else single_faults


def run_cases(cases: Sequence[Case], crew: workers.Crew) -> list[Row]:
    """A row of figures for each class, in the order of the cases; the last one is the total."""
    rows: dict[str, Row] = {}
    for done in workers.spread(run_case, cases, crew, "campaign", "upgrades"):
        _add(rows.setdefault(done[0][0], _empty(done[0][0])), *done)
    return [*rows.values(), _total(rows.values())]


def failures(rows: Iterable[Row]) -> list[str]:
    """For each run in which something happened that must never happen, how to repeat it."""
    return [text for row in rows if row["class"] != "total" for text in row["failures"]]


def table(rows: Sequence[Row], shown: Sequence[str] = _SHOWN) -> str:
    """These columns of the rows, for a reader."""
    return tables.text(shown, [[_cell(row[name]) for name in shown] for row in rows])


def _cell(value: float | str) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _empty(name: str) -> Row:
    return {
        "class": name,
        "upgrades": 0,
        **dict.fromkeys(_OUTCOMES, 0),
        "wrong": 0,  # a wrong image ran, a wrong version was told, or the verdict is not true
        "dead": 0,  # no verdict, the next plan was not installed, or an exception escaped
        "gap_s": 0.0,  # longest time that the module, holding a block, waited for a read
        "next_s": 0.0,  # longest time from the next plan to its confirmation
        "virtual_h": 0.0,
        "wall_s": 0.0,  # of all workers
        "reasons": {},  # of failed upgrades, as the device gives them
        "failures": [],
    }


def _add(row: Row, case: Case, outcome: Outcome, seconds: float) -> None:
    row["upgrades"] += 1
    if outcome.outcome:
        row[outcome.outcome] += 1
    if outcome.reason:
        row["reasons"][outcome.reason] = row["reasons"].get(outcome.reason, 0) + 1
    kinds = Counter("wrong" if text in _WRONG else "dead" for text in outcome.problems)
    for kind in kinds:
        row[kind] += 1
    if kinds:
        words = f"link={case[0]} number={case[1]}"
        row["failures"].append(
            f'qsota campaign --replay "{words}"  # {", ".join(outcome.problems)}'
        )
    row["gap_s"] = max(row["gap_s"], outcome.gap_ms / 1000)
    row["next_s"] = max(row["next_s"], outcome.next_ms / 1000)
    row["virtual_h"] = round(row["virtual_h"] + outcome.virtual_ms / 3600000, 3)
    row["wall_s"] = round(row["wall_s"] + seconds, 3)


def _total(rows: Iterable[Row]) -> Row:
    total = _empty("total")
    for row in rows:
        for name, value in row.items():
            if name in ("gap_s", "next_s"):
                total[name] = max(total[name], value)
            elif name == "reasons":
                total[name] = dict(Counter(total[name]) + Counter(value))
            elif name != "class":
                total[name] = total[name] + value
    for name in ("virtual_h", "wall_s"):
        total[name] = round(total[name], 3)
    return total


def repeat(name: str, number: int) -> int:
    """Run one case again and tell what goes over the wire; the result is the exit code."""
    if name not in random_runs.NAMES + single_faults.NAMES:
        raise UserError(f"cannot replay this: no class {name}")
    if name in single_faults.NAMES and number >= single_faults.count(name):
        raise UserError(f"cannot replay this: {name} has {single_faults.count(name)} places")
    scenario = _runs_of(name).prepare(name, number)
    scenario.tell(print)
    outcome = scenario.run()
    print(outcome)
    return 1 if outcome.problems else 0


def report(cases: Sequence[Case], crew: workers.Crew, json: str | None) -> int:
    """Run the cases, print their table, and for each failure how to repeat it; the exit code.

    json: as ui.report() has it.
    """
    rows = run_cases(cases, crew)
    problems = failures(rows)
    ui.report(json, rows, table(rows), *problems)
    return 1 if problems else 0
