"""`qsota inspect`: everything that is in a package, or exactly what is wrong with it."""

import argparse
import binascii
import hashlib
import json
from pathlib import Path
from typing import Any

from qsota import package
from qsota.errors import PackageError
from qsota_tools import boards
from qsota_tools.errors import UserError
from qsota_tools.image import image_files
from qsota_tools.package_file import digests

_KINDS = {package.PLAIN: "plain", package.DEFLATE: "deflate", package.DELTA: "delta"}


def explain(data: bytes, board: boards.Board | None = None) -> dict[str, Any]:
    """All fields of a package, its files and its sums; UserError with the first thing wrong.

    With a board: it must also be a package that this board takes.
    """
    header = _parse(data)
    _check_length(header, len(data))
    if board:
        _check_board(header, board, len(data))
    fields = header._asdict()
    fields["kind"] = _KINDS[header.kind]
    fields["image_sha256"] = header.image_sha256.hex()
    fields["base_sha256"] = header.base_sha256.hex()
    fields["key_id"] = header.key_id.to_bytes(4, "little").hex()
    if header.kind == package.PLAIN:
        fields["files"] = dict(_checked_files(header, data[package.HEADER_SIZE :]))
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


def _check_board(header: package.Header, board: boards.Board, length: int) -> None:
    slot_size = board["areas"]["slot_a"][1]
    try:
        package.check_for(
            header, board["name"], header.component, header.version, slot_size, length
        )
    except PackageError as error:
        raise UserError(
            f"not for {board['name']} with slots of {slot_size} bytes: {error} (the package is "
            f"for {header.board}, its image has {header.image_size} bytes)"
        ) from None


def _checked_files(header: package.Header, image: bytes) -> list[tuple[str, int]]:
    sha256 = hashlib.sha256(image).digest()
    if sha256 != header.image_sha256:
        raise UserError(
            f"the image is damaged: its SHA-256 is {sha256.hex()}, "
            f"the header says {header.image_sha256.hex()}"
        )
    return list(image_files(image))


def _print_explanation(found: dict[str, Any], board: boards.Board | None) -> None:
    def line(label: str, value: object) -> None:
        print(f"  {label:<17} {value}")

    downgrade = ", downgrade allowed" if found["flags"] & package.ALLOW_DOWNGRADE else ""
    line("board", found["board"])
    line("component", found["component"])
    line("version", found["version"])
    line("security counter", f"{found['counter']}{downgrade}")
    line("loader", f"version {found['loader']} or newer")
    signed = int(found["key_id"], 16) != 0
    line("signature", f"by key {found['key_id']}, not checked here" if signed else "none")
    unchecked = "" if "files" in found else ", content not checked here"
    line("payload", f"{found['kind']}, {found['payload_size']} bytes{unchecked}")
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
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace) -> int:
    board = boards.load(args.board) if args.board else None
    try:
        found = explain(args.file.read_bytes(), board)
    except UserError as error:
        if not args.json:
            raise UserError(f"{args.file}: {error}") from None
        print(json.dumps({"file": str(args.file), "problem": str(error)}, indent=2))
        return 1
    if args.json:
        print(json.dumps({"file": str(args.file), **found}, indent=2))
    else:
        print(f"{args.file}\n")
        _print_explanation(found, board)
    return 0
