# The package header (docs/package-format.md): codec, and the guards between it and a slot. In
# memory only while a header is checked.
import binascii
import struct
from collections import namedtuple

from micropython import const

from qsota.errors import PackageError
from qsota.session.names import COMPONENT_MAX, VERSION_MAX, valid_name
from qsota.update.layout import DEFLATE, DELTA, HEADER_SIZE, PLAIN, RECALL

SIGNED_SIZE = const(384)  # the signature covers these bytes and follows them

ALLOW_DOWNGRADE = const(1)

# The version of the loader that a header's `loader` field is compared with.
LOADER_VERSION = const(1)

_BOARD_MAX = const(32)
_WINDOW_MIN, _WINDOW_MAX = const(5), const(15)

_MAGIC = b"QSOT"
_FORMAT = const(1)
_LAYOUT = "<4sBBBBHHIIIII32s32s32s32s64s"
_RESERVED = const(224)
_CRC = const(380)

Header = namedtuple(
    "Header",
    (
        "kind",
        "flags",
        "window_bits",  # of the deflate stream: 2**n bytes of heap
        "loader",  # minimum loader version
        "counter",  # security counter
        "payload_size",
        "image_size",
        "base_size",
        "key_id",
        "image_sha256",
        "base_sha256",
        "board",
        "component",
        "version",
    ),
)


def pack(header, buf):
    """Write the header to buf[0:768] with an empty signature; PackageError like parse()."""
    _check_fields(header)
    h = header
    for i in range(HEADER_SIZE):
        buf[i] = 0
    struct.pack_into(
        _LAYOUT,
        buf,
        0,
        _MAGIC,
        _FORMAT,
        h.kind,
        h.flags,
        h.window_bits,
        HEADER_SIZE,
        h.loader,
        h.counter,
        h.payload_size,
        h.image_size,
        h.base_size,
        h.key_id,
        h.image_sha256,
        h.base_sha256,
        h.board.encode(),
        h.component.encode(),
        h.version.encode(),
    )
    struct.pack_into("<I", buf, _CRC, binascii.crc32(memoryview(buf)[:_CRC]))


def parse(buf):
    """The Header in buf[0:768]. PackageError with one of the reasons truncated, wrong-magic,
    unknown-format, bad-header-crc, unknown-kind, bad-header-field."""
    if len(buf) < HEADER_SIZE:
        raise PackageError("truncated")
    magic, fmt, kind, flags, window_bits, size, *rest = struct.unpack_from(_LAYOUT, buf)
    if magic != _MAGIC:
        raise PackageError("wrong-magic")
    if fmt != _FORMAT or size != HEADER_SIZE:
        raise PackageError("unknown-format")
    (crc,) = struct.unpack_from("<I", buf, _CRC)
    if crc != binascii.crc32(memoryview(buf)[:_CRC]):
        raise PackageError("bad-header-crc")
    *numbers, board, component, version = rest
    header = Header(
        kind, flags, window_bits, *numbers, _text(board), _text(component), _text(version)
    )
    _check_fields(header)
    # A signature without a key, or a key without a signature, is a header that lies.
    if any(buf[_RESERVED:_CRC]) or any(buf[SIGNED_SIZE:HEADER_SIZE]) != (header.key_id != 0):
        raise PackageError("bad-header-field")
    return header


def check_for(
    header,
    board,
    component,
    version,
    slot_size,
    length,
    floor=0,
    window_bits=_WINDOW_MAX,
    loader=LOADER_VERSION,
):
    """PackageError unless this board may install the package as this component and version.

    slot_size: bytes of the slot area; length: bytes of the whole package as the plan says;
    floor: the lowest security counter the board still takes; window_bits: the largest window.
    """
    for fits, reason in (
        (header.board == board, "wrong-board"),
        (header.component == component, "wrong-component"),
        (header.version == version, "wrong-version"),
        (header.window_bits <= window_bits, "window-too-large"),
        (HEADER_SIZE + header.payload_size == length, "wrong-length"),
        (HEADER_SIZE + header.image_size <= slot_size, "too-large"),
        (header.loader <= loader, "old-loader"),
        (header.counter >= floor or header.flags & ALLOW_DOWNGRADE, "downgrade"),
    ):
        if not fits:
            raise PackageError(reason)


def signature_steps(header, buf, keys):
    """PackageError unless one of keys (moduli of 384 bytes) has signed the header in buf[0:768]:
    "unsigned", "unknown-key" or "wrong-signature". A board without keys takes any package.
    An iterator of steps."""
    if not keys:
        return
    if not header.key_id:
        raise PackageError("unsigned")
    from qsota.update import rsa  # for whoever has a key

    view = memoryview(buf)
    for key in keys:
        if rsa.key_id(key) == header.key_id:
            good = False
            for good in rsa.steps(key, view[:SIGNED_SIZE], view[SIGNED_SIZE:HEADER_SIZE]):
                yield
            if good:
                return
            raise PackageError("wrong-signature")
    raise PackageError("unknown-key")


def _text(field):
    try:
        return field.rstrip(b"\0").decode()
    except UnicodeError:
        return ""


def _check_fields(h):
    if h.kind not in (PLAIN, DEFLATE, DELTA, RECALL):
        raise PackageError("unknown-kind")
    plain, delta, recall = h.kind == PLAIN, h.kind == DELTA, h.kind == RECALL
    if not (
        h.flags in (0, ALLOW_DOWNGRADE)
        and (
            h.window_bits == 0 if plain or recall else _WINDOW_MIN <= h.window_bits <= _WINDOW_MAX
        )
        and h.image_size > 0
        and (h.payload_size == h.image_size if plain else (h.payload_size == 0) == recall)
        and (h.base_size > 0) == delta
        and any(h.base_sha256) == delta
        and valid_name(h.board, _BOARD_MAX)
        and valid_name(h.component, COMPONENT_MAX)
        and valid_name(h.version, VERSION_MAX)
    ):
        raise PackageError("bad-header-field")
