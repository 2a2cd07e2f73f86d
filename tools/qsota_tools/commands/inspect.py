"""`qsota inspect`: everything that is in a package, or exactly what is wrong with it."""

import argparse
import json
from pathlib import Path
from typing import Any

from qsota.update import package
from qsota_tools import boards
from qsota_tools.commands._key import add_password, modulus
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError
from qsota_tools.package import payload
from qsota_tools.package.compare import Changes, compare
from qsota_tools.package.inspect import explain, image_in

EXAMPLES = """
qsota inspect node.bin
qsota inspect node.bin --board RPI_PICO --key release.pem
qsota inspect new.bin --diff old.bin
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "inspect", description="Explain a package, or say exactly what is wrong with it (exit 1)."
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--board", help="also check that it fits this board")
    parser.add_argument("--base", type=Path, metavar="PKG", help="what a delta starts from")
    parser.add_argument("--key", type=Path, metavar="PEM", help="key that must have signed it")
    parser.add_argument(
        "--diff", type=Path, metavar="PKG", help="show what changed since this package"
    )
    add_password(parser)
    ui.add_json(parser)


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board) if args.board else None
    public = modulus(args)
    base = image_in(args.base, None) if args.base else None
    data = files.read(args.file)
    try:
        found = explain(data, board, base, public)
        if args.diff:
            found["changes"] = compare(image_in(args.diff, base), payload.image_of(data, base))
    except UserError as error:
        if not args.json:
            raise UserError(f"{args.file}: {error}") from None
        print(json.dumps({"file": str(args.file), "problem": str(error)}, indent=2))
        return 1
    if args.json:
        print(json.dumps({"file": str(args.file), **found}, indent=2))
        return 0
    print(f"{args.file}\n")
    _print_explanation(found, board, bool(public or (board and "keys" in board)))
    if args.diff:
        print(f"\nsince {args.diff}")
        _print_comparison(found["changes"])
    return 0


def _print_explanation(found: dict[str, Any], board: boards.Board | None, checked: bool) -> None:
    def line(label: str, value: object) -> None:
        print(f"  {label:<17} {value}")

    downgrade = ", downgrade allowed" if found["flags"] & package.ALLOW_DOWNGRADE else ""
    line("board", found["board"])
    line("component", found["component"])
    line("version", found["version"])
    line("security counter", f"{found['counter']}{downgrade}")
    line("loader", f"version {found['loader']} or newer")
    signer = f"by key {found['key_id']}, {'valid' if checked else 'not checked'}"
    line("signature", signer if int(found["key_id"], 16) else "none")
    share = 100 * found["payload_size"] / found["image_size"]
    unchecked = "" if "files" in found else ", not unpacked without its base"
    if found["kind"] == "recall":
        unchecked = ": the device must have the image in its spare slot"
    line("payload", f"{found['kind']}, {found['payload_size']} bytes, {share:.1f} %{unchecked}")
    if found["window_bits"]:
        line("deflate window", f"{1 << found['window_bits']} bytes of heap")
    if found["base_size"]:
        line("base image", f"{found['base_size']} bytes, SHA-256 {found['base_sha256']}")
    line("slot image", f"{found['image_size']} bytes, SHA-256 {found['image_sha256']}")
    if board:
        used = package.HEADER_SIZE + found["image_size"]
        line("slot", f"{used} of {board['areas']['slot_a'][1]} bytes on {board['name']}")
    if "files" in found:
        print("\nfiles")
        for path, size in found["files"].items():
            print(f"  {size:>9}  {path}")
    print("\nas the cloud shows it")
    for label in ("size", "md5", "sha256", "crc32_mpeg2"):
        line(label.replace("_", " "), found[label])


def _print_comparison(changes: Changes) -> None:
    """Show the changes as lines of before, after and path."""
    rows = [
        *((path, "", size) for path, size in changes["added"].items()),
        *((path, size, "") for path, size in changes["removed"].items()),
        *((path, *sizes) for path, sizes in changes["changed"].items()),
    ]
    for path, before, after in sorted(rows):
        print(f"  {before:>9} {after:>9}  {path}")
    print(f"  {changes['same']} files are the same")
