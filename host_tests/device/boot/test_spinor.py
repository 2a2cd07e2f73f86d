import errno
import sys
import time

from qsota.boot import spinor
from qsota.boot.flash import Area
from qsota.boot.record import RecordLog
from qsota.boot.record_data import Record
from qsota.boot.spinor import Chip, Part
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.w25q import W25q
from util import pattern, raises

SMALL, LARGE = b"\xef\x40\x18", b"\xef\x40\x19"  # W25Q128, W25Q256


def bench(identity=SMALL, prepare=None):
    """(chip, its driver) in virtual time; prepare(chip) comes before the driver looks at it."""
    clock = Clock()
    model = W25q(clock, identity)
    if prepare:
        prepare(model)
    return model, in_time(clock, Chip, model, model)


def in_time(clock, call, *args):
    """Run call(*args) with its waits on the clock of the chip."""
    before = time.ticks_source, spinor.sleep_ms
    time.ticks_source, spinor.sleep_ms = clock.ticks, clock.advance
    try:
        return call(*args)
    finally:
        time.ticks_source, spinor.sleep_ms = before


def error(call, *args):
    return raises(OSError, call, *args).args[0]


def sound(model):
    assert model.faults == [], model.faults


def test_the_size_comes_from_the_id():
    for capacity, size in ((0x14, 1 << 20), (0x18, 1 << 24), (0x19, 1 << 25), (0x20, 1 << 26)):
        model, chip = bench(bytes([0xEF, 0x40, capacity]))
        assert chip.size == size
        sound(model)


def test_the_chip_is_reset_before_it_is_used():
    model, chip = bench()
    assert [op for op in model.log if op != 0x05] == [0x66, 0x99, 0x9F]


def test_what_does_not_answer_is_no_chip():
    for identity in (b"\x00\x00\x18", b"\xff\x40\x18", b"\xef\x40\x07"):
        assert error(bench, identity) == errno.ENODEV


def test_a_chip_that_stays_busy_is_given_up_after_a_second():
    clock = Clock()
    model = W25q(clock)
    model.dead = True
    assert error(in_time, clock, Chip, model, model) == errno.ETIMEDOUT
    assert 1000 <= clock.now() <= 1010


def test_an_erase_that_the_mcu_did_not_survive_is_waited_for():
    def erasing(model):
        model.ready_us = 45000

    model, chip = bench(prepare=erasing)
    assert model._clock.now() >= 45
    sound(model)


def test_bytes_are_programmed_and_read_back_at_any_address():
    for identity, base in ((SMALL, 0x123400), (LARGE, 0x1ABCD00)):
        model, chip = bench(identity)
        for at, size in ((base, 256), (base + 0x1003, 700), (base + 0x2FFF, 2)):
            chip.program(at, pattern(size))
            buf = bytearray(size)
            chip.read(at, buf)
            assert buf == pattern(size)
        sound(model)


def test_a_program_is_cut_at_the_ends_of_pages():
    model, chip = bench()
    chip.program(0x10F0, pattern(600))
    assert model.log.count(0x02) == 4  # 16 + 256 + 256 + 72
    assert bytes(model.sector(1)[0xF0 : 0xF0 + 600]) == pattern(600)


def test_large_chips_get_four_bytes_of_address_and_never_a_change_of_mode():
    model, chip = bench(LARGE)
    chip.erase(0x1000000)
    chip.program(0x1000000, b"\x55")
    chip.read(0x1000000, bytearray(1))
    used = set(model.log)
    assert {0x13, 0x12, 0x21} <= used
    assert not used & {0x03, 0x02, 0x20, 0xB7, 0xC5}
    assert model.sector(0x1000)[0] == 0x55 and 0 not in model.cells


def test_a_sector_is_erased_and_no_other():
    model, chip = bench()
    for sector in (4, 5, 6):
        chip.program(sector * 4096, bytes(4))
    chip.erase(5 * 4096)
    assert sorted(model.cells) == [4, 6]
    sound(model)


def test_an_erase_takes_its_time_and_is_waited_for():
    model, chip = bench()
    before = model._clock.now()
    chip.erase(0)
    assert model._clock.now() - before >= 45 and not model.busy


def test_an_operation_that_never_ends_is_given_up():
    model, chip = bench()
    model.stuck = True
    assert error(in_time, model._clock, chip.erase, 0) == errno.ETIMEDOUT


def test_a_chip_that_may_not_be_written_is_no_success():
    model, chip = bench()
    model.protected = True
    assert error(chip.program, 0, b"\x00") == errno.EIO
    assert model.cells == {}


def test_a_chip_that_loses_the_write_enable_is_no_success():
    model, chip = bench()
    execute = model._execute
    model._execute = lambda command: None if command == b"\x06" else execute(command)
    assert error(chip.erase, 0) == errno.EIO


def test_a_failing_bus_leaves_the_chip_deselected():
    model, chip = bench()

    def broken(data):
        raise OSError(errno.EIO)

    write, model.write = model.write, broken
    assert error(chip.read, 0, bytearray(1)) == errno.EIO
    assert not model.selected
    model.write = write
    buf = bytearray(1)
    chip.read(0, buf)
    assert buf == b"\xff"


# The block device


def test_a_part_must_be_whole_blocks_of_the_chip():
    model, chip = bench()
    for start, size in ((-4096, 4096), (0, 0), (100, 4096), (0, 100), (1 << 24, 4096)):
        raises(ValueError, Part, chip, start, size)
    assert Part(chip, (1 << 24) - 4096, 4096).ioctl(4, 0) == 1


def test_a_part_speaks_the_extended_protocol_in_its_own_blocks():
    model, chip = bench()
    part = Part(chip, 8192, 12288)
    assert (part.ioctl(1, 1), part.ioctl(4, 0), part.ioctl(5, 0)) == (0, 3, 4096)
    assert part.writeblocks(2, b"\x12\x34", 5) == 0
    assert bytes(model.sector(4)[5:7]) == b"\x12\x34"
    buf = bytearray(2)
    assert part.readblocks(2, buf, 5) == 0 and buf == b"\x12\x34"
    assert part.ioctl(6, 2) == 0
    assert model.cells == {}
    assert part.readblocks(2, buf) == 0 and buf == b"\xff\xff"


def test_nothing_leaves_the_part():
    model, chip = bench()
    part = Part(chip, 8192, 8192)
    before = list(model.log)
    refused = -errno.EINVAL
    assert part.ioctl(6, -1) == refused and part.ioctl(6, 2) == refused
    assert part.writeblocks(-1, b"\x00", 0) == refused
    assert part.writeblocks(1, bytes(2), 4095) == refused
    assert part.readblocks(2, bytearray(1)) == refused
    assert model.log == before


def test_a_part_returns_failures_and_does_not_raise_them():
    model, chip = bench()
    part = Part(chip, 0, 4096)
    model.protected = True
    assert part.ioctl(6, 0) == -errno.EIO
    assert part.writeblocks(0, b"\x00", 0) == -errno.EIO


def test_boot_records_live_on_a_chip():
    model, chip = bench()
    area = Area(Part(chip, 65536, 8192), 8192, 4096, 256)
    record = Record()
    record.reason = "kept"
    RecordLog(area).store(record)
    assert RecordLog(area).load().reason == "kept"
    assert area.map() is None
    sound(model)


def littlefs_works_on_a_chip():
    import vfs

    model, chip = bench(LARGE)
    part = Part(chip, 0x1000000 - 65536, 131072)  # across the end of three address bytes
    vfs.VfsLfs2.mkfs(part, progsize=256)
    vfs.mount(vfs.VfsLfs2(part, progsize=256), "/chip")
    try:
        with open("/chip/file", "wb") as file:
            file.write(pattern(80000))
        with open("/chip/file", "rb") as file:
            assert file.read() == pattern(80000)
    finally:
        vfs.umount("/chip")
    assert max(model.cells) >= 4096 > min(model.cells)
    sound(model)


if sys.implementation.name == "micropython":  # CPython has no file system to mount
    test_littlefs_works_on_a_chip = littlefs_works_on_a_chip
