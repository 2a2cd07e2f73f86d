"""`qsota devs`: the serial ports of this host, and what is probably at each."""

import argparse

from qsota_tools.common import tables, ui
from qsota_tools.provision.devices import devices

EXAMPLES = """
qsota devs
qsota devs --json
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "devs",
        description="List the serial ports on USB and what they probably are, by their USB "
        "numbers: nothing is opened, no program is interrupted.",
    )
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    found = devices()
    if args.json:
        ui.print_json({"devices": [device._asdict() for device in found]})
    elif found:
        rows = [(d.port, d.kind, d.usb, d.serial, d.description) for d in found]
        tables.show(("PORT", "KIND", "USB", "SERIAL NUMBER", "DESCRIPTION"), rows)
    else:
        print("no serial port on USB; a board in its boot loader (BOOTSEL) is a drive, not a port")
    return 0
