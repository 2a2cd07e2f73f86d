"""The table at the end of a campaign, and the same as JSON."""

from collections.abc import Iterable

from qsota_tools.common import tables
from qsota_tools.proof.power.chips import MODELS
from qsota_tools.proof.power.explore import Tally

_COLUMNS = (
    ("scenario", lambda tally: tally.scenario),
    ("flash", lambda tally: tally.model),
    ("operations", lambda tally: tally.operations),
    ("cuts", lambda tally: tally.cuts),
    ("torn", lambda tally: tally.torn),
    ("second cuts", lambda tally: tally.second),
    ("walks", lambda tally: tally.walks),
    ("states", lambda tally: len(tally.states)),
    ("given up", lambda tally: tally.given_up),
    ("failures", lambda tally: len(tally.failures)),
    ("longest gap", lambda tally: f"{tally.gap_ms / 1000:.1f} s"),
)


def merge(tallies: Iterable[Tally]) -> list[Tally]:
    """One tally for each scenario and model."""
    merged: dict[tuple[str, str], Tally] = {}
    for tally in tallies:
        pair = (tally.scenario, tally.model)
        if pair in merged:
            merged[pair].add(tally)
        else:
            merged[pair] = tally
    return sorted(merged.values(), key=lambda tally: list(MODELS).index(tally.model))


def supported(tallies: Iterable[Tally]) -> list[Tally]:
    return [tally for tally in tallies if MODELS[tally.model].supported]


def table(tallies: list[Tally]) -> str:
    """As the documents have it."""
    rows = [[value(tally) for _, value in _COLUMNS] for tally in tallies]
    return tables.text([name for name, _ in _COLUMNS], rows, markdown=True)


def summary(tallies: list[Tally], seconds: float) -> str:
    good = supported(tallies)
    states = sum(len(tally.states) for tally in good)
    failures = sum(len(tally.failures) for tally in good)
    checked = sum(tally.checked for tally in tallies)
    wrong = sum(tally.wrong for tally in tallies)
    lines = [
        f"{states} distinct states, {failures} failures, {seconds:.0f} s",
        f"{checked - wrong} of {checked} states that were computed are those of a real cut",
    ]
    lines += [
        f"{tally.model}: refused by the board files; {len(tally.failures)} failures in "
        f"{len(tally.states)} states of {tally.scenario}"
        for tally in tallies
        if tally not in good
    ]
    return "\n".join(lines)


def as_json(tallies: list[Tally], seconds: float, seed: int) -> dict:
    rows = []
    for tally in tallies:
        row = dict(vars(tally), states=len(tally.states))
        row["supported"] = MODELS[tally.model].supported
        rows.append(row)
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "states": sum(len(tally.states) for tally in supported(tallies)),
        "failures": sum(len(tally.failures) for tally in supported(tallies)),
        "rows": rows,
    }
