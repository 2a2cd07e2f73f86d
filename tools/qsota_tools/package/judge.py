"""What the device would say to a package, in words for whoever made it."""

import binascii
from pathlib import Path

from qsota.boot.board import Board
from qsota.errors import PackageError
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys, payload


def load(path: Path, base: bytes | None = None) -> tuple[package.Header, bytes]:
    """(header, whole package) of a file that a device would unpack, see `whole`; UserError."""
    data = files.read(path)
    try:
        header = whole(data, base)
        if base is not None and header.kind != package.DELTA:
            raise UserError("is no delta: leave --base out")
        return header, data
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def sound(data: bytes) -> package.Header:
    """The header of a package as long as it says; UserError."""
    header = _parse(data)
    _check_length(header, len(data))
    return header


def whole(data: bytes, base: bytes | None = None) -> package.Header:
    """The header of a package that a device would unpack; UserError. base: the image that a delta
    starts from, without which only its form can be judged."""
    header = sound(data)
    if header.kind == package.RECALL:
        pass  # all of it is header
    elif header.kind == package.DELTA and base is None:
        payload.check_form(data)
    else:
        payload.image_of(data, base)
    return header


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


def check_board(header: package.Header, board: boards.Board, data: bytes) -> None:
    """UserError unless this board would take the package, its signature included."""
    device = Board(board)
    try:
        package.check_for(
            *(header, device.name, header.component, header.version, device.slot_size, len(data)),
            window_bits=device.window_bits,
        )
        list(package.signature_steps(header, data, device.keys))
    except PackageError as error:
        raise UserError(
            f"not for {device.name} with slots of {device.slot_size} bytes: {error} (the package "
            f"is for {header.board}, its image has {header.image_size} bytes)"
        ) from None


def check_signature(header: package.Header, data: bytes, public: bytes) -> None:
    """UserError unless the key with this modulus has signed the package."""
    try:
        list(package.signature_steps(header, data, [public]))
    except PackageError as error:
        signer = f"{header.key_id:08x}" if header.key_id else "none"
        raise UserError(
            f"{error}: the package names key {signer}, "
            f"to be checked was key {keys.key_id(public):08x}"
        ) from None
