"""`qsota bench`: the figures of the documents, measured again."""

import argparse
import functools
from collections.abc import Callable
from pathlib import Path

from qsota_tools.commands import _bench_speed
from qsota_tools.common import ui
from qsota_tools.common.arguments import at_least
from qsota_tools.proof.bench import budgets, decoders, heap, hold, sizes

Say = Callable[..., None]

EXAMPLES = """
qsota bench heap
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
        "decoders", description="Run the decoders and a signature check on the MicroPython VM."
    )
    of_heap = benches.add_parser(
        "heap",
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
    _bench_speed.add_parsers(benches)
    of_hold = benches.add_parser(
        "hold",
        description="Upgrades of every payload kind in virtual time, with what each operation "
        "takes on a Raspberry Pi Pico: the longest time for which another task could not run. "
        "Exit 1 if that is above the goal anywhere.",
    )
    of_hold.add_argument("--quick", action="store_true", help="the smallest image only")
    of_console = benches.add_parser(
        "console",
        description="How soon the console's pages answer while 1,000 devices report, once a "
        "second each. Exit 1 if one in twenty takes longer than the goal.",
    )
    of_console.add_argument(
        "--seconds", type=at_least(1), default=20, metavar="S", help="to ask for (%(default)s)"
    )
    of_xip = benches.add_parser(
        "xip",
        description="Watch the cache in front of an emulated Pico's flash in samples, and tell by "
        "which factor its waits make a start and an upgrade longer.",
    )
    _bench_speed.add_uf2(of_xip)
    for of_bench in benches.choices.values():
        ui.add_json_file(of_bench)


def run(args: argparse.Namespace) -> int:
    """With --json, nothing but the figures: as text they come one by one."""
    on_stdout = args.json == ui.ON_STDOUT
    say = _silent if on_stdout else functools.partial(print, flush=True)
    return _BENCHES[args.bench](args, say)


def _silent(*texts: str) -> None:
    """Instead of text."""


def _hold(args: argparse.Namespace, say: Say) -> int:
    say(f"{'payload':<26} {'image':>8} {'reset':>5} {'longest':>9}  phase: made of (ms)")
    found = []
    for row in hold.holds(hold.SIZES[:1] if args.quick else hold.SIZES):
        found.append(row)
        say(
            f"{row['kind']:<26} {row['size']:>8} {'yes' if row['reset'] else 'no':>5} "
            f"{row['longest_ms']:>6.0f} ms  {row['phase']}: {hold.made_of(row)}"
        )
    held = sum(map(hold.too_long, found))
    text = f"{held} of {len(found)} longer than one erase and {hold.GOAL_MS:.0f} ms"
    ui.report(args.json, found, text)
    return 1 if held else 0


def _console(args: argparse.Namespace, say: Say) -> int:
    from qsota_tools.console import load  # needs qsota[center]

    say(f"{'page':<32} {'asked':>6} {'median':>9} {'95 %':>9} {'worst':>9}")
    found = []
    for row in load.measure(args.seconds):
        found.append(row)
        figures = " ".join(f"{row[name]:>6.0f} ms" for name in ("median", "p95", "worst"))
        say(f"{row['path']:<32} {row['count']:>6} {figures}")
    goal = f"goal: {load.GOAL_MS} ms for 95 %"
    ui.report(args.json, found, f"{found[-1]['rate']:.0f} events/s meanwhile; {goal}")
    return int(any(row["p95"] > load.GOAL_MS for row in found))


def _heap(args: argparse.Namespace, say: Say) -> int:
    say(f"{'bytes of live heap, or ms':<26} {'FIGURE':>8} {'BUDGET':>8}")
    found = {}
    for name, value in heap.figures(args.uf2, args.only or list(heap.MEASURES)):
        found[name] = value
        if name != "image":
            say(f"{name:<26} {value:>8} {budgets.of('pico').get(name, ''):>8}")
    broken = budgets.broken("pico", found)
    text = "\n".join(f"over budget: {text}" for text in broken) or "within the budgets"
    ui.report(args.json, found, text)
    return 1 if broken else 0


def _xip(args: argparse.Namespace, say: Say) -> int:
    from qsota_tools.emulated.rp2040 import wait_states  # needs qsota[emulated]

    say(f"{'part':<8} {'emulated':>9} {'cycles':>12} {'missed':>7} {'factor':>7}")
    found = []
    for row in wait_states.factors(args.uf2):
        found.append(row)
        figures = f"{row['missed']:>7.2%} {row['factor']:>7.2f}"
        say(f"{row['part']:<8} {row['seconds']:>7.3f} s {row['cycles']:>12} {figures}")
    ui.report(args.json, found, "on the chip these cycles take longer by the factor")
    return 0


def _decoders(args: argparse.Namespace, say: Say) -> int:
    say("live heap on the 64-bit VM, in bytes; a 32-bit board takes less")
    say(f"{'':<24} {'code':>7} {'decoder':>8}")
    rows = []
    for row in decoders.decoders():
        rows.append(row)
        name = f"{row['kind']}, window {row['window']}"
        say(f"{name:<24} {row['code']:>7} {row['peak']:>8}")
    found = decoders.signature_check()
    text = (
        f"\nsignature check: {found['us'] / 1000:.1f} ms on this machine, "
        f"{found['allocated']} bytes allocated in all, code {found['code']}"
    )
    ui.report(args.json, {"decoders": rows, "signature_check": found}, text)
    return 0


def _sizes(args: argparse.Namespace, say: Say) -> int:
    say("all sizes in % of the new image; each package has a header of 768 bytes besides")
    heads = " ".join(f"{name:>13}" for name in sizes.columns())
    say(f"{'':<26} {'image':>6} {'lines':>6} {heads}")
    found = []
    for row in sizes.rows(args.cache):
        found.append(row)
        cells = " ".join(f"{value:>13.2f}" for value in row["sizes"].values())
        say(f"{row['name']:<26} {row['image']:>6} {row['lines']:>6.2f} {cells}")
    judged = sizes.judge(found)
    lines = [f"\n{'':<16} {'releases':>8} {'median':>7} {'worst':>7} {'goal':>7}"]
    for row in judged:
        figures = f"{row['median']:>7.2f} {row['worst']:>7.2f} {row['goal']:>7.2f}"
        lines.append(f"{row['kind']:<16} {row['releases']:>8} {figures}")
    ui.report(args.json, {"releases": found, "kinds": judged}, "\n".join(lines))
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
