"""The internal flash of an STM32 behind MicroPython's cache of one sector."""

from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.flash_models import CachedFlash
from qsota_tools.proof.lab.nor_flash import PowerCut, cut_at
from util import raises

SECTOR = 16384


def cached(synced=False):
    clock = Clock()
    flash = CachedFlash(clock, 3, SECTOR, synced)
    flash.content[:] = bytes(len(flash.content))
    return clock, flash, flash.window(0, 3 * SECTOR)


def look(device, at, length=4):
    buf = bytearray(length)
    device.readblocks(at // 512, buf, at % 512)
    return bytes(buf)


def cut_in_a_sync(flash, device, index):
    """The power fails in that operation of writing the cache back, and comes again."""
    flash.on_op = cut_at(index)
    raises(PowerCut, device.ioctl, 3, 0)
    flash.on_op = None
    flash.power_on()
    flash.restart()


def test_a_block_is_512_bytes_and_an_erase_does_nothing():
    _, flash, device = cached()
    assert (device.ioctl(4, 0), device.ioctl(5, 0)) == (96, 512)
    assert device.ioctl(6, 0) == 0 and look(device, 0) == bytes(4) and flash.erases == [0, 0, 0]


def test_what_was_written_reads_back_before_it_is_in_flash():
    _, flash, device = cached()
    device.writeblocks(1, b"abcd", 2)
    assert look(device, 512, 8) == b"\0\0abcd\0\0"
    assert flash.content[512:520] == bytes(8)


def test_the_cache_is_written_back_five_seconds_after_the_last_write():
    clock, flash, device = cached()
    device.writeblocks(0, b"abcd")
    clock.advance(4000)
    device.writeblocks(1, b"efgh")
    clock.advance(4999)
    assert flash.content[:4] == bytes(4)
    clock.advance(1)
    assert flash.content[:4] == b"abcd" and flash.content[512:516] == b"efgh"
    assert flash.erases == [1, 0, 0]


def test_another_sector_or_a_sync_writes_it_back_at_once():
    _, flash, device = cached()
    device.writeblocks(0, b"abcd")
    device.writeblocks(SECTOR // 512, b"efgh")
    assert flash.content[:4] == b"abcd" and flash.content[SECTOR : SECTOR + 4] == bytes(4)
    device.ioctl(3, 0)
    assert flash.content[SECTOR : SECTOR + 4] == b"efgh" and flash.erases == [1, 1, 0]
    device.ioctl(3, 0)
    assert flash.erases == [1, 1, 0]


def test_a_write_may_cross_sectors():
    _, flash, device = cached()
    device.writeblocks(31, b"x" * 1024)
    device.ioctl(3, 0)
    assert flash.content[SECTOR - 512 : SECTOR + 512] == b"x" * 1024
    assert look(device, SECTOR - 2) == b"xxxx"


def test_a_cut_loses_what_was_only_in_the_cache():
    clock, flash, device = cached()
    device.writeblocks(0, b"abcd")
    cut_in_a_sync(flash, device, 0)
    assert look(device, 0) == bytes(4)
    clock.advance(10000)
    assert flash.erases == [1, 0, 0]


def test_a_cut_between_erase_and_write_back_loses_the_whole_sector():
    _, flash, device = cached()
    device.writeblocks(0, b"abcd")
    cut_in_a_sync(flash, device, 1)
    assert flash.content[:SECTOR] == b"\xff" * SECTOR and look(device, SECTOR) == bytes(4)


def test_a_reset_loses_the_cache_as_a_cut_does():
    _, flash, device = cached()
    device.writeblocks(0, b"abcd")
    flash.restart()
    device.ioctl(3, 0)
    assert look(device, 0) == bytes(4) and flash.erases == [0, 0, 0]


def test_with_a_sync_after_each_write_a_reset_loses_nothing():
    _, flash, device = cached(synced=True)
    device.writeblocks(0, b"abcd")
    flash.restart()
    assert look(device, 0) == b"abcd" and flash.erases == [1, 0, 0]
