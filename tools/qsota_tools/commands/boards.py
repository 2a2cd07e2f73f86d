"""`qsota boards`: the boards that qsota knows, and those that it cannot serve."""

import argparse

from qsota_tools import boards

_KB = 1024


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    subparsers.add_parser(
        "boards", description="List the boards that qsota knows, and those that it cannot serve."
    )


def run(args: argparse.Namespace) -> int:
    print(f"{'BOARD':<26} {'FLASH':>8} {'2 SLOTS OF':>10} {'UART':<22} DESCRIPTION")
    for board in map(boards.load, boards.known()):
        flash, slot, uart = board["flash"], board["areas"]["slot_a"], board["uart"]
        line = f"{uart['id']}, {uart['baud']} baud, {uart['receive']}"
        print(
            f"{board['name']:<26} {flash['size'] // _KB:>5} KB {slot[1] // _KB:>7} KB "
            f"{line:<22} {board['title']}"
        )
    print("\nNot supported:")
    for name, found in boards.unsupported().items():
        print(f"{name:<26} {found['reason']}. Use {' or '.join(found['use'])}")
    return 0
