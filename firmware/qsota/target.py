# The application's spare slot as the destination of one component of a plan.
from micropython import const

from qsota.errors import PackageError
from qsota.package import HEADER_SIZE, check_for, parse
from qsota.slot import SlotWriter, image_sha256

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
        self._head = bytearray(HEADER_SIZE)
        self._page = bytearray(_PAGE)
        self._area = None
        self._upgrade = None
        self._writer = None
        self._header = None
        self._received = 0

    @property
    def capacity(self):
        """The largest package in bytes."""
        return self._board.slot_size

    def begin(self, upgrade):
        """Prepare for this package; returns how many of its bytes are here from an earlier try.

        PackageError("too-large").
        """
        if upgrade.length > self.capacity:
            raise PackageError("too-large")
        self._upgrade = upgrade
        self._area = self._board.slot(self._journal.spare())
        self._writer = SlotWriter(self._area, self._page)
        staged = self._staged() if self._journal.holds(upgrade) else 0
        if not staged:
            self._journal.clear_spare()
            self.rewind()
            # Only then may the journal say that the slot holds this package.
            self._writer.erase_next(1)
        return staged

    def _staged(self):
        """Bytes of this package that are whole in the slot, which has seen no other one."""
        self._area.read(0, self._head)
        try:
            self._check_header()
        except PackageError:
            return 0
        if self._writer.resume(self._upgrade.length) >= self._upgrade.length and self._is_whole():
            self._received = self._upgrade.length
        else:
            self._received = self._writer.position
        return self._received

    def replay(self, sink):
        """Call sink(piece) with the bytes that begin() found."""
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
        self._writer.begin()
        self._header = None
        self._received = 0

    def erase_step(self):
        """Erase one unit ahead of the data; False when nothing is left to erase."""
        return self._writer.erase_next(self._upgrade.length)

    def write(self, data):
        """Take the next bytes (a memoryview); PackageError as soon as they cannot be right."""
        n = len(data)
        if self._header is None:
            have = self._received
            take = min(n, HEADER_SIZE - have)
            self._head[have : have + take] = data[:take]
            if have + take == HEADER_SIZE:
                self._check_header()
        self._writer.write(data)
        self._received += n

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
        )
        self._header = header

    def finish(self):
        """Every byte came: read the image back from flash; PackageError if it is not whole."""
        self._writer.flush()
        if self._header is None:
            raise PackageError("truncated")
        if not self._is_whole():
            raise PackageError("wrong-image")

    def _is_whole(self):
        size = self._header.image_size
        return image_sha256(self._area, size, self._page, self._feed) == self._header.image_sha256

    def install(self):
        """Make the verified image the one that the next boot tries."""
        self._journal.install(self._header, self._board.trial_attempts)
