"""`qsota center`: the Developer Center on the desk, in a browser; and its verbs for scripts."""

import argparse
import importlib.util
from pathlib import Path

from qsota_tools.common.arguments import at_least
from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import GRAMMAR

EXAMPLES = """
qsota center --demo
qsota center --module /dev/ttyUSB0
qsota center --host 0.0.0.0 --token 8Wq2
qsota center upload sensor_node_2_0_0.bin
qsota center plan --name spring --product p1SIMU --component MCU --package 2 --days 7
qsota center activate 3
qsota center watch 3
qsota center export 3 --form csv
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "center",
        description="Serve the Developer Center's console and REST API; or, with a verb, talk to "
        "one that runs.",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=Path("build/center"),
        help="package files, boards and database (%(default)s)",
    )
    parser.add_argument("--db", metavar="URL", help="another database than that in DIR")
    parser.add_argument("--host", default="127.0.0.1", help="to listen at (%(default)s)")
    parser.add_argument("--port", type=at_least(1, 65535), default=8000, help="(%(default)s)")
    parser.add_argument("--token", help="what everybody must bring; needed beyond this host")
    parser.add_argument(
        "--module",
        metavar="PORT",
        action="append",
        default=[],
        help="a module there, for the board behind it: " + GRAMMAR,
    )
    parser.add_argument(
        "--demo", action="store_true", help="begin with a product, a board and a running plan"
    )
    parser.add_argument(
        "--timing",
        choices=("real", "none"),
        default="real",
        help="virtual boards take their time for flash and UART, or none (default: %(default)s)",
    )
    _add_verbs(parser)


def _add_verbs(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--url", default="http://127.0.0.1:8000", help="(%(default)s)")
    shared.add_argument("--token", default=argparse.SUPPRESS, help="of that console")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, parents=[shared], help=text, description=text)

    upload = verb("upload", "Upload a package; what is not given is read from it.")
    upload.add_argument("file", type=Path)
    for name in ("name", "target", "source", "remarks"):
        upload.add_argument(f"--{name}")
    plan = verb("plan", "Make a plan with one component.")
    for name in ("name", "product", "component"):
        plan.add_argument(f"--{name}", required=True)
    plan.add_argument("--package", type=at_least(1), required=True, metavar="ID")
    plan.add_argument("--days", type=at_least(1), default=7, help="from now on (%(default)s)")
    plan.add_argument("--zone", default="UTC", help="(%(default)s)")
    for name, text in (
        ("activate", "Activate a plan."),
        ("watch", "Show what happens in a plan, until it is over for all devices."),
        ("export", "Print a plan's device list."),
    ):
        found = verb(name, text)
        found.add_argument("plan", type=at_least(1), metavar="ID")
        if name == "export":
            found.add_argument("--form", choices=("csv", "json"), default="csv")


def run(args: argparse.Namespace) -> int:
    if args.verb:
        from qsota_tools.console import verbs

        return verbs.run(args)
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        raise UserError("the console needs more packages: pip install 'qsota[center]'")
    from qsota_tools.console import serve

    options = serve.Options(
        data=args.data,
        url=args.db,
        host=args.host,
        port=args.port,
        token=args.token,
        modules=tuple(args.module),
        demo=args.demo,
        timing=args.timing,
    )
    serve.run(options, lambda: print(f"http://{args.host}:{args.port}", flush=True))
    return 0
