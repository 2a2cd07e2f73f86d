"""A SlotTarget between a flash model and a boot record, without a module: bytes go straight in."""

from hashlib import sha256

from boot_state import BootState
from qsota import log
from qsota.boot.board import Board
from qsota.boot.record import RecordLog
from qsota.boot.record_data import GOOD, SlotState, Upgrade
from qsota.session.plan_journal import PlanJournal
from qsota.update import package
from qsota.update.digest import Digest
from qsota.update.package import HEADER_SIZE
from qsota.update.target import SlotTarget
from qsota_tools.package.delta.coding import step
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.nor_flash import NorFlash
from qsota_tools.proof.lab.packages import make, stored
from util import drive, pattern

BASE = pattern(3000)  # the running image, in slot 0
SPARE = pattern(2500, 9)  # the one before it, in slot 1
SLOTS = (16384, 57344)


class FlashBoard(Board):
    """The bench's board with nothing but flash."""

    def __init__(self, flash, **changed):
        config = dict(CONFIG)
        config.update(changed)
        super().__init__(config)
        self.flash = flash

    def _flash(self, start, size):
        return self.flash.window(start, size)


class Bench:
    """A device that runs BASE; restart() is a reset, other keywords go to the board file."""

    def __init__(self, running=0, floor=0, **changed):
        log.sink = None
        self.flash = NorFlash(26)
        self.board = FlashBoard(self.flash, **changed)
        records = RecordLog(self.board.area("state"))
        record = records.load()
        record.floor = floor
        for index, image in enumerate((BASE, SPARE)):
            start = SLOTS[index] + HEADER_SIZE
            self.flash.content[start : start + len(image)] = image
            state = SlotState(GOOD, 0, len(image), sha256(image).digest(), "1_0_%d" % index)
            record.slots[index] = state
        records.store(record)
        self.fed = 0
        self.restart(running)

    def restart(self, running=0):
        records = RecordLog(self.board.area("state"))
        self.journal = PlanJournal(BootState(records, records.load(), running))
        self.target = SlotTarget(self.board, self.journal, "1_0_0", self._feed)

    def _feed(self):
        self.fed += 1

    @property
    def erased(self):
        """Whether any unit of the spare slot was ever erased."""
        return any(self.flash.erases[SLOTS[1] // 4096 :])

    def erased_before(self, offset):
        """Whether any unit of a slot up to this offset in it was ever erased."""
        return any(any(self.flash.erases[at // 4096 : (at + offset) // 4096]) for at in SLOTS)

    def slot(self, size):
        return bytes(self.flash.content[SLOTS[1] : SLOTS[1] + size])

    def begin(self, data, **fields):
        """As the updater does at 10701; returns the bytes that are here already."""
        upgrade = Upgrade("MCU", "2_0_0", len(data), sha256=sha256(data).digest())
        for name, value in fields.items():
            setattr(upgrade, name, value)
        staged = drive(self.target.begin(upgrade))
        if upgrade is not self.journal.open_upgrade():
            self.journal.begin(upgrade)
        return staged

    def write(self, data, piece=1024):
        view = memoryview(data)
        for at in range(0, len(data), piece):
            drive(self.target.write(view[at : at + piece]))

    def stage(self, data, piece=1024, **fields):
        """What is missing of the package, and its checks; returns the bytes that were here.

        PackageError where it is refused.
        """
        staged = self.begin(data, **fields)
        self.write(data[staged:], piece)
        drive(self.target.finish())
        return staged

    def install(self, data, piece=1024, **fields):
        """The whole package, as far as it is taken; PackageError where it is refused."""
        self.stage(data, piece, **fields)
        self.target.install()

    def take(self, sent, promised):
        """As install(), of bytes whose digests the cloud told for other ones."""
        self.begin(promised)
        self.target.rewind()
        digest = Digest(b"", sha256(promised).digest())
        digest.update(sent)
        self.write(sent)
        drive(self.target.finish())
        digest.matches(len(promised))


NEW = BASE[:700] + b"\x07 new bytes" + BASE[900:2999] + pattern(400, 50)
STEPS = (
    step(700, b"\x07 new bytes", True, 200)
    + step(2000, bytes((0,) * 99))
    + step(0, pattern(400, 50), True)
)


def plain(image=NEW, **changed):
    return make(package.PLAIN, image, image, **changed)


def deflate(image=NEW, payload=None, **changed):
    return make(package.DEFLATE, image, payload or stored(image, 1000), **changed)


def delta(image=NEW, steps=STEPS, base=BASE, **changed):
    return make(package.DELTA, image, stored(steps), base, **changed)


KINDS = (plain(), deflate(), delta())
