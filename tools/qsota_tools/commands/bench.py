"""`qsota bench`: the figures of the documents, measured again."""

import argparse
import json
from pathlib import Path

from qsota_tools.common.arguments import at_least
from qsota_tools.proof.bench import budgets, decoders, heap, hold, sizes

EXAMPLES = """
qsota bench heap
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
    of_heap.add_argument(
        "--uf2", type=Path, metavar="PATH", help="another image than the published 1.25.0"
    )
    of_heap.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    of_heap.add_argument(
        "--only",
        nargs="+",
        choices=list(heap.MEASURES),
        metavar="NAME",
        help="some of the figures",
    )
    of_hold = benches.add_parser(
        "hold",
        description="Upgrades of every payload kind in virtual time, with what each operation "
        "takes on a Raspberry Pi Pico: the longest time for which another task could not run. "
        "Exit 1 if that is above the goal anywhere.",
    )
    of_hold.add_argument("--quick", action="store_true", help="the smallest image only")
    of_hold.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    of_console = benches.add_parser(
        "console",
        description="How soon the console's pages answer while 1,000 devices report, once a "
        "second each. Exit 1 if one in twenty takes longer than the goal.",
    )
    of_console.add_argument(
        "--seconds", type=at_least(1), default=20, metavar="S", help="to ask for (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    if args.bench == "decoders":
        return _decoders()
    if args.bench == "hold":
        return _hold(args)
    if args.bench == "console":
        return _console(args.seconds)
    return _sizes(args.cache) if args.bench == "sizes" else _heap(args)


def _hold(args: argparse.Namespace) -> int:
    print(f"{'payload':<26} {'image':>8} {'reset':>5} {'longest':>9}  phase: made of (ms)")
    found = []
    for row in hold.holds(hold.SIZES[:1] if args.quick else hold.SIZES):
        found.append(row)
        print(
            f"{row['kind']:<26} {row['size']:>8} {'yes' if row['reset'] else 'no':>5} "
            f"{row['longest_ms']:>6.0f} ms  {row['phase']}: {hold.made_of(row)}",
            flush=True,
        )
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    held = sum(map(hold.too_long, found))
    print(f"{held} of {len(found)} longer than one erase and {hold.GOAL_MS:.0f} ms")
    return 1 if held else 0


def _console(seconds: float) -> int:
    from qsota_tools.proof.bench import console_load  # needs qsota[center]

    print(f"{'page':<32} {'asked':>6} {'median':>9} {'95 %':>9} {'worst':>9}")
    row: dict = {}
    for row in console_load.measure(seconds):
        figures = " ".join(f"{row[name]:>6.0f} ms" for name in ("median", "p95", "worst"))
        print(f"{row['path']:<32} {row['count']:>6} {figures}", flush=True)
    print(f"{row['rate']:.0f} events/s meanwhile; goal: {console_load.GOAL_MS} ms for 95 %")
    return int(row["p95"] > console_load.GOAL_MS)


def _heap(args: argparse.Namespace) -> int:
    print(f"{'bytes of live heap, or ms':<26} {'FIGURE':>8} {'BUDGET':>8}")
    found = {}
    for name, value in heap.figures(args.uf2, args.only or list(heap.MEASURES)):
        found[name] = value
        if name != "image":
            print(f"{name:<26} {value:>8} {budgets.of('pico').get(name, ''):>8}", flush=True)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    broken = budgets.broken("pico", found)
    print("\n".join(f"over budget: {text}" for text in broken) or "within the budgets")
    return 1 if broken else 0


def _decoders() -> int:
    print("live heap on the 64-bit VM, in bytes; a 32-bit board takes less")
    print(f"{'':<24} {'code':>7} {'decoder':>8}")
    for row in decoders.decoders():
        name = f"{row['kind']}, window {row['window']}"
        print(f"{name:<24} {row['code']:>7} {row['peak']:>8}")
    found = decoders.signature_check()
    print(
        f"\nsignature check: {found['us'] / 1000:.1f} ms on this machine, "
        f"{found['allocated']} bytes allocated in all, code {found['code']}"
    )
    return 0


def _sizes(cache: Path) -> int:
    print("all sizes in % of the new image; each package has a header of 768 bytes besides")
    heads = " ".join(f"{name:>13}" for name in sizes.columns())
    print(f"{'':<26} {'image':>6} {'lines':>6} {heads}")
    found = []
    for row in sizes.rows(cache):
        found.append(row)
        cells = " ".join(f"{value:>13.2f}" for value in row["sizes"].values())
        print(f"{row['name']:<26} {row['image']:>6} {row['lines']:>6.2f} {cells}", flush=True)
    print(f"\n{'':<16} {'releases':>8} {'median':>7} {'worst':>7} {'goal':>7}")
    judged = sizes.judge(found)
    for row in judged:
        figures = f"{row['median']:>7.2f} {row['worst']:>7.2f} {row['goal']:>7.2f}"
        print(f"{row['kind']:<16} {row['releases']:>8} {figures}")
    return int(any(row["median"] > row["goal"] for row in judged))
