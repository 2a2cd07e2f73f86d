"""Packages staged on a bench."""

from qsota.boot.record_data import TRIAL
from qsota.errors import FlashError
from qsota.update.package import HEADER_SIZE
from qsota_tools.proof.lab.packages import stored
from target_bench import deflate
from util import drive, pattern

SLOT = 40960


LARGE = pattern(22000)  # a compressed package of it finds no room beside it


CROWDED = deflate(LARGE, stored(LARGE, 1000))


def block(bench, data, end):
    """The bytes up to `end` come, and the module is asked for its next block."""
    bench.write(data[bench.target._received : end])
    drive(bench.target.save())


def finished(bench, data, image):
    """The rest of the package comes; whether the slot holds header and image then."""
    bench.write(data[bench.target._received :])
    drive(bench.target.finish())
    bench.target.install()
    whole = bench.slot(HEADER_SIZE + len(image)) == data[:HEADER_SIZE] + image
    return whole and bench.journal.record.slots[1].state == TRIAL


def fill(bench, *slots):
    """The images in these slots are as long as they can be."""
    for index in slots:
        bench.journal.record.slots[index].size = SLOT - HEADER_SIZE


class Unreadable:
    """An area whose first unit cannot be read."""

    def __init__(self, area):
        self._area = area
        self.size, self.erase_size = area.size, area.erase_size
        self.program_size = area.program_size

    def read(self, offset, buf):
        raise FlashError("io")
