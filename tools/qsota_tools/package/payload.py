"""How an image travels in a package: packed here, unpacked by the device's own code."""

import hashlib
import zlib

from qsota.errors import PackageError
from qsota.update import package
from qsota.update.delta import Patch
from qsota.update.inflate import Inflater
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import Share
from qsota_tools.package.delta.steps import all_steps

KINDS = {
    package.PLAIN: "plain",
    package.DEFLATE: "deflate",
    package.DELTA: "delta",
    package.RECALL: "recall",
}


def pack(
    kind: int, image: bytes, window_bits: int, base: bytes = b"", share: Share | None = None
) -> bytes:
    """The payload of that kind for an image; base: the image that a delta starts from; share: told
    how much of the search for a delta is done."""
    if kind == package.PLAIN:
        return image
    if kind == package.DEFLATE:
        return deflate(image, window_bits)
    return min((deflate(steps, window_bits) for steps in all_steps(base, image, share)), key=len)


def deflate(data: bytes, window_bits: int) -> bytes:
    """The smallest raw DEFLATE stream of data that zlib makes with that window."""
    streams = []
    for memory in (8, 9):  # decides after how many symbols a new block starts
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED):
            packer = zlib.compressobj(9, zlib.DEFLATED, -window_bits, memory, strategy)
            streams.append(packer.compress(data) + packer.flush())
    return min(streams, key=len)


class _Base:
    """What the device reads of the running slot."""

    def __init__(self, image: bytes):
        self._image = image
        self.size = len(image)

    def read(self, offset: int, buf: memoryview) -> None:
        buf[:] = self._image[offset : offset + len(buf)]


class _Blank:
    """The place of a base that is not at hand."""

    def __init__(self, size: int):
        self.size = size

    def read(self, offset: int, buf: memoryview) -> None:
        buf[:] = bytes(len(buf))


def check_form(data: bytes) -> None:
    """UserError unless the steps of a whole package with a delta make an image of the right size
    out of some base of the right size."""
    header = package.parse(data)
    payload = memoryview(data)[package.HEADER_SIZE :]
    try:
        size = len(_unpacked(header, payload, _Blank(header.base_size)))
    except PackageError as error:
        raise UserError(f"the payload is damaged: {error.reason}") from None
    if size != header.image_size:
        raise UserError(f"the payload is damaged: it makes {size} bytes, not {header.image_size}")


def image_of(data: bytes, base: bytes | None = None) -> bytes:
    """The slot image in a whole package, as the device would have it; UserError if it would not.

    base: the image that a delta starts from.
    """
    header = package.parse(data)
    payload = memoryview(data)[package.HEADER_SIZE :]
    if header.kind == package.RECALL:
        raise UserError("a recall has no image: the device has it in its spare slot, or refuses")
    if header.kind == package.DELTA:
        _check_base(header, base)
    try:
        image = _unpacked(header, payload, _Base(base or b""))
    except PackageError as error:
        raise UserError(f"the payload is damaged: {error.reason}") from None
    sha256 = hashlib.sha256(image).digest()
    if sha256 != header.image_sha256:
        raise UserError(
            f"the image is damaged: its SHA-256 is {sha256.hex()}, "
            f"the header says {header.image_sha256.hex()}"
        )
    return image


def _check_base(header: package.Header, base: bytes | None) -> None:
    if base is None:
        raise UserError("a delta can be unpacked only with the package that it starts from")
    sha256 = hashlib.sha256(base).digest()
    if (len(base), sha256) != (header.base_size, header.base_sha256):
        raise UserError(
            f"the delta starts from another image: {header.base_size} bytes, "
            f"SHA-256 {header.base_sha256.hex()}, not {len(base)} bytes, SHA-256 {sha256.hex()}"
        )


def _unpacked(header: package.Header, payload: memoryview, base: _Base | _Blank) -> bytes:
    if header.kind == package.PLAIN:
        return bytes(payload)
    image = bytearray()

    def take(piece: memoryview) -> None:
        if len(image) + len(piece) > header.image_size:
            raise PackageError("bad-payload")
        image.extend(piece)

    sink = Patch(base, take).write if header.kind == package.DELTA else take
    inflater = Inflater(header.window_bits, sink)
    for steps in (inflater.write(payload), inflater.finish()):
        for _ in steps:
            pass
    return bytes(image)
