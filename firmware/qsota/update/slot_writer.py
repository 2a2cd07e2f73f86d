# A slot is written from its start to its end, and gone on with after a cut.
from micropython import const

from qsota.errors import FlashError

_STEPS = const(16)  # program units that are looked at in one step


class SlotWriter:
    """Writes a slot from its start to its end; buf (multiple of the program unit) collects."""

    def __init__(self, area, buf):
        if not buf or len(buf) % area.program_size:
            raise FlashError("misaligned")
        self._area = area
        self._buf = memoryview(buf)
        self.begin()

    def begin(self, at=0):
        """Start over at this offset in the slot, where an erase unit begins."""
        self.position = at  # where the next byte goes
        self._erased = at  # everything from there to here is erased
        self._fill = 0  # bytes that wait in buf

    def resume(self, at, upto):
        """Go on where a writer that began at offset `at` was cut; upto: where it was to end.

        What it had programmed ends at the first program unit that is blank or, torn, cannot be
        read. The erase unit it was in is written again, since its last program may be torn.
        An iterator of steps; the last one is the offset up to which it looks programmed.
        """
        step = self._area.program_size
        used = at
        try:
            while used < upto and not self._area.is_blank(used, step, self._buf[:step]):
                used += step
                if used // step % _STEPS == 0:
                    yield used
        except FlashError:
            pass  # its ECC does not fit
        self.begin(at)
        if used > at:
            self.position = self._erased = self._unit(used - 1)
        yield used

    def _unit(self, offset):
        return offset // self._area.erase_size * self._area.erase_size

    @property
    def pending(self):
        """What was taken and is not programmed yet."""
        return self._buf[: self._fill]

    def lend(self, at):
        """The unit at this offset takes something else: the data erases it once more."""
        self._erased = min(self._erased, at)

    def save(self, area, at, piece):
        """Copy what is there of the erase unit that is begun, to the blank one at offset `at` of
        area; piece: a buffer of whole program units."""
        start = self._unit(self.position)
        size = self.position - self._fill - start
        _copy(self._area, start, area, at, size, piece)
        if self._fill:
            area.program(at + size, self._padded())

    def restore(self, position, area, at, piece):
        """Undo what became of an erase unit after save() had copied it to `at` of area, where the
        data went up to position, and go on there. An iterator of steps."""
        start = self._unit(position)
        self.begin(start)
        if position == start:
            return
        self.erase_next(start + 1)
        yield
        size = (position - start) // len(self._buf) * len(self._buf)
        _copy(area, at, self._area, start, size, piece)
        self.position = position
        self._fill = position - start - size
        area.read(at + size, self._buf[: self._fill])
        yield

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
                self._program(self._buf)

    def flush(self):
        """Program what is left, padded with 0xFF: the end of the image."""
        if self._fill:
            self._program(self._padded())

    def _padded(self):
        unit = self._area.program_size
        size = -(-self._fill // unit) * unit
        self._buf[self._fill : size] = b"\xff" * (size - self._fill)
        return self._buf[:size]

    def _program(self, data):
        self._area.program(self.position - self._fill, data)
        self._fill = 0


def _copy(source, start, area, at, size, piece):
    for offset in range(0, size, len(piece)):
        part = memoryview(piece)[: min(len(piece), size - offset)]
        source.read(start + offset, part)
        area.program(at + offset, part)
