"""`qsota build`: an application directory becomes the file for the cloud's upload form."""

import argparse
import sys
from pathlib import Path

from qsota.update import package
from qsota_tools import boards
from qsota_tools.commands._form import print_form, print_json
from qsota_tools.commands._key import add_password, private_key
from qsota_tools.common import files, tables, ui
from qsota_tools.common.arguments import at_least
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import waiting
from qsota_tools.package import payload, project
from qsota_tools.package.contents import contents
from qsota_tools.package.image import image_contents, image_of_files
from qsota_tools.package.judge import load
from qsota_tools.package.library import add_library
from qsota_tools.package.make import check_pair, make_package
from qsota_tools.package.signing import sign

EXAMPLES = """
qsota build
qsota build my_node/app --board RPI_PICO --version 1.0.1
qsota build my_node/app --board RPI_PICO --version 1.0.1 --key release.pem -o node.bin
qsota build my_node/app --board RPI_PICO --version 1.0.1 --base node_1.0.0.bin
qsota build my_node/app --board RPI_PICO --version 1.0.1 --library
"""

_PAYLOADS = {
    "auto": (package.PLAIN, package.DEFLATE),
    "plain": (package.PLAIN,),
    "deflate": (package.DEFLATE,),
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "build",
        description="Compile an application directory and pack it for the cloud's upload form. "
        "What is not said here comes from the qsota.toml of the folder or of one above it.",
    )
    parser.set_defaults(refuse=parser.error)
    parser.add_argument(
        "directory", nargs="?", type=Path, metavar="APP_DIR", help="must hold a main.py"
    )
    parser.add_argument("--board", help="a name of `qsota boards`, or a .toml file")
    parser.add_argument("--component", help="name in the upgrade plan (default: the board file's)")
    parser.add_argument("--version", help="target version in the upgrade plan")
    parser.add_argument(
        "--counter", type=at_least(0), default=0, metavar="N", help="security counter (default: 0)"
    )
    parser.add_argument(
        "--allow-downgrade",
        action="store_true",
        help="may be installed where a higher security counter was",
    )
    parser.add_argument(
        "--payload",
        choices=_PAYLOADS,
        help="how the image travels; auto: as the smaller one (default)",
    )
    parser.add_argument(
        "--base", type=Path, metavar="PKG", help="make a delta, from the version in this package"
    )
    parser.add_argument(
        "--library",
        action="store_true",
        help="the package brings a copy of the library along, with the board file's keys: while "
        "this application runs it wins over the root's",
    )
    parser.add_argument("--key", type=Path, metavar="PEM", help="sign with this private key")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE")
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.base and args.payload:
        raise UserError("--payload is for full packages: leave it or --base out")
    _complete(args)
    board = boards.load(args.board)
    key = private_key(args)
    found = contents(args.directory)
    packed = image_contents(args.directory, found)
    if args.library:
        add_library(packed, board)
    image = image_of_files(packed)
    component = board["component"] if args.component is None else args.component
    source, base, kinds = "", b"", _PAYLOADS[args.payload or "auto"]
    if args.base:
        base_header, base_package = load(args.base)
        check_pair(base_header, board["name"], component)
        source, base = base_header.version, payload.image_of(base_package)
        kinds = (*kinds, package.DELTA)
    options = (component, args.version, args.counter, args.allow_downgrade)
    packages = {}
    with waiting("making the package, and looking for what its base has already") as share:
        for kind in kinds:
            of = base if kind == package.DELTA else b""
            packages[kind] = make_package(image, board, *options, kind=kind, base=of, share=share)
    chosen = packages[package.DELTA] if source else min(packages.values(), key=len)
    data = sign(chosen, key) if key else chosen
    name = f"{component}_{board['name']}_{args.version}"
    path = args.output or Path(f"{name}_from_{source}.bin" if source else f"{name}.bin")
    _check_output(path, args)
    files.write(path, data)
    for text in found.warnings:
        print(f"qsota: warning: {text}", file=sys.stderr)
    sizes = {str(place): len(content) for place, content in packed.items()}
    if args.json:
        print_json(data, path, source, files=sizes, left_out=found.ignored)
        return 0
    _print_files(sizes, found.ignored)
    _print_sizes(packages, chosen)
    print_form(data, path, source)
    return 0


def _complete(args: argparse.Namespace) -> None:
    """Take what the command line does not say from the project's file."""
    known = project.find(args.directory or Path())
    if known:
        args.directory = args.directory or known.app
        args.board = args.board or known.board
        args.component = args.component or known.component
        args.version = args.version or known.version_now()
        if not args.key:
            args.key = known.key
            args.password_env = args.password_env or (known.key and known.password_env)
    needed = {"APP_DIR": args.directory, "--board": args.board, "--version": args.version}
    if missing := [name for name, value in needed.items() if not value]:
        where = known.path if known else f"a {project.NAME}"
        args.refuse(f"the following arguments are required: {', '.join(missing)} (or {where})")


def _check_output(path: Path, args: argparse.Namespace) -> None:
    if path.resolve().is_relative_to(args.directory.resolve()):
        raise UserError(f"{path} would be part of the next package: name an output (-o) elsewhere")
    files.check_output(path, args.base, args.key)


def _print_files(sizes: dict[str, int], ignored: list[str]) -> None:
    for place, size in sizes.items():
        print(f"{size:>9}  {place}")
    if ignored:
        print(f"left out: {', '.join(ignored)}")
    print()


def _print_sizes(packages: dict[int, bytes], chosen: bytes) -> None:
    image_size = package.parse(chosen).image_size
    rows = [
        (
            *(payload.KINDS[kind], len(data), f"{100 * len(data) / image_size:.1f} %"),
            "<- this one" if data is chosen else "",
        )
        for kind, data in packages.items()
    ]
    tables.show(("PAYLOAD", "PACKAGE", "OF THE IMAGE", ""), rows)
    print()
