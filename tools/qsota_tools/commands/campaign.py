"""`qsota campaign`: cut the power in every flash operation of an upgrade, in every way; disturb
its link in every way; set a hostile application and module on it."""

import argparse
import time

from qsota_tools.common import ui, workers
from qsota_tools.common.arguments import add_crew, at_least
from qsota_tools.common.errors import UserError
from qsota_tools.proof.hostile import hostile_campaign as hostile
from qsota_tools.proof.links import cases as links
from qsota_tools.proof.power import jobs
from qsota_tools.proof.power import table as report
from qsota_tools.proof.power.replay import replay

EXAMPLES = """
qsota campaign --quick
qsota campaign --links 10000 --json links.json
"""


def add_parser(subparsers) -> None:
    parser = subparsers.add_parser(
        "campaign",
        help="cut the power and the link of upgrades, everywhere",
        description="Runs upgrades of the device code on simulated flash, cuts the power before, "
        "after and inside every flash operation, or disturbs the link to the module, or lets "
        "application, module and memory do their worst, and checks that the device always comes "
        "back.",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a minute or two (default)")
    size.add_argument("--full", action="store_true", help="over an hour on two cores")
    size.add_argument(
        "--links", metavar="N", type=at_least(1), help="N upgrades over faulty links"
    )
    size.add_argument("--link-faults", action="store_true", help="each single fault of the link")
    size.add_argument(
        "--hostile", metavar="N", type=at_least(1), help="N upgrades under a hostile application"
    )
    size.add_argument("--replay", metavar="CASE", help="run one case again and show what happens")
    parser.add_argument("--seed", type=at_least(0), help="of what is random (default: 1)")
    add_crew(parser)
    ui.add_json_file(parser)


def _refuse_unused(args: argparse.Namespace) -> None:
    if args.replay is not None and (args.json or args.jobs or args.scheduler):
        raise UserError("--json, --jobs and --scheduler are for campaigns, not for --replay")
    if (args.replay is not None or args.link_faults) and args.seed is not None:
        raise UserError("--seed is for what is random, which this is not")
    args.seed = 1 if args.seed is None else args.seed


def run(args: argparse.Namespace) -> int:
    _refuse_unused(args)
    if args.replay is not None:
        return _replay(args.replay)
    crew = workers.Crew(args.jobs, args.scheduler)
    if args.links:
        return links.report(links.random_cases(args.links, args.seed), crew, args.json)
    if args.link_faults:
        return links.report(links.single_cases(), crew, args.json)
    if args.hostile:
        return hostile.report(args.hostile, args.seed, crew, args.json)
    begun = time.monotonic()
    work = jobs.full() if args.full else jobs.quick()
    tallies = report.merge(jobs.run(work, args.seed, crew))
    seconds = time.monotonic() - begun
    failures = [line for tally in report.supported(tallies) for line in tally.failures]
    text = report.table(tallies), report.summary(tallies, seconds), *failures
    ui.report(args.json, report.as_json(tallies, seconds, args.seed), *text)
    return 1 if failures or any(tally.wrong for tally in tallies) else 0


def _replay(case: str) -> int:
    for word, campaign in (("link", links), ("hostile", hostile)):
        if case.startswith(word + "="):
            name, _, number = case.removeprefix(word + "=").partition(" number=")
            if not number.isdigit():
                raise UserError(f"cannot replay this: {word}=CLASS needs a number")
            return campaign.repeat(name, int(number))
    return replay(case)
