"""`qsota fleet`: a plan rehearsed with thousands of devices, before the real button is pressed."""

import argparse
from dataclasses import replace
from pathlib import Path

from qsota_tools.common import ui, workers
from qsota_tools.common.arguments import add_crew, at_least
from qsota_tools.common.errors import UserError
from qsota_tools.fleet import figures, fleet
from qsota_tools.fleet.spec import Spec, with_plan

EXAMPLES = """
qsota fleet --devices 200
qsota fleet --devices 10000 --cuts 5 --links 5 --json fleet.json
qsota fleet --devices 1000 --plan plan.json
qsota fleet --devices 10000 --scheduler tcp://10.0.0.5:8786
"""


_SIZE_MAX = 32768  # what the bench's slots hold


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "fleet",
        description="Runs the device code of many devices in virtual time against the Developer "
        "Center, through a plan, while some lose their power or have a bad link. Exit 1 if a "
        "device is dead, runs a wrong image, or the statistics do not add up.",
    )
    parser.add_argument("--devices", metavar="N", type=at_least(1), default=200, help="(200)")
    parser.add_argument(
        "--plan",
        metavar="FILE",
        type=Path,
        help="a plan as JSON, as GET /api/v1/plans/ID answers it (default: 24 hours, pushed "
        "actively, with the platform's default strategy)",
    )
    for name, text in (
        ("cuts", "devices lose their power while they write"),
        ("links", "devices have a bad link until a while after the offer"),
        ("refusals", "devices have a low battery at first"),
    ):
        parser.add_argument(
            f"--{name}", metavar="PERCENT", type=_percent, default=5, help=f"so many {text} (5)"
        )
    parser.add_argument(
        "--size", metavar="BYTES", type=at_least(1), default=Spec.size, help="images (%(default)s)"
    )
    parser.add_argument("--seed", type=at_least(0), default=1, help="of what is random (1)")
    add_crew(parser)
    ui.add_json_file(parser)


def _percent(text: str) -> int:
    value = at_least(0)(text)
    if value > 100:
        raise argparse.ArgumentTypeError(f"must be at most 100, not {text}")
    return value


def run(args: argparse.Namespace) -> int:
    if args.size > _SIZE_MAX:
        raise UserError(f"--size: the images of a fleet have at most {_SIZE_MAX} bytes")
    spec = Spec(size=args.size, seed=args.seed)
    if args.plan:
        spec = with_plan(spec, args.plan)
    spec = replace(spec, cuts=args.cuts, links=args.links, refusals=args.refusals)
    if note := figures.note(args.devices):
        ui.note(note)
    found = fleet.rehearse(spec, args.devices, workers.Crew(args.jobs, args.scheduler))
    ui.report(args.json, found, figures.text(found))
    return 1 if found["wrongs"] else 0
