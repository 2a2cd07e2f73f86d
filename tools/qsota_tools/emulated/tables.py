"""What the proof found, as text."""

from collections import Counter

from qsota_tools.center.cloud import SUCCESS


def summary(steps: list[dict], cuts: list[dict]) -> str:
    """Tables for people."""
    lines = [f"{'STEP':<10} {'VERDICT':>7} {'RUNS':<6} {'BOOTS':>5} {'EMULATED':>9} {'HOST':>8}"]
    for step in steps:
        boots, emulated = len(step.get("boots", ())) or "", step.get("emulated_s", "")
        emulated = emulated and f"{emulated:.1f} s"
        lines.append(
            f"{step['step']:<10} {step.get('result', ''):>7} {step.get('running', ''):<6} "
            f"{boots:>5} {emulated:>9} {step['host_s']:>6.0f} s"
        )
    return "\n".join(lines + (_cut_table(cuts) if cuts else []))


def _cut_table(cuts: list[dict]) -> list[str]:
    """How the cuts ended, by where they hit."""
    ends: dict[tuple, Counter] = {}
    for row in cuts:
        place = (row.get("area", "?"), row.get("kind", "?"))
        ends.setdefault(place, Counter())[_end(row)] += 1
    ends["all", ""] = sum(ends.values(), Counter())
    names = ("finished", "given up", "wrong")
    head = " ".join(f"{name.upper():>9}" for name in ("cuts", *names))
    return [f"\n{'AREA':<8} {'OPERATION':<9} {head}"] + [
        f"{area:<8} {kind:<9} {found.total():>9} "
        + " ".join(f"{found[name]:>9}" for name in names)
        for (area, kind), found in ends.items()
    ]


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
