"""`qsota sim`: a simulated module with its cloud at a pseudo-terminal, a TCP or a serial port."""

import argparse
import json
import queue
import signal
import sys
from pathlib import Path

from qsota_tools.commands._replay import replay
from qsota_tools.common.arguments import at_least, seconds
from qsota_tools.common.errors import UserError
from qsota_tools.common.event_watch import Outcome, watch
from qsota_tools.module import offers, option_text
from qsota_tools.module.goal import RESULTS, Goal
from qsota_tools.module.read_answer import FORMS
from qsota_tools.module.realtime import RealTimeSim

EXAMPLES = """
qsota sim --link /tmp/module
qsota sim --link /tmp/module --package new.bin --until 10705 --timeout 60
qsota sim --serial /dev/ttyUSB0 --package new.bin --transcript
qsota sim --replay module.txt
"""

_RESTART_MS = 3000  # a board whose PWRKEY is wired: the module comes back after QPOWD

_LINES = {
    "listening": lambda e: f"module at {e['port']}",
    "peer": lambda e: "MCU attached" if e["connected"] else "MCU gone",
    "connected": lambda e: "connected to the cloud",
    "power-down": lambda e: "module goes off",
    "power-up": lambda e: "module starts",
    "versions": lambda e: "versions: " + (_pairs(e["versions"].items()) or "none"),
    "offered": lambda e: "offered: " + _pairs(e["components"]),
    "confirmed": lambda e: f"confirmed: {e['component']}",
    "refused": lambda e: f"refused: {e['component']}",
    "retry": lambda e: f"download failed, retry {e['retry']}: {e['component']}",
    "block": lambda e: f"{e['size']} bytes from {e['start']} can be read: {e['component']}",
    "verdict": lambda e: f"{RESULTS[e['code']]}: {e['component']} {e['target']}",
    "plan-ended": lambda e: f"plan ended: {RESULTS[e['result']]}",
    "done": lambda e: f"done: {e['reason']}",
}


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "sim",
        description="Run a simulated Quectel module with its cloud. Exit 0 when the last plan has "
        "its verdict, 1 when it has not in time or --until asks for another one. Without a "
        "package it runs until Ctrl-C.",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--link", metavar="PATH", help="pseudo-terminal with a link to it at PATH")
    where.add_argument("--tcp", metavar="PORT", help="TCP server at [HOST:]PORT")
    where.add_argument(
        "--serial",
        metavar="DEV",
        help="serial port that is wired to a board, or a URL of pyserial",
    )
    where.add_argument(
        "--replay",
        type=Path,
        metavar="FILE",
        help="play the module's side of a transcript of `qsota record`, and say where the one "
        "that was recorded did something else: exit 1 then",
    )
    parser.add_argument(
        "--baud", type=at_least(0), default=115200, help="line speed, 0: as fast as it gets"
    )
    _add_cloud(parser.add_argument_group("cloud"))
    _add_module(parser.add_argument_group("module"))
    parser.add_argument(
        "--until",
        metavar="VERDICT",
        help="10705 or 10706: what the last plan, or (separated by commas) each plan, must get",
    )
    parser.add_argument("--timeout", type=seconds, metavar="S", help="stop after S seconds")
    show = parser.add_mutually_exclusive_group()
    show.add_argument("--json", action="store_true", help="one JSON object per event and line")
    show.add_argument("--transcript", action="store_true", help="what the MCU sends and receives")
    return parser


def _add_cloud(group) -> None:
    group.add_argument(
        "--package",
        type=Path,
        metavar="PKG",
        action="append",
        default=[],
        help="offer this; several packages are several plans, one after the other",
    )
    group.add_argument("--multi", action="store_true", help="one plan with all the packages")
    group.add_argument(
        "--component", metavar="NAME", help="for a PKG that `qsota build` did not make"
    )
    group.add_argument("--target", metavar="VERSION", help="likewise")
    group.add_argument(
        "--push-every",
        type=at_least(0),
        default=600,
        metavar="S",
        help="grid on which plans are offered, 0: only on request (default: %(default)s)",
    )
    group.add_argument(
        "--speed", type=at_least(1), default=100000, metavar="B/S", help="of the download"
    )


def _add_module(group) -> None:
    group.add_argument("--payload", choices=FORMS, default="raw", help="wire form of the data")
    group.add_argument(
        "--flash-free",
        type=at_least(1),
        metavar="BYTES",
        help="a longer file comes in several blocks",
    )
    group.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a property of the module, some are on or off: " + ", ".join(option_text.names()),
    )


def run(args: argparse.Namespace) -> int:
    if args.replay:
        return replay(args.replay, args.json)
    plans = offers.plans(args.package, args.multi, args.component, args.target)
    goal = Goal(args.until, len(plans)) if plans or args.until else None
    events: queue.SimpleQueue[dict] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the link is removed
    try:
        sim = RealTimeSim(
            plans,
            _port(args),
            args.baud,
            on_event=events.put,
            on_trace=lambda direction, text: events.put({"event": direction, "text": text}),
            grid_ms=args.push_every * 1000,
            speed=args.speed,
            **_options(args),
        ).start()
    except ValueError as error:
        raise UserError(error) from None

    def outcome(event: dict) -> Outcome | None:
        if event["event"] == "error":
            raise UserError(event["reason"])
        return goal.outcome(event) if goal else None

    try:
        return watch(events, lambda event: _show(event, args), outcome, args.timeout, goal is None)
    finally:
        sim.stop()


def _show(event: dict, args: argparse.Namespace) -> None:
    kind = event["event"]
    if kind in ("TX", "RX"):
        text = f"[{kind}]{event['text']}\n" if args.transcript else None
    elif args.json:
        text = json.dumps(event)
    elif kind in _LINES and (not args.transcript or kind in ("listening", "done")):
        text = f"{event['t']:9.3f} {_LINES[kind](event)}"
    else:
        text = None
    if text:
        print(text, flush=True)


def _pairs(pairs) -> str:
    return ", ".join(" ".join(pair) for pair in pairs)


def _port(args: argparse.Namespace) -> str:
    if args.tcp:
        return f"listen:{args.tcp}"
    return args.serial or f"pty:{args.link or ''}"


def _options(args: argparse.Namespace) -> dict:
    options: dict = {"payload": args.payload, "restart_ms": _RESTART_MS}
    if args.flash_free is not None:
        options["flash_free"] = args.flash_free
    for text in args.option:
        name, value = option_text.parse(text)
        options[name] = value
    return options
