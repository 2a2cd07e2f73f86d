"""Everything that is in a package, or exactly what is wrong with it."""

import binascii
from pathlib import Path
from typing import Any

from qsota.boot.board import Board
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys, payload
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


def image_in(path: Path, base: bytes | None) -> bytes:
    """The image in another package; UserError names that file."""
    data = path.read_bytes()
    try:
        _check_length(_parse(data), len(data))
        return payload.image_of(data, base)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
