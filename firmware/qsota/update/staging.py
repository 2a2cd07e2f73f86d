# Where a slot keeps the bytes of a package, and what of them a reset cannot take away.
from micropython import const

from qsota.boot.slot import pieces
from qsota.errors import FlashError, PackageError
from qsota.update.layout import HEADER_SIZE, PLAIN
from qsota.update.slot_writer import SlotWriter

_PIECE = const(256)
_YIELD = const(4096)


class Staging:
    """The bytes of a package from offset `origin` of a slot on.

    A plain package begins at 0 and becomes the image as it is. A compressed one lies behind the
    place of its image, if the slot has room, until it is decoded: so a reset costs neither kind a
    byte that was read. The unit that is begun when a block ends is copied to one of the last two
    of the slot, or of the other slot behind its image: what comes later may tear it, and the
    module has dropped the block. When the data comes to a copy, the unit that it is of is whole.
    """

    def __init__(self, area, other, used, buf, upgrade, mark):
        """used: how many bytes of area and other, the slots, must stay as they are; buf collects
        what is programmed at once; mark() is the journal's."""
        self._area = area
        self._other = other
        self._used = used
        self._upgrade = upgrade
        self._mark = mark
        self.writer = SlotWriter(area, buf)
        self._piece = memoryview(bytearray(max(_PIECE, area.program_size)))

    @property
    def count(self):
        """How many bytes of the package are here."""
        return self.writer.position - self._upgrade.origin

    def begin(self, header=None):
        """Start over at the package's first byte; it stays at 0 until its header is known, of
        which a part may be safe already."""
        upgrade = self._upgrade
        upgrade.origin = self._behind(header) if header and header.kind != PLAIN else 0
        if not header or header.kind != PLAIN and not upgrade.origin:
            upgrade.saved = upgrade.tail = 0
        if self.writer.position != upgrade.origin:  # else what is erased ahead stays so
            self.writer.begin(upgrade.origin)

    def _behind(self, header):
        # 0 if there is no room. A writer erases the unit of the byte behind its last one, too.
        area, unit = self._area, self._area.erase_size
        image_end = ((HEADER_SIZE + header.image_size) // unit + 1) * unit
        for end in (area.size - 2 * unit - 1, area.size):  # beside the copies, too, if possible
            origin = (end - self._upgrade.length) // unit * unit
            if origin >= image_end:
                return origin
        return 0

    def erase_step(self, upto=None):
        """Erase one unit ahead of the data, of the first upto bytes of the package or of all;
        False when nothing is left to erase."""
        upgrade = self._upgrade
        end = upgrade.origin + (upto or upgrade.length)
        if upgrade.tail and self._is_begun():
            end = min(end, upgrade.tail)
        return self.writer.erase_next(end)

    def _is_begun(self):
        """Whether a reset now would lead back to the unit in which the last block ended: until
        something of the next one is in flash, see SlotWriter.resume()."""
        unit, writer = self._area.erase_size, self.writer
        last = writer.position - len(writer.pending) - 1
        return last // unit <= (self._upgrade.origin + self._upgrade.saved) // unit

    def read_head(self, buf):
        """Fill buf with the first bytes of the package, as they are since before a reset. Returns
        True for a whole header; else `saved` of its bytes are all that is here."""
        from qsota.update.package import parse  # which goes after the checks that follow

        upgrade = self._upgrade
        if is_part(upgrade):
            area, at = self._find(upgrade.tail)
            area.read(at, buf)
            return False
        try:
            self._area.read(upgrade.origin, buf)
            parse(buf)
        except (PackageError, FlashError):
            # Its unit may be in the middle of being restored.
            if not upgrade.tail or upgrade.saved >= self._area.erase_size:
                raise
            area, at = self._find(upgrade.tail)
            area.read(at, buf)
        return True

    def scan(self):
        """Find out, step by step, what is here since before a reset; the last step says whether
        all of the package looks programmed."""
        upgrade = self._upgrade
        end = upgrade.origin + upgrade.length
        used = 0
        for used in self.writer.resume(upgrade.origin, end):
            yield
        yield used >= end

    def restore(self):
        """After scan(): go on behind what is safe, step by step."""
        upgrade, writer, unit = self._upgrade, self.writer, self._area.erase_size
        saved = upgrade.origin + upgrade.saved
        if upgrade.saved == upgrade.length:
            writer.position = saved
        elif upgrade.saved and writer.position <= saved // unit * unit:
            area, at = self._find(upgrade.tail)
            yield from writer.restore(saved, area, at, self._piece)

    def save(self):
        """The block ends, and the module will drop it: make all of it safe, step by step."""
        upgrade, writer = self._upgrade, self.writer
        if upgrade.saved == self.count:
            return
        tail = 0
        if writer.position % self._area.erase_size:
            unit = self._area.erase_size
            # A writer erases the unit behind its own.
            tail = self._place(writer.position // unit * unit + 2 * unit)
            if not tail:
                return
            area, at = self._clear(tail)
            yield
            writer.save(area, at, self._piece)
            yield
        self._record(self.count, tail)

    def save_part(self, head, count):
        """The block ends within the header, of which count bytes are in head."""
        tail = self._place(self._used[0])
        if tail:
            area, at = self._clear(tail)
            yield
            area.program(at, head)
            self._record(count, tail)

    def _place(self, first):
        """Where to copy something to, as `tail` has it: what lies before `first` is in use; 0 if
        there is no room. The copy on record stays, unless there is no other place and it has
        become of no use."""
        size, unit, tail = self._area.size, self._area.erase_size, self._upgrade.tail
        best = 0
        for place in (2 * size - unit, 2 * size - 2 * unit, size - unit, size - 2 * unit):
            if place >= (first if place < size else size + self._used[1]) and (
                place != tail or not best and not self._is_begun()
            ):
                best = place
        return best

    def _clear(self, place):
        self.writer.lend(place)
        area, at = self._find(place)
        area.erase(at)
        return area, at

    def _find(self, place):
        """(area, offset) of a copy: behind this slot those of the other one are counted."""
        size = self._area.size
        return (self._area, place) if place < size else (self._other, place - size)

    def close(self):
        """Every byte is here and right: a reset need not ask for any of them again."""
        self.writer.flush()
        if self._upgrade.saved != self._upgrade.length:
            self._record(self._upgrade.length, 0)

    def _record(self, saved, tail):
        upgrade = self._upgrade
        self._mark("%d bytes are safe" % saved, (upgrade, "saved", saved), (upgrade, "tail", tail))

    def replay(self, sink, start=0):
        """Call sink(piece) with what is here from byte start on; an iterator of steps."""
        origin, pending = self._upgrade.origin, self.writer.pending
        size = self.count - len(pending) - start
        done = 0
        for piece in pieces(self._area, origin + start, size, self._piece):
            steps = sink(piece)
            if steps:
                yield from steps
            done += len(piece)
            if done % _YIELD == 0:
                yield
        if pending:
            sink(pending)


def is_part(upgrade):
    """True if all that is safe of a package is a part of its header, in a copy."""
    return 0 < upgrade.saved < HEADER_SIZE
