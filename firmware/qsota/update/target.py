# The application's spare slot as the destination of one component of a plan.
from micropython import const

from qsota.boot.record import GOOD
from qsota.boot.slot import Image, SlotWriter, check, image_sha256
from qsota.errors import FlashError, PackageError
from qsota.update.package import DELTA, HEADER_SIZE, PLAIN, check_for, check_signature, parse

_PAGE = const(1024)


class SlotTarget:
    """Takes a package as it comes, refuses what does not belong here, and makes it bootable.

    A target of another component (a second MCU, a display) has the same methods and attributes.
    """

    # The new version can only be reported by the image itself, after a reset and a trial.
    needs_reset = True

    def __init__(self, board, journal, version, feed=None):
        self.version = version
        self.component = board.component
        self._board = board
        self._journal = journal
        self._feed = feed
        self._keys = board.keys
        self._head = bytearray(HEADER_SIZE)
        self._page = bytearray(_PAGE)
        self._area = None
        self._upgrade = None
        self._writer = None
        self._claimed = False  # the slot holds bytes of this package and of no other
        self._header = None  # None until it is complete and has passed every check
        self._inflater = None
        self._received = 0

    @property
    def capacity(self):
        """The largest package in bytes."""
        return self._board.slot_size

    def begin(self, upgrade):
        """Prepare for this package; returns how many of its bytes are here from an earlier try.

        All of them: its whole image is in the slot. PackageError("too-large").
        """
        if upgrade.length > self.capacity:
            raise PackageError("too-large")
        self._upgrade = upgrade
        self._area = self._board.slot(self._journal.spare())
        self._writer = SlotWriter(self._area, self._page)
        self._claimed = self._journal.holds(upgrade)
        if self._claimed:
            upgrade.form = self._journal.record.upgrade.form
        staged = self._staged() if self._claimed else 0
        if not staged:
            self.rewind()
        # The image that is the way back is given up for a header that has passed every check.
        way_back = self._journal.record.slots[self._journal.spare()].state == GOOD
        if not self._claimed and not way_back:
            self._claim()
        return staged

    def _claim(self):
        self._journal.clear_spare()
        # Only then may the journal say that the slot holds this package.
        self._writer.erase_next(1)
        self._claimed = True

    def _staged(self):
        """Bytes of this package that are whole in the slot, which has seen no other one."""
        try:
            self._area.read(0, self._head)
            self._check_header()
        except (PackageError, FlashError):
            return 0
        end = HEADER_SIZE + self._header.image_size
        if self._writer.resume(end) >= end and self._is_whole():
            self._received = self._upgrade.length
        else:
            # A compressed stream cannot be entered in its middle.
            self._received = self._writer.position if self._header.kind == PLAIN else 0
        return self._received

    def replay(self, sink):
        """Call sink(piece) with the bytes of a plain package that begin() found."""
        view = memoryview(self._page)
        offset = 0
        while offset < self._received:
            piece = view[: min(len(view), self._received - offset)]
            self._area.read(offset, piece)
            sink(piece)
            offset += len(piece)
            if self._feed:
                self._feed()

    def rewind(self):
        """Take the package again from its first byte."""
        if self._writer.position:
            self._writer.begin()
        self._header = self._inflater = None
        self._received = 0

    def erase_step(self):
        """Erase one unit ahead of the data; False when nothing is left to erase."""
        return self._claimed and self._writer.erase_next(self._upgrade.length)

    def write(self, data):
        """Take the next bytes (a memoryview); PackageError as soon as they cannot be right."""
        have = self._received
        self._received += len(data)
        if self._header is None:
            take = min(len(data), HEADER_SIZE - have)
            self._head[have : have + take] = data[:take]
            if have + take < HEADER_SIZE:
                return
            self._check_header()
            self._open()
            data = data[take:]
        if self._inflater:
            self._inflater.write(data)
        else:
            self._put(data)

    def _check_header(self):
        header = parse(self._head)
        check_for(
            header,
            self._board.name,
            self.component,
            self._upgrade.target or header.version,  # "" when no 10700 named it
            self.capacity,
            self._upgrade.length,
            self._journal.record.floor,
            self._board.window_bits,
        )
        check_signature(header, self._head, self._keys)
        if header.kind == DELTA:
            self._check_base(header)
        self._header = header

    def _check_base(self, header):
        running = self._journal.running
        base = None if running is None else self._journal.record.slots[running]
        if (
            base is None
            or (base.size, base.sha256) != (header.base_size, header.base_sha256)
            or not check(self._board.slot(running), base, self._page, self._feed)
        ):
            raise PackageError("wrong-base")

    def _open(self):
        """Lead the payload into the slot; nothing of this package was written before."""
        header = self._header
        if header.kind != PLAIN:
            # Imported when there is use for them: most of the time they would only take heap.
            from qsota.update.inflate import Inflater

            sink = self._put
            if header.kind == DELTA:
                from qsota.update.delta import Patch

                base = self._board.slot(self._journal.running)
                sink = Patch(Image(base, header.base_size), sink).write
            self._inflater = Inflater(header.window_bits, sink)
        if not self._claimed:
            self._claim()
        # Also for the wire form, which the header has confirmed.
        self._journal.begin(self._upgrade)
        self._writer.write(self._head)

    def _put(self, data):
        # A small payload may unpack to anything; what counts is the size in the header.
        if self._writer.position + len(data) > HEADER_SIZE + self._header.image_size:
            raise PackageError("bad-payload")
        self._writer.write(data)
        # One chunk may unpack to more than the watchdog's time of erasing and programming.
        if self._feed:
            self._feed()

    def finish(self):
        """Every byte came: read the image back from flash; PackageError if it is not whole."""
        if self._header is None:
            raise PackageError("truncated")
        if self._inflater:
            self._inflater.finish()
        self._writer.flush()
        if not self._is_whole():
            raise PackageError("wrong-image")

    def _is_whole(self):
        size = self._header.image_size
        return image_sha256(self._area, size, self._page, self._feed) == self._header.image_sha256

    def install(self):
        """Make the verified image the one that the next boot tries."""
        self._journal.install(self._header, self._board.trial_attempts)
