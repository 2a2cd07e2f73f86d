"""`qsota bench`: the figures of the documents, measured again."""

import argparse
from pathlib import Path

from qsota_tools.center.cloud import SUCCESS
from qsota_tools.commands import _bench_speed
from qsota_tools.common import tables, ui
from qsota_tools.common.arguments import at_least
from qsota_tools.common.tables import Growing
from qsota_tools.proof.bench import budgets, decoders, heap, hold, hold_emulated, sizes

EXAMPLES = """
qsota bench heap
qsota bench heap --heap 103680
qsota bench boot
qsota bench transfer --quick
qsota bench sizes --cache build/bench
qsota bench console --seconds 20
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "bench", description="Measure what the documents claim, and print it."
    )
    benches = parser.add_subparsers(dest="bench", metavar="BENCH", required=True)
    of_sizes = benches.add_parser(
        "sizes",
        help="payloads over the history of published software",
        description="Compare payloads over the real history of published MicroPython software, "
        "next to detools and hdiffpatch where they are installed (pip install qsota[bench]).",
    )
    of_sizes.add_argument(
        "--cache",
        type=Path,
        default=Path("build/bench"),
        metavar="DIR",
        help="where the releases are kept after their download (default: build/bench)",
    )
    benches.add_parser(
        "decoders",
        help="the decoders and a signature check on the MicroPython VM",
        description="Run the decoders and a signature check on the MicroPython VM.",
    )
    of_heap = benches.add_parser(
        "heap",
        help="heap and start of the library, against budgets",
        description="Measure the heap and the start of the library on an emulated Pico with stock "
        "MicroPython. Exit 1 if a budget is broken.",
    )
    _bench_speed.add_uf2(of_heap)
    of_heap.add_argument(
        "--only",
        nargs="+",
        choices=list(heap.MEASURES),
        metavar="NAME",
        help="some of the figures",
    )
    of_heap.add_argument(
        "--heap",
        type=at_least(1),
        metavar="BYTES",
        help="instead of that: upgrades by the updater alone, on a Pico whose heap is that large "
        "and whose application holds 24 KB of it",
    )
    _bench_speed.add_parsers(benches)
    of_hold = benches.add_parser(
        "hold",
        help="the longest time for which an upgrade holds the processor",
        description="Upgrades of every payload kind in virtual time, with what each operation "
        "takes on a board: the longest time for which another task could not run. "
        "Exit 1 if that is above the goal anywhere.",
    )
    of_hold.add_argument(
        "--board",
        action="append",
        choices=hold.NAMES,
        metavar="NAME",
        help=f"of this one, or of several: {', '.join(hold.NAMES)}",
    )
    where = of_hold.add_mutually_exclusive_group()
    where.add_argument("--quick", action="store_true", help="the smallest image only")
    where.add_argument(
        "--emulated",
        action="store_true",
        help="a delta of an image of 400 KB on an emulated Pico with stock MicroPython, beside an "
        "application with a watchdog of 5 s",
    )
    _bench_speed.add_uf2(of_hold)
    of_console = benches.add_parser(
        "console",
        help="how soon the console answers while devices report",
        description="How soon the console's pages answer while 1,000 devices report, once a "
        "second each. Exit 1 if one in twenty takes longer than the goal.",
    )
    of_console.add_argument(
        "--seconds", type=at_least(1), default=20, metavar="S", help="to ask for (%(default)s)"
    )
    of_xip = benches.add_parser(
        "xip",
        help="what the waits of a flash behind a cache cost",
        description="Watch the cache in front of an emulated Pico's flash in samples, and tell by "
        "which factor its waits make a start and an upgrade longer.",
    )
    _bench_speed.add_uf2(of_xip)
    for of_bench in benches.choices.values():
        ui.add_json_file(of_bench)


def run(args: argparse.Namespace) -> int:
    """With --json, nothing but the figures: as text they come one by one."""
    return _BENCHES[args.bench](args, args.json != ui.ON_STDOUT)


def _hold(args: argparse.Namespace, shown: bool) -> int:
    if args.emulated:
        return _hold_emulated(args, shown)
    found = []
    heads = "BOARD", "PAYLOAD", "IMAGE", "RESET", "LONGEST", "PHASE: MADE OF (ms)"
    with Growing(heads, shown) as table:
        for row in hold.holds(
            hold.SIZES[:1] if args.quick else hold.SIZES, args.board or hold.NAMES
        ):
            found.append(row)
            made_of = f"{row['phase']}: {hold.made_of(row)}"
            what = row["board"], row["kind"], row["size"], "yes" if row["reset"] else "no"
            table.add(*what, f"{row['longest_ms']:.0f} ms", made_of)
    if shown:
        print(tables.text(*hold.summary(found), markdown=True))
    held = sum(map(hold.too_long, found))
    text = f"{held} of {len(found)} longer than one erase and {hold.GOAL_MS:.0f} ms"
    ui.report(args.json, found, text)
    return 1 if held else 0


def _hold_emulated(args: argparse.Namespace, shown: bool) -> int:
    found = hold_emulated.measure(args.uf2)
    with Growing(("PHASE", "LONGEST"), shown) as table:
        for phase, ms in found["phases"].items():
            table.add(phase, f"{ms:.0f} ms")
    text = (
        f"delta of {found['image']} bytes: {found['result']} after {found['seconds']} s and "
        f"{found['boots']} starts; longest {found['longest_ms']:.0f} ms in phase {found['phase']}"
    )
    ui.report(args.json, found, text)
    return 0 if hold_emulated.is_good(found) else 1


def _console(args: argparse.Namespace, shown: bool) -> int:
    from qsota_tools.console import load  # needs qsota[center]

    found = []
    with Growing(("PAGE", "ASKED", "MEDIAN", "95 %", "WORST"), shown) as table:
        for row in load.measure(args.seconds):
            found.append(row)
            figures = (f"{row[name]:.0f} ms" for name in ("median", "p95", "worst"))
            table.add(row["path"], row["count"], *figures)
    goal = f"goal: {load.GOAL_MS} ms for 95 %"
    ui.report(args.json, found, f"{found[-1]['rate']:.0f} events/s meanwhile; {goal}")
    return int(any(row["p95"] > load.GOAL_MS for row in found))


def _heap(args: argparse.Namespace, shown: bool) -> int:
    if args.heap:
        return _narrow(args, shown)
    found = {}
    with Growing(("BYTES OF LIVE HEAP, OR MS", "FIGURE", "BUDGET"), shown) as table:
        for name, value in heap.figures(args.uf2, args.only or list(heap.MEASURES)):
            found[name] = value
            if name != "image":
                table.add(name, value, budgets.of("pico").get(name, ""))
    broken = budgets.broken("pico", found)
    text = "\n".join(f"over budget: {text}" for text in broken) or "within the budgets"
    ui.report(args.json, found, text)
    return 1 if broken else 0


def _narrow(args: argparse.Namespace, shown: bool) -> int:
    rows = []
    with Growing(("PACKAGE", "ALONE", "RESULT"), shown) as table:
        for row in heap.endings(args.uf2, args.heap):
            rows.append(row)
            table.add(row["kind"], row["alone"], row["result"] or "none")
    failed = sum(row["result"] != SUCCESS for row in rows)
    text = f"{failed} of {len(rows)} upgrades failed, with a heap of {args.heap} bytes"
    ui.report(args.json, rows, text)
    return 1 if failed else 0


def _xip(args: argparse.Namespace, shown: bool) -> int:
    from qsota_tools.emulated.rp2040 import wait_states  # needs qsota[emulated]

    found = []
    with Growing(("PART", "EMULATED", "CYCLES", "MISSED", "FACTOR"), shown) as table:
        for row in wait_states.factors(args.uf2):
            found.append(row)
            emulated, missed = f"{row['seconds']:.3f} s", f"{100 * row['missed']:.2f} %"
            table.add(row["part"], emulated, row["cycles"], missed, row["factor"])
    ui.report(args.json, found, "on the chip these cycles take longer by the factor")
    return 0


def _decoders(args: argparse.Namespace, shown: bool) -> int:
    rows = []
    with Growing(("LIVE HEAP ON THE 64-BIT VM, BYTES", "CODE", "DECODER"), shown) as table:
        for row in decoders.decoders():
            rows.append(row)
            table.add(f"{row['kind']}, window {row['window']}", row["code"], row["peak"])
    found = decoders.signature_check()
    text = (
        f"a 32-bit board takes less\n\nsignature check: {found['us'] / 1000:.1f} ms on this "
        f"machine, {found['allocated']} bytes allocated in all, code {found['code']}"
    )
    ui.report(args.json, {"decoders": rows, "signature_check": found}, text)
    return 0


def _sizes(args: argparse.Namespace, shown: bool) -> int:
    found = []
    with Growing(("IN % OF THE IMAGE", "IMAGE", "LINES", *sizes.columns()), shown) as table:
        for row in sizes.rows(args.cache):
            found.append(row)
            table.add(row["name"], row["image"], row["lines"], *row["sizes"].values())
    judged = sizes.judge(found)
    names = ("kind", "releases", "median", "worst", "goal")
    text = tables.text(map(str.upper, names), [[row[name] for name in names] for row in judged])
    note = "each package has a header of 768 bytes besides"
    ui.report(args.json, {"releases": found, "kinds": judged}, f"{note}\n\n{text}")
    return int(any(row["median"] > row["goal"] for row in judged))


_BENCHES = {
    "boot": _bench_speed.run_boot,
    "transfer": _bench_speed.run_transfer,
    "sizes": _sizes,
    "decoders": _decoders,
    "heap": _heap,
    "hold": _hold,
    "console": _console,
    "xip": _xip,
}
