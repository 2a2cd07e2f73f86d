"""`qsota build`: an application directory becomes the file for the cloud's upload form."""

import argparse
import hashlib
import json
from pathlib import Path

from qsota.boot.board import Board
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.crc import crc32_mpeg2
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys, payload
from qsota_tools.package.image import build_image
from qsota_tools.package.signing import sign

_COUNTER_MAX = 0xFFFFFFFF
_PAYLOADS = {
    "auto": (package.PLAIN, package.DEFLATE),
    "plain": (package.PLAIN,),
    "deflate": (package.DEFLATE,),
}
_NAME_RULE = "takes only the characters A-Z a-z 0-9 _ - ."


def make_package(
    image: bytes,
    board: boards.Board,
    component: str,
    version: str,
    counter: int = 0,
    allow_downgrade: bool = False,
    kind: int = package.PLAIN,
    base: bytes = b"",
) -> bytes:
    """A package for that board; base: the image that a delta starts from.

    UserError if a name is refused or the image too large.
    """
    _check_name("component", component, package.COMPONENT_MAX)
    _check_name("version", version, package.VERSION_MAX)
    if not 0 <= counter <= _COUNTER_MAX:
        raise UserError(f"counter: must be from 0 to {_COUNTER_MAX}")
    excess = package.HEADER_SIZE + len(image) - board["areas"]["slot_a"][1]
    if excess > 0:
        raise UserError(
            f"the package is {excess} bytes larger than a slot of {board['name']} "
            f"({board['areas']['slot_a'][1]} bytes)"
        )
    window_bits = Board(board).window_bits
    content = payload.pack(kind, image, window_bits, base)
    header = package.Header(
        kind=kind,
        flags=package.ALLOW_DOWNGRADE if allow_downgrade else 0,
        window_bits=0 if kind == package.PLAIN else window_bits,
        loader=package.LOADER_VERSION,
        counter=counter,
        payload_size=len(content),
        image_size=len(image),
        base_size=len(base),
        key_id=0,
        image_sha256=hashlib.sha256(image).digest(),
        base_sha256=hashlib.sha256(base).digest() if base else bytes(32),
        board=board["name"],
        component=component,
        version=version,
    )
    head = bytearray(package.HEADER_SIZE)
    package.pack(header, head)
    data = bytes(head) + content
    # Nothing leaves here that the device's own code does not unpack again.
    payload.image_of(data, base)
    return data


def load(path: Path) -> tuple[package.Header, bytes]:
    """(header, whole package) of a file; UserError if it is no package."""
    data = path.read_bytes()
    try:
        header = package.parse(data)
    except PackageError as error:
        raise UserError(f"{path}: no package ({error.reason}), see `qsota inspect`") from None
    return header, data


def _check_name(what: str, name: str, limit: int) -> None:
    if not 1 <= len(name) <= limit:
        raise UserError(f"{what}: must be 1 to {limit} characters, not {len(name)}")
    if not package.valid_name(name, limit):
        bad = next(c for c in name if not package.valid_name(c, 1))
        raise UserError(f"{what}: {bad!r} is not allowed, the cloud {_NAME_RULE}")


def digests(data: bytes) -> dict[str, str]:
    """The sums that the cloud shows for an uploaded file, as it writes them."""
    return {
        "md5": hashlib.md5(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "crc32_mpeg2": f"{crc32_mpeg2(data):08x}",
    }


def _upload_form(data: bytes, path: Path, source: str) -> dict[str, object]:
    header = package.parse(data)
    form = {
        "file": str(path),
        "name": path.stem,
        "component_type": "MCU firmware (SOTA)",
        "package_type": "delta" if source else "full",
        "component": header.component,
    }
    if source:
        form["source_version"] = source
    return form | {
        "target_version": header.version,
        "board": header.board,
        "size": len(data),
        **digests(data),
    }


def print_form(data: bytes, path: Path, source: str, as_json: bool) -> None:
    """Show what the cloud's upload form asks for; source: the version that a delta starts from."""
    form = _upload_form(data, path, source)
    if as_json:
        print(json.dumps(form, indent=2))
        return
    for key, value in form.items():
        print(f"{key.replace('_', ' '):<15} {value}")


def _print_sizes(packages: dict[int, bytes], chosen: bytes) -> None:
    image_size = package.parse(chosen).image_size
    print(f"{'PAYLOAD':<9} {'PACKAGE':>8}  OF THE IMAGE")
    for kind, data in packages.items():
        share = 100 * len(data) / image_size
        mark = "  <- this one" if data is chosen else ""
        print(f"{payload.KINDS[kind]:<9} {len(data):>8}  {share:10.1f} %{mark}")
    print()


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "build",
        description="Compile an application directory and pack it for the cloud's upload form.",
    )
    parser.add_argument("directory", type=Path, metavar="APP_DIR", help="must hold a main.py")
    parser.add_argument("--board", required=True, help="a name of `qsota boards`, or a .toml file")
    parser.add_argument("--component", help="name in the upgrade plan (default: the board file's)")
    parser.add_argument("--version", required=True, help="target version in the upgrade plan")
    parser.add_argument("--counter", type=int, default=0, metavar="N", help="security counter")
    parser.add_argument(
        "--allow-downgrade",
        action="store_true",
        help="may be installed where a higher security counter was",
    )
    parser.add_argument(
        "--payload",
        choices=_PAYLOADS,
        default="auto",
        help="how the image travels; auto: as the smaller one (default)",
    )
    parser.add_argument(
        "--base", type=Path, metavar="PKG", help="make a delta, from the version in this package"
    )
    parser.add_argument("--key", type=Path, metavar="PEM", help="sign with this private key")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the form's values as JSON")


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    key = keys.load_private(args.key) if args.key else None
    image = build_image(args.directory)
    component = board["component"] if args.component is None else args.component
    source, base, kinds = "", b"", _PAYLOADS[args.payload]
    if args.base:
        base_header, base_package = load(args.base)
        check_pair(base_header, board["name"], component)
        source, base = base_header.version, payload.image_of(base_package)
        kinds = (*kinds, package.DELTA)
    packages = {
        kind: make_package(
            *(image, board, component, args.version, args.counter, args.allow_downgrade),
            kind=kind,
            base=base if kind == package.DELTA else b"",
        )
        for kind in kinds
    }
    chosen = packages[package.DELTA] if source else min(packages.values(), key=len)
    data = sign(chosen, key) if key else chosen
    name = f"{component}_{board['name']}_{args.version}"
    path = args.output or Path(f"{name}_from_{source}.bin" if source else f"{name}.bin")
    path.write_bytes(data)
    if not args.json:
        _print_sizes(packages, chosen)
    print_form(data, path, source, args.json)
    return 0


def check_pair(base: package.Header, board: str, component: str) -> None:
    """UserError unless a delta for this board and component can start from that package."""
    if (base.board, base.component) != (board, component):
        raise UserError(
            f"the base is a package for {base.component} of {base.board}, "
            f"not for {component} of {board}"
        )
