"""`qsota bench`: the figures of the documents, measured again."""

import argparse
from pathlib import Path

from qsota_tools.proof.bench import decoders, sizes


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
        "heap", description="Run the decoders and a signature check on the MicroPython VM."
    )


def run(args: argparse.Namespace) -> int:
    return _heap() if args.bench == "heap" else _sizes(args.cache)


def _heap() -> int:
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
