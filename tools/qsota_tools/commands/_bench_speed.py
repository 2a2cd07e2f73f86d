"""`qsota bench boot` and `qsota bench transfer`: starts and transfers."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from qsota_tools.common import ui
from qsota_tools.common.tables import Growing
from qsota_tools.proof.bench import boot, budgets, transfer, transfer_emulated

_HEADS = ("where", "baud", "latency_ms", "chunk", "receive", "client", "seconds", "ratio")


def add_parsers(benches) -> None:
    """The parsers of both, among those of `qsota bench`."""
    of_boot = benches.add_parser(
        "boot",
        help="the phases of a start, against a budget",
        description="Measure the phases of a start in ms, on an emulated Pico with stock "
        "MicroPython. Exit 1 if the budget is broken.",
    )
    of_transfer = benches.add_parser(
        "transfer",
        help="packages over the UART, against the limit of the wire",
        description="Measure how long a package takes over the UART against the limit of the "
        "wire, next to two naive clients: in virtual time, and with --emulated on an emulated "
        "Pico.",
    )
    of_transfer.add_argument("--quick", action="store_true", help="chunks of 1 KB, two latencies")
    of_transfer.add_argument("--emulated", action="store_true", help="rows of the emulator, too")
    for parser in (of_boot, of_transfer):
        add_uf2(parser)


def add_uf2(parser: argparse.ArgumentParser) -> None:
    """The option of all that is measured on an emulated Pico."""
    parser.add_argument(
        "--uf2", type=Path, metavar="PATH", help="another image than the published 1.25.0"
    )


def run_boot(args: argparse.Namespace, shown: bool) -> int:
    """Show the figures; 1 if one is above its budget."""
    found = {}
    with Growing(("PHASE", "MS", "BUDGET"), shown) as table:
        for name, value in boot.figures(args.uf2):
            found[name] = round(value, 2)
            table.add(name, value, budgets.of("pico").get(name, ""))
    broken = budgets.broken("pico", found)
    ui.report(
        args.json,
        found,
        "\n".join(f"over budget: {text}" for text in broken) or "within the budgets",
    )
    return 1 if broken else 0


def run_transfer(args: argparse.Namespace, shown: bool) -> int:
    """Show a row for each case."""
    found = []
    with Growing(_HEADS, shown) as table:
        for row in _rows(args):
            found.append(row)
            table.add(*(row[head] for head in _HEADS))
    ui.report(args.json, {"rows": found}, "ratio: to the limit of the wire")
    return 0


def _rows(args: argparse.Namespace) -> Iterator[transfer.Row]:
    cases = {"latencies": (0, 300), "chunks": (1024,)} if args.quick else {}
    yield from transfer.model_rows(**cases)
    if args.emulated:
        yield from transfer_emulated.emulated_rows(args.uf2)
