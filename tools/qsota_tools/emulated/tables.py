"""What the proof found, as text."""

from collections import Counter

from qsota_tools.center.cloud import SUCCESS
from qsota_tools.common import tables

_ENDS = ("finished", "given up", "wrong")


_STEP_HEADS = ("STEP", "VERDICT", "RUNS", "BOOTS", "EMULATED", "PROCESSOR", "HOST")
_CUT_HEADS = ("AREA", "OPERATION", "CUTS", *map(str.upper, _ENDS), "EMULATED", "PROCESSOR")


def summary(steps: list[dict], cuts: list[dict]) -> str:
    """Tables for people. PROCESSOR: seconds of a processor, however loaded this host is."""
    shown = [tables.text(_STEP_HEADS, map(_step_row, steps))]
    return "\n\n".join(shown + ([_cut_table(cuts)] if cuts else []))


def _step_row(step: dict) -> tuple:
    emulated = step.get("emulated_s", "")
    return (
        *(step["step"], step.get("result", ""), step.get("running", "")),
        len(step.get("boots", ())) or "",
        emulated and f"{emulated:.1f} s",
        *(f"{step['processor_s']:.1f} s", f"{step['host_s']:.0f} s"),
    )


def _cut_table(cuts: list[dict]) -> str:
    """How the cuts ended, by where they hit, and what they took."""
    places: dict[tuple, list[dict]] = {}
    for row in cuts:
        places.setdefault((row.get("area", "?"), row.get("kind", "?")), []).append(row)
    places["all", ""] = cuts
    return tables.text(_CUT_HEADS, ((*place, *_cut_cells(rows)) for place, rows in places.items()))


def _cut_cells(rows: list[dict]) -> tuple:
    ends = Counter(map(_end, rows))
    seconds = (sum(row.get(name, 0) for row in rows) for name in ("emulated_s", "processor_s"))
    return len(rows), *(ends[name] for name in _ENDS), *(f"{each:.0f} s" for each in seconds)


def cut_line(row: dict) -> str:
    """How one cut ended."""
    return f"cut {row['cut']}: {row.get('kind')} in {row.get('area')}, {_end(row)}"


def _end(row: dict) -> str:
    if row["problems"]:
        return "wrong"
    return "finished" if row["result"] == SUCCESS else "given up"


def problems(steps: list[dict], cuts: list[dict]) -> list[str]:
    """All that is wrong, a line for each."""
    named = [(row.get("step") or f"cut {row['cut']}", row) for row in steps + cuts]
    return [f"{name}: {text}" for name, row in named for text in row["problems"]]
