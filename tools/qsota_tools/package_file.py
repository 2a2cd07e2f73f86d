"""`qsota build`: an application directory becomes the file for the cloud's upload form."""

import argparse
import hashlib
import json
from pathlib import Path

from qsota import package
from qsota_tools import boards
from qsota_tools.crc import crc32_mpeg2
from qsota_tools.errors import UserError
from qsota_tools.image import build_image

_COUNTER_MAX = 0xFFFFFFFF
_NAME_RULE = "takes only the characters A-Z a-z 0-9 _ - ."


def make_package(
    image: bytes,
    board: boards.Board,
    component: str,
    version: str,
    counter: int = 0,
    allow_downgrade: bool = False,
) -> bytes:
    """A plain package for that board; UserError if a name is refused or the image too large."""
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
    header = package.Header(
        kind=package.PLAIN,
        flags=package.ALLOW_DOWNGRADE if allow_downgrade else 0,
        window_bits=0,
        loader=package.LOADER_VERSION,
        counter=counter,
        payload_size=len(image),
        image_size=len(image),
        base_size=0,
        key_id=0,
        image_sha256=hashlib.sha256(image).digest(),
        base_sha256=bytes(32),
        board=board["name"],
        component=component,
        version=version,
    )
    head = bytearray(package.HEADER_SIZE)
    package.pack(header, head)
    return bytes(head) + image


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


def _upload_form(data: bytes, path: Path, header: package.Header) -> dict[str, object]:
    return {
        "file": str(path),
        "name": path.stem,
        "component_type": "MCU firmware (SOTA)",
        "package_type": "full",
        "component": header.component,
        "target_version": header.version,
        "board": header.board,
        "size": len(data),
        **digests(data),
    }


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
    parser.add_argument("-o", "--output", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the form's values as JSON")


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board)
    component = board["component"] if args.component is None else args.component
    image = build_image(args.directory)
    data = make_package(image, board, component, args.version, args.counter, args.allow_downgrade)
    path = args.output or Path(f"{component}_{board['name']}_{args.version}.bin")
    path.write_bytes(data)
    form = _upload_form(data, path, package.parse(data))
    if args.json:
        print(json.dumps(form, indent=2))
        return 0
    for key, value in form.items():
        print(f"{key.replace('_', ' '):<15} {value}")
    return 0
