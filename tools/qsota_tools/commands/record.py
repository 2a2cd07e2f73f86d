"""`qsota record`: the dialogue of a board and its module as a transcript, without secrets."""

import argparse
import signal
import sys
import time
from pathlib import Path

from qsota_tools.common import files, ui
from qsota_tools.common.arguments import at_least, seconds
from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import GRAMMAR
from qsota_tools.transcript import log_text
from qsota_tools.transcript.entries import FROM_MODULE, TO_MODULE, Entry, to_text
from qsota_tools.transcript.mask import Mask
from qsota_tools.transcript.split import split
from qsota_tools.transcript.tap import Tap

EXAMPLES = """
qsota record --uart /dev/ttyUSB0 --module /dev/ttyUSB1 -o module.txt
qsota record --log dialogue.txt -o module.txt --note "EC200U-CN, firmware EC200UCNAAR03A09M08"
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "record",
        description="Join two serial adapters, one wired to the board's UART and one to the "
        "module's, and write down what passes, until Ctrl-C; or take it from a log. Product key "
        "and secret, IMEI, ICCID, IMSI, phone numbers, addresses and the data of packages and "
        "messages are replaced. `qsota sim --replay` compares the file with the simulated module.",
    )
    parser.add_argument("--uart", metavar="PORT", help=f"the adapter at the board: {GRAMMAR}")
    parser.add_argument("--module", metavar="PORT", help="the adapter at the module, likewise")
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="a text with [TX] and [RX] in front of its lines"
    )
    parser.add_argument(
        "--baud", type=at_least(1), default=115200, help="of both adapters (%(default)s)"
    )
    parser.add_argument("--timeout", type=seconds, metavar="S", help="stop after S seconds")
    parser.add_argument(
        "--note", action="append", default=[], metavar="TEXT", help="what module it is; repeatable"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", required=True)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    tapped = (args.uart is not None) + (args.module is not None)
    if (args.log is None) == (tapped == 0) or tapped == 1:
        raise UserError("name --uart and --module, or a --log")
    if any("\n" in note for note in args.note):
        raise UserError("--note: one line each")
    entries = log_text.entries(files.read_text(args.log)) if args.log else _tapped(args)
    files.write(args.output, to_text(Mask().masked(entries), args.note))
    counts = {name: sum(entry.direction == name for entry in entries) for name in _DIRECTIONS}
    if args.json:
        ui.print_json({"file": str(args.output), **counts})
    else:
        sent, received = counts.values()
        print(f"{args.output}: {sent} lines from the MCU, {received} from the module")
        print("no secrets that are known are left in it; read it before you pass it on")
    return 0 if entries else 1


_DIRECTIONS = (TO_MODULE, FROM_MODULE)


def _tapped(args: argparse.Namespace) -> list[Entry]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    end = args.timeout and time.monotonic() + args.timeout
    with Tap(args.uart, args.module, args.baud) as tap:
        ui.note("recording; Ctrl-C ends it")
        try:
            while not (end and time.monotonic() > end):
                tap.pass_on()
        except KeyboardInterrupt:
            pass
    return split(tap.pieces)
