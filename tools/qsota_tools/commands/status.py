"""`qsota status`: what runs on a board on USB, and what its boot record says."""

import argparse
import json
from collections.abc import Iterator

from qsota.boot.record import Record
from qsota_tools.common.record_view import STATES
from qsota_tools.provision.program import Program, interrupted
from qsota_tools.provision.repl_link import Link, add_port

_REPORTS = ("none", "the new version", "the old version")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "status",
        description="Show the version that runs, the slots and the boot record. The application "
        "is interrupted for that, and restarted; a trial keeps its attempts.",
    )
    add_port(parser)


def run(args: argparse.Namespace) -> int:
    with interrupted(args.port) as program:
        for name, value in _lines(program):
            print(f"{name:<14} {value}")
    return 0


def _lines(program: Program) -> Iterator[tuple[str, str]]:
    board = program.board
    yield "board", f"{board['name']}, component {board['component']}"
    yield "running", program.headline()
    yield from _record_lines(program.record)
    yield "settings", _settings(program.link)
    used, free = program.heap
    yield "heap", f"{free} bytes free of {used + free}"


def _record_lines(record: Record) -> Iterator[tuple[str, str]]:
    for name, slot in zip("AB", record.slots, strict=True):
        text = f"{STATES[slot.state]} {slot.version}".rstrip()
        yield f"slot {name}", f"{text}, {slot.size} bytes" if slot.size else text
    yield "record", f"{record.seq}, slot {'AB'[record.active]} is active"
    yield "report due", _REPORTS[record.report]
    if record.upgrade:
        upgrade = record.upgrade
        name = f"{upgrade.component} {upgrade.target}".rstrip()
        state = "open" if upgrade.open else "closed"
        yield "last upgrade", f"{name}, {upgrade.length} bytes, {state}"
    if record.reason:
        yield "last failure", record.reason


def _settings(link: Link) -> str:
    """The names of the settings; of the values only the product key is no secret."""
    link.run("mount_data()")
    text = link.call("content", "/data/settings.json")
    try:
        settings = json.loads(text or "{}")
    except ValueError:
        return "damaged"
    if not isinstance(settings, dict):
        return "damaged"
    shown = (f"pk {value}" if name == "pk" else name for name, value in settings.items())
    return ", ".join(shown) or "none"
