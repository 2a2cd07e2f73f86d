"""An image becomes a package for a board."""

import hashlib

from qsota.boot.board import Board
from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import Share
from qsota_tools.package import payload

_COUNTER_MAX = 0xFFFFFFFF
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
    share: Share | None = None,
) -> bytes:
    """A package for that board; base: the image that a delta starts from; share: see
    payload.pack().

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
    content = payload.pack(kind, image, window_bits, base, share)
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


def _check_name(what: str, name: str, limit: int) -> None:
    if not 1 <= len(name) <= limit:
        raise UserError(f"{what}: must be 1 to {limit} characters, not {len(name)}")
    if not package.valid_name(name, limit):
        bad = next(c for c in name if not package.valid_name(c, 1))
        raise UserError(f"{what}: {bad!r} is not allowed, the cloud {_NAME_RULE}")


def check_pair(base: package.Header, board: str, component: str) -> None:
    """UserError unless a delta for this board and component can start from that package."""
    if (base.board, base.component) != (board, component):
        raise UserError(
            f"the base is a package for {base.component} of {base.board}, "
            f"not for {component} of {board}"
        )
