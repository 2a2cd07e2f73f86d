# The application's spare slot as the destination of one component of a plan.
from hashlib import sha256

from micropython import const

from qsota.boot.record_data import GOOD
from qsota.boot.slot import IMAGE_OFFSET, Image, pieces
from qsota.errors import FlashError, PackageError
from qsota.resident import handover, phases
from qsota.update.layout import DEFLATE, DELTA, HEADER_SIZE, PLAIN, RECALL
from qsota.update.slot_writer import SlotWriter
from qsota.update.staging import Staging, is_part

_PAGE = const(1024)


class SlotTarget:
    """Takes a package as it comes, refuses what does not belong here, and makes it bootable.

    A target of another component (a second MCU, a display) has the same methods and attributes.
    What may take longer than the erase of one unit is an iterator of steps; feed(), if set, is
    called in each.
    """

    # The new version can only be reported by the image itself, after a reset and a trial.
    needs_reset = True

    def __init__(self, board, journal, version, feed=None, keys=None):
        """keys: as Board.keys, which they are unless they are given."""
        self.version = version
        self.component = board.component
        self._board = board
        self._journal = journal
        self._feed = feed or _nothing
        self._keys = board.keys if keys is None else keys
        self._head = bytearray(HEADER_SIZE)
        self._page = bytearray(_PAGE)
        self._area = None
        self._upgrade = None
        self._staging = None  # the package as it comes
        self._decoder = None
        self._claimed = False  # the slot holds bytes of this package and of no other
        self._header = None  # None until it is complete and has passed every check
        self._received = 0

    @property
    def capacity(self):
        """The largest package in bytes."""
        return self._board.slot_size

    def begin(self, upgrade):
        """Prepare for this package; the last step is how many of its bytes are here from an
        earlier try. All of them: they are proved. PackageError("too-large")."""
        if upgrade.length > self.capacity:
            raise PackageError("too-large")
        journal = self._journal
        self._upgrade = upgrade
        yield 0  # what the slots are opened by is loaded for that: 75 ms on a Pico
        self._area = self._board.slot(journal.spare())
        yield 0
        self._claimed = journal.holds(upgrade)
        staged = 0
        known = journal.record.upgrade
        here = self._claimed or journal.knows(upgrade) and is_part(known)
        if here:
            upgrade.form, upgrade.origin = known.form, known.origin
            upgrade.saved, upgrade.tail = known.saved, known.tail
        self._staging = self._stage()
        if here:
            for staged in self._look():
                yield
        if not staged:
            self.rewind()
        # The image that is the way back is given up for a header that has passed every check.
        if not self._claimed and journal.record.slots[journal.spare()].state != GOOD:
            self._claim()
        yield staged

    def _stage(self):
        journal, spare = self._journal, self._journal.spare()
        ends = [IMAGE_OFFSET + slot.size for slot in journal.record.slots]
        used = (0 if self._claimed else ends[spare], ends[1 - spare])
        other = self._board.slot(1 - spare)
        return Staging(self._area, other, used, self._page, self._upgrade, journal.mark)

    def _claim(self):
        self._journal.clear_spare(self._upgrade if is_part(self._upgrade) else None)
        # Only then may the journal say that the slot holds this package.
        self._staging.erase_step(1)
        self._claimed = True

    def _look(self):
        """Find what is in the slot, which has seen no other package; the last step is the number
        of bytes that need not come again."""
        self._received = 0
        try:
            if self._staging.read_head(self._head):
                yield from self._check_header()
                yield from self._look_inside()
            else:
                self._received = self._upgrade.saved
        except (PackageError, FlashError):
            self._header = None
        yield self._received

    def _look_inside(self):
        stream, whole = self._is_stream(), True
        if not stream:
            for whole in self._staging.scan():
                yield
        if whole and not self._upgrade.origin:
            # A compressed stream cannot be entered in its middle, but its image may be here.
            for whole in self._is_whole():
                yield
            if whole:
                self._received = self._upgrade.length
                return
        if not stream:
            yield from self._staging.restore()
            self._received = self._staging.count

    def _is_stream(self):
        """True if the slot has no room for a compressed package beside its image."""
        return self._header.kind != PLAIN and not self._upgrade.origin

    def replay(self, sink):
        """Call sink(piece) with the bytes that begin() found; an iterator of steps."""
        if self._header is None:
            sink(memoryview(self._head)[: self._received])
        for _ in self._staging.replay(sink):
            self._feed()
            yield

    def rewind(self):
        """Take the package again from its first byte."""
        self._staging.begin()
        self._header = self._decoder = None
        self._received = 0

    def erase_step(self):
        """Erase one unit ahead of the data; False when nothing is left to erase."""
        return self._claimed and self._staging.erase_step()

    def write(self, data):
        """Take the next bytes (a memoryview), which must stay until the last step, if steps are
        returned; PackageError as soon as they cannot be right."""
        have = self._received
        self._received += len(data)
        if self._header is None:
            take = min(len(data), HEADER_SIZE - have)
            self._head[have : have + take] = data[:take]
            return self._open(data[take:]) if have + take == HEADER_SIZE else None
        return self._put(data)

    def _put(self, data):
        if self._decoder:
            return self._decoder.write(data)
        self._staging.writer.write(data)
        self._feed()
        return None

    def _open(self, data):
        """The header is complete: only what passes all checks gets any further."""
        yield from self._check_header()
        if self._header.kind == RECALL:
            return  # nothing is written: the slot holds what is wanted
        self._staging.begin(self._header)
        if self._claimed:
            self._staging.erase_step(1)
        else:
            self._claim()
        yield
        # Also for the wire form, which the header has confirmed.
        self._journal.begin(self._upgrade)
        yield
        if self._is_stream():
            yield from self._decode(self._staging.writer)
        else:
            self._staging.writer.write(self._head)
            if is_part(self._upgrade):
                yield from self._staging.save()  # what is read from now on counts, too
        steps = self._put(data)
        if steps:
            yield from steps

    def _check_header(self):
        try:
            header = yield from self._check_package()
        finally:
            phases.forget("qsota.update.package", "qsota.update.rsa")
        yield
        if header.kind == DELTA:
            yield from self._check_base(header)
        elif header.kind == RECALL and not self._journal.can_recall(header):
            raise PackageError("not-in-slot")
        self._header = header

    def _check_package(self):
        package = phases.load("qsota.update.package")
        yield  # 8 ms for each KB of code that was loaded
        if self._keys:
            phases.load("qsota.update.rsa")
            yield
        header = package.parse(self._head)
        package.check_for(
            header,
            self._board.name,
            self.component,
            self._upgrade.target or header.version,  # "" when no 10700 named it
            self.capacity,
            self._upgrade.length,
            self._journal.record.floor,
            self._board.window_bits,
            handover.INTERFACE,
        )
        yield
        for _ in package.signature_steps(header, self._head, self._keys):
            self._feed()
            yield
        return header

    def _check_base(self, header):
        running = self._journal.running
        base = None if running is None else self._journal.record.slots[running]
        if base is None or (base.size, base.sha256) != (header.base_size, header.base_sha256):
            raise PackageError("wrong-base")
        fits = False
        for fits in self._hash(self._board.slot(running), base.size, base.sha256):
            yield
        if not fits:
            raise PackageError("wrong-base")

    def _hash(self, area, size, expected):
        """Read an image back; the last step says whether this is its SHA-256."""
        digest = sha256()
        for piece in pieces(area, IMAGE_OFFSET, size, self._page):
            digest.update(piece)
            self._feed()
            yield
        yield digest.digest() == expected

    def _decode(self, writer):
        """Have the payload decoded into the image from now on; writer is at the slot's start."""
        # Loaded when there is use for it: most of the time it would only take heap.
        phases.load("qsota.update.inflate")
        yield
        decoder, base = phases.load("qsota.update.decoder"), None
        yield
        if self._header.kind == DELTA:
            phases.load("qsota.update.delta")
            yield
            base = Image(self._board.slot(self._journal.running), self._header.base_size)
        writer.write(self._head)
        self._decoder = decoder.Decoder(self._header, writer, base, self._feed)

    def save(self):
        """What came so far will not come again; an iterator of steps."""
        if self._header is None:
            yield from self._staging.save_part(self._head, self._received)
        elif self._claimed and not self._decoder:
            yield from self._staging.save()

    def finish(self):
        """Every byte came: decode what waits for it, and read the image back from flash;
        PackageError if it is not whole. An iterator of steps."""
        if self._header is None:
            raise PackageError("truncated")
        if self._header.kind in (DEFLATE, DELTA):
            yield from self._unpack()
        elif self._claimed:
            self._staging.writer.flush()
        whole = False
        for whole in self._is_whole():
            yield
        if not whole:
            raise PackageError("wrong-image")

    def _unpack(self):
        if not self._decoder:
            if not self._upgrade.origin:
                return  # its image was here before
            self._staging.close()
            yield
            yield from self._decode(SlotWriter(self._area, self._page))
            yield from self._staging.replay(self._decoder.write, HEADER_SIZE)
        yield from self._decoder.finish()

    def _is_whole(self):
        return self._hash(self._area, self._header.image_size, self._header.image_sha256)

    def install(self):
        """Make the verified image the one that the next boot tries."""
        self._journal.install(self._header, self._board.trial_attempts)


def _nothing():
    pass
