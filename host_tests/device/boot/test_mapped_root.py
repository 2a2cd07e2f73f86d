# Where flash has addresses, and whether nothing writes to it.

import sys

from qsota.boot import hardware
from rig import ERASE, ROOT, Rig
from util import with_modules


class Mapped:
    """rp2.Flash and uctypes of a MicroPython that tells the address of flash, or does not."""

    def __init__(self, address):
        self.address = address

    def addressof(self, flash):
        if self.address is None:
            raise TypeError("object with buffer protocol required")
        return self.address


def mapped(rig, address, sealed=True):
    """What a board says of its root at that address of flash."""
    board = rig.board()
    board.sealed = sealed
    return rig.run(with_modules, {"uctypes": Mapped(address)}, board.mapped)


def test_the_root_of_an_rp2_has_an_address_from_micropython_1_25_on():
    assert mapped(Rig(), 0x100A0000) == (0x100A0000 + ROOT[0], ROOT[1], ERASE)
    assert mapped(Rig(), None) is None


class Sys:
    """sys as far as it tells the port."""

    def __init__(self, platform):
        self.platform = platform


def mapped_inside(platform, **options):
    """mapped() of an STM32's board file, on what says that it is this platform."""
    rig = Rig("stm32", **options)
    hardware.sys = Sys(platform)
    try:
        return mapped(rig, 0)
    finally:
        hardware.sys = sys


STORAGE = {"size": 1 << 20, "erase": 512, "address": 0x08004000}


def test_a_root_inside_an_stm32_has_the_address_that_the_board_file_names():
    where = (0x08004000 + ROOT[0], ROOT[1], 512)
    assert mapped_inside("pyboard", storage=STORAGE) == where
    assert mapped_inside("pyboard") is None  # behind SPI


def test_a_board_that_is_simulated_has_nothing_at_the_address_of_its_board_file():
    assert mapped_inside("linux", storage=STORAGE) is None


def test_a_root_that_something_may_write_to_has_none():
    rig = Rig()
    assert mapped(rig, 0x100A0000, sealed=False) is None
    board = rig.board()
    rig.run(board.seal_root)
    assert board.sealed
    rig.vfs.broken, board = True, rig.board()
    rig.run(board.seal_root)
    assert not board.sealed
