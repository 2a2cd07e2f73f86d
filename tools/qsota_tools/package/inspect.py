"""`qsota inspect`: everything that is in a package, or exactly what is wrong with it."""

import argparse
import binascii
import json
from pathlib import Path
from typing import Any

from qsota.boot.board import Board
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys, payload
from qsota_tools.package.compare import compare, print_comparison
from qsota_tools.package.form import digests
from qsota_tools.package.image import image_files


def explain(
    data: bytes,
    board: boards.Board | None = None,
    base: bytes | None = None,
    public: bytes | None = None,
) -> dict[str, Any]:
    """All fields of a package, its files and its sums; UserError with the first thing wrong.

    With a board: it must also be a package that this board takes. base: the image that a delta
    starts from; without it the content of a delta stays unknown. public: modulus of the key that
    must have signed it.
    """
    header = _parse(data)
    _check_length(header, len(data))
    if board:
        _check_board(header, board, data)
    if public:
        _check_signature(header, data, public)
    fields = header._asdict()
    fields["kind"] = payload.KINDS[header.kind]
    fields["image_sha256"] = header.image_sha256.hex()
    fields["base_sha256"] = header.base_sha256.hex()
    fields["key_id"] = f"{header.key_id:08x}"
    if header.kind != package.DELTA or base is not None:
        files = image_files(payload.image_of(data, base))
        fields["files"] = {path: len(content) for path, content in files}
    return fields | {"size": len(data), **digests(data)}


def _parse(data: bytes) -> package.Header:
    try:
        return package.parse(data)
    except PackageError as error:
        raise UserError(_header_problem(error.reason, data)) from None


def _header_problem(reason: str, data: bytes) -> str:
    size = package.HEADER_SIZE
    if reason == "truncated":
        return f"truncated at byte {len(data)}: the header alone has {size} bytes"
    if reason == "wrong-magic":
        return f"not a package: it starts with {data[:4]!r}, not b'QSOT'"
    if reason == "unknown-format":
        found = f"format {data[4]} with a header of {int.from_bytes(data[8:10], 'little')} bytes"
        return f"unknown format: {found}, expected format 1 with {size}"
    if reason == "bad-header-crc":
        crc, stored = binascii.crc32(data[:380]), int.from_bytes(data[380:384], "little")
        return f"the header is damaged: its CRC-32 is {crc:08x}, it should be {stored:08x}"
    if reason == "unknown-kind":
        return f"unknown payload kind {data[5]}"
    return "the header is whole, but its fields contradict each other or the format"


def _check_length(header: package.Header, length: int) -> None:
    expected = package.HEADER_SIZE + header.payload_size
    if length < expected:
        raise UserError(f"truncated at byte {length}: header and payload have {expected} bytes")
    if length > expected:
        raise UserError(
            f"{length - expected} bytes too many after the payload, at byte {expected}"
        )


def _check_board(header: package.Header, board: boards.Board, data: bytes) -> None:
    device = Board(board)
    try:
        package.check_for(
            *(header, device.name, header.component, header.version, device.slot_size, len(data)),
            window_bits=device.window_bits,
        )
        package.check_signature(header, data, device.keys)
    except PackageError as error:
        raise UserError(
            f"not for {device.name} with slots of {device.slot_size} bytes: {error} (the package "
            f"is for {header.board}, its image has {header.image_size} bytes)"
        ) from None


def _check_signature(header: package.Header, data: bytes, public: bytes) -> None:
    try:
        package.check_signature(header, data, [public])
    except PackageError as error:
        signer = f"{header.key_id:08x}" if header.key_id else "none"
        raise UserError(
            f"{error}: the package names key {signer}, "
            f"to be checked was key {keys.key_id(public):08x}"
        ) from None


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
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board) if args.board else None
    public = keys.load_modulus(args.key) if args.key else None
    base = _image(args.base, None) if args.base else None
    try:
        data = args.file.read_bytes()
        found = explain(data, board, base, public)
        if args.diff:
            found["changes"] = compare(_image(args.diff, base), payload.image_of(data, base))
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
        print_comparison(found["changes"])
    return 0


def _image(path: Path, base: bytes | None) -> bytes:
    """The image in another package; UserError names that file."""
    data = path.read_bytes()
    try:
        _check_length(_parse(data), len(data))
        return payload.image_of(data, base)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
