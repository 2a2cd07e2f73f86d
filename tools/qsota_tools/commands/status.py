"""`qsota status`: what runs on a board on USB, and what its boot record says."""

import argparse

from qsota.boot.record_data import Record
from qsota_tools.common import ui
from qsota_tools.common.record_view import STATES
from qsota_tools.provision.program import Program, interrupted
from qsota_tools.provision.repl_link import add_port

EXAMPLES = """
qsota status
qsota status --port /dev/ttyACM0 --json
"""

_REPORTS = ("none", "the new version", "the old version")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "status",
        description="Show the version that runs, the slots, the boot record and the last "
        "messages. The application is interrupted for that, and restarted, which clears the "
        "messages; a trial keeps its attempts.",
    )
    add_port(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    with interrupted(args.port) as program:
        # Before the restart, which takes the messages away.
        lines = _lines(program)
        if args.json:
            ui.print_json({**lines, "log": program.log})
        else:
            for name, value in lines.items():
                print(f"{name:<14} {value}")
            print("\nlast messages", *(program.log or ["none"]), sep="\n  ", flush=True)
    return 0


def _lines(program: Program) -> dict[str, str]:
    board = program.board
    used, free = program.heap
    return {
        "board": f"{board['name']}, component {board['component']}",
        "running": program.headline(),
        **_record_lines(program.record),
        "settings": _settings(program.settings()),
        "heap": f"{free} bytes free of {used + free}",
    }


def _record_lines(record: Record) -> dict[str, str]:
    lines = {}
    for name, slot in zip("AB", record.slots, strict=True):
        text = f"{STATES[slot.state]} {slot.version}".rstrip()
        lines[f"slot {name}"] = f"{text}, {slot.size} bytes" if slot.size else text
    lines["record"] = f"{record.seq}, slot {'AB'[record.active]} is active"
    lines["report due"] = _REPORTS[record.report]
    if record.upgrade:
        upgrade = record.upgrade
        name = f"{upgrade.component} {upgrade.target}".rstrip()
        state = "open" if upgrade.open else "closed"
        lines["last upgrade"] = f"{name}, {upgrade.length} bytes, {state}"
    if record.reason:
        lines["last failure"] = record.reason
    return lines


def _settings(settings: dict | None) -> str:
    """The names of the settings; of the values only the product key is no secret."""
    if settings is None:
        return "damaged"
    shown = (f"pk {value}" if name == "pk" else name for name, value in settings.items())
    return ", ".join(shown) or "none"
