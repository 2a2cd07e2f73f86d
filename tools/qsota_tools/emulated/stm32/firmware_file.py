"""MicroPython for an STM32 as micropython.org publishes it: .dfu or .hex."""

import struct
from pathlib import Path

from qsota_tools.common.errors import UserError
from qsota_tools.emulated.stm32.flash_layout import BASE

_NAME = b"MicroPython"
_PREFIX = struct.Struct("<5sBIB")  # "DfuSe", version, size, targets
_TARGET = struct.Struct("<6sB4x255xII")  # "Target", setting, name, size, elements
_ELEMENT = struct.Struct("<II")  # address, size
_DATA, _END, _HIGH_ADDRESS, _ENTRY = 0, 1, 4, 5


def read_firmware(path: Path, size: int, storage: tuple[int, int], name: str) -> bytes:
    """The flash inside a chip with that image in it, blank elsewhere.

    storage: offset and size of what must stay blank. UserError if the file is no such image, or
    reaches beyond the flash or into the storage.
    """
    where = f"get {name} from https://micropython.org/download/{name}/"
    if not path.is_file():
        raise UserError(f"no firmware at {path}: {where}")
    data = path.read_bytes()
    try:
        parts = _read_dfu(data) if data.startswith(b"DfuSe") else _read_hex(data)
    except (ValueError, struct.error, IndexError):
        raise UserError(f"{path} is neither a .dfu nor a .hex file: {where}") from None
    flash = bytearray(b"\xff" * size)
    for address, part in parts:
        start = address - BASE
        if not 0 <= start <= size - len(part):
            raise UserError(f"{path} does not fit the flash of {name}")
        flash[start : start + len(part)] = part
    start, length = storage
    if _NAME not in flash or flash[start : start + length].strip(b"\xff"):
        raise UserError(f"{path} is no MicroPython image for {name}: {where}")
    return bytes(flash)


def _read_dfu(data: bytes) -> list[tuple[int, bytes]]:
    """Addresses and bytes of the elements of a DfuSe file (UM0391)."""
    _, _, _, targets = _PREFIX.unpack_from(data)
    at, parts = _PREFIX.size, []
    for _ in range(targets):
        signature, _, _, elements = _TARGET.unpack_from(data, at)
        if signature != b"Target":
            raise ValueError
        at += _TARGET.size
        for _ in range(elements):
            address, size = _ELEMENT.unpack_from(data, at)
            at += _ELEMENT.size
            if at + size > len(data):
                raise ValueError
            parts.append((address, data[at : at + size]))
            at += size
    return parts


def _read_hex(data: bytes) -> list[tuple[int, bytes]]:
    """Addresses and bytes of the records of an Intel hex file."""
    high, parts = 0, []
    for line in data.decode("ascii").split():
        record = bytes.fromhex(line.removeprefix(":"))
        if line[0] != ":" or sum(record) & 0xFF or len(record) != record[0] + 5:
            raise ValueError
        kind, content = record[3], record[4:-1]
        if kind == _HIGH_ADDRESS:
            high = int.from_bytes(content, "big") << 16
        elif kind == _DATA:
            parts.append((high + int.from_bytes(record[1:3], "big"), content))
        elif kind == _END:
            return parts
        elif kind != _ENTRY:
            raise ValueError
    raise ValueError
