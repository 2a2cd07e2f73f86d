# A slot: the package header as received, then the ROMFS image.
from hashlib import sha256

from micropython import const

from qsota.errors import FlashError

IMAGE_OFFSET = const(768)  # the size of a package header


class SlotWriter:
    """Writes a slot from its start to its end; buf (multiple of the program unit) collects."""

    def __init__(self, area, buf):
        if not buf or len(buf) % area.program_size:
            raise FlashError("misaligned")
        self._area = area
        self._buf = memoryview(buf)
        self.begin()

    def begin(self):
        """Start over at the first byte of the slot."""
        self.position = 0  # bytes accepted
        self._erased = 0  # everything below is erased
        self._fill = 0  # bytes that wait in buf

    def resume(self, upto):
        """Go on where a writer of the same data was cut; upto: bytes that it was to write.

        What it had programmed ends at the first program unit that is blank or, torn, cannot be
        read. The erase unit it was in is written again, since its last program may be torn.
        Returns how many bytes look programmed.
        """
        step = self._area.program_size
        used = 0
        try:
            while used < upto and not self._area.is_blank(used, step, self._buf[:step]):
                used += step
        except FlashError:
            pass  # its ECC does not fit
        self.begin()
        if used:
            unit = self._area.erase_size
            self.position = self._erased = (used - 1) // unit * unit
        return used

    def erase_next(self, upto):
        """Erase one unit; False when all below upto bytes is erased already."""
        if upto > self._area.size:
            raise FlashError("slot-full")
        if self._erased >= upto:
            return False
        self._area.erase(self._erased)
        self._erased += self._area.erase_size
        return True

    def write(self, data):
        """Take data, erasing and programming as needed; FlashError "slot-full"."""
        # The unit of the byte after these is erased first, too: so a cut writer always leaves a
        # blank program unit behind its data, and resume() never takes old data for its own.
        end = self.position + len(data)
        while self.erase_next(min(end + 1, max(end, self._area.size))):
            pass
        data = memoryview(data)
        while data:
            n = min(len(data), len(self._buf) - self._fill)
            self._buf[self._fill : self._fill + n] = data[:n]
            data = data[n:]
            self._fill += n
            self.position += n
            if self._fill == len(self._buf):
                self._program(self._fill)

    def flush(self):
        """Program what is left, padded with 0xFF: the end of the image."""
        if self._fill:
            unit = self._area.program_size
            size = -(-self._fill // unit) * unit
            self._buf[self._fill : size] = b"\xff" * (size - self._fill)
            self._program(size)

    def _program(self, size):
        self._area.program(self.position - self._fill, self._buf[:size])
        self._fill = 0


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


def image_sha256(area, size, scratch, feed=None):
    """SHA-256 of the image as read back from flash; feed() is called between the pieces."""
    digest = sha256()
    view = memoryview(scratch)
    offset, end = IMAGE_OFFSET, IMAGE_OFFSET + size
    while offset < end:
        piece = view[: min(len(view), end - offset)]
        area.read(offset, piece)
        digest.update(piece)
        offset += len(piece)
        if feed:
            feed()
    return digest.digest()


def check(area, slot_state, scratch, feed=None):
    """Whether the slot holds the image that its SlotState describes."""
    size = slot_state.size
    if not 0 < size <= area.size - IMAGE_OFFSET:
        return False
    return image_sha256(area, size, scratch, feed) == slot_state.sha256
