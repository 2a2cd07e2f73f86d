"""The table of docs/evidence.md, made from the files in docs/evidence: claim, rung, board."""

from collections.abc import Iterable

from qsota_tools.prove import markdown
from qsota_tools.prove.claims import CLAIMS

_HEADS = ("", "Level", "Board", "MicroPython", "UART", "Library", "Shown by")
_RUNGS = {"virtual": "2 virtual", "emulated": "3 emulated", "board": "4 board"}
# Of the figures of a step, those that the table has room for, and how it shows them.
_SHOWN = {
    "total_s": "{:.1f} s",
    "emulated_s": "{:.1f} s emulated",
    "count": "{} times",
    "finished": "{} finished",
    "given_up": "{} given up",
    "write_s": "{:.0f} s",
    "reset_to_first_command_s": "{:.2f} s from reset to the first command",
    "processor_s": "{:.1f} s of a processor",
}
# Those of the host's clock, which say nothing of an emulated board.
_OF_A_CLOCK = {"total_s", "write_s", "reset_to_first_command_s"}


def table(documents: Iterable[tuple[str, dict]]) -> str:
    """(name of the file, its content) of each, as text for the document."""
    runs = sorted(documents, key=lambda item: (_RUNGS[item[1]["rung"]], item[0]))
    return "\n".join([*_of_files(runs), "", *_of_claims(runs), ""])


def _of_files(runs: list[tuple[str, dict]]) -> list[str]:
    rows = []
    for number, (name, run) in enumerate(runs, 1):
        uart = run["module"]["uart"]
        cells = (
            f"[{number}](evidence/{name})",
            _RUNGS[run["rung"]],
            f"`{run['board']['name']}`",
            run["micropython"]["text"].partition("MicroPython ")[2],
            f"{uart['receive']}, {uart['baud']}",
            f"`{run['qsota']['library_sha256'][:8]}`",
            ", ".join(filter(None, (run["by"], run["made"][:10]))),
        )
        rows.append(cells)
    return markdown.table(_HEADS, rows)


def _of_claims(runs: list[tuple[str, dict]]) -> list[str]:
    heads = ["Claim", *(str(number) for number, _ in enumerate(runs, 1))]
    rows = []
    for claim, text in CLAIMS.items():
        cells = [_cell(run, claim) for _, run in runs]
        if any(cells):
            rows.append([text, *cells])
    return markdown.table(heads, rows)


def _cell(run: dict, claim: str) -> str:
    found = [step for step in run["steps"] if step["claim"] == claim]
    if not found:
        return ""
    problems = [text for step in found for text in step["problems"]]
    if problems:
        return f"**wrong**: {problems[0]}"
    figures = found[0]["figures"]
    left_out = _OF_A_CLOCK if run["rung"] == "emulated" else set()
    names = [name for name in _SHOWN if name in figures.keys() - left_out]
    shown = [_SHOWN[name].format(figures[name]) for name in names]
    return ", ".join(["shown", *shown])
