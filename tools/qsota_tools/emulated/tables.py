"""What the proof found, as text."""

from collections import Counter

from qsota_tools.center.cloud import SUCCESS

_ENDS = ("finished", "given up", "wrong")


def summary(steps: list[dict], cuts: list[dict]) -> str:
    """Tables for people. PROCESSOR: seconds of a processor, however loaded this host is."""
    lines = [
        f"{'STEP':<10} {'VERDICT':>7} {'RUNS':<6} {'BOOTS':>5} {'EMULATED':>9} {'PROCESSOR':>9} "
        f"{'HOST':>8}"
    ]
    for step in steps:
        boots, emulated = len(step.get("boots", ())) or "", step.get("emulated_s", "")
        emulated = emulated and f"{emulated:.1f} s"
        lines.append(
            f"{step['step']:<10} {step.get('result', ''):>7} {step.get('running', ''):<6} "
            f"{boots:>5} {emulated:>9} {step['processor_s']:>7.1f} s {step['host_s']:>6.0f} s"
        )
    return "\n".join(lines + (_cut_table(cuts) if cuts else []))


def _cut_table(cuts: list[dict]) -> list[str]:
    """How the cuts ended, by where they hit, and what they took."""
    places: dict[tuple, list[dict]] = {}
    for row in cuts:
        places.setdefault((row.get("area", "?"), row.get("kind", "?")), []).append(row)
    places["all", ""] = cuts
    head = " ".join(f"{name.upper():>9}" for name in ("cuts", *_ENDS, "emulated", "processor"))
    return [f"\n{'AREA':<8} {'OPERATION':<9} {head}"] + [
        f"{area:<8} {kind:<9} {_cut_cells(rows)}" for (area, kind), rows in places.items()
    ]


def _cut_cells(rows: list[dict]) -> str:
    ends = Counter(map(_end, rows))
    counts = " ".join(f"{count:>9}" for count in (len(rows), *(ends[name] for name in _ENDS)))
    seconds = (sum(row.get(name, 0) for row in rows) for name in ("emulated_s", "processor_s"))
    return " ".join((counts, *(f"{each:>7.0f} s" for each in seconds)))


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
