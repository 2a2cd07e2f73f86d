"""`qsota bench`: the figures of the documents, measured again."""

import argparse
import importlib

_BENCHES = {"sizes": "sizes", "heap": "decoders"}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "bench", description="Measure what the documents claim, and print it."
    )
    benches = parser.add_subparsers(dest="bench", metavar="BENCH", required=True)
    for name, module in _BENCHES.items():
        importlib.import_module(f"qsota_tools.proof.bench.{module}").add_parser(benches, name)


def run(args: argparse.Namespace) -> int:
    return importlib.import_module(f"qsota_tools.proof.bench.{_BENCHES[args.bench]}").run(args)
