from qsota.boot.flash import Area
from qsota.boot.guard import Guard
from qsota.errors import FlashError
from qsota_tools.proof.lab.nor_flash import FlashModelError, NorFlash, PowerCut, cut_at
from util import raises


def area(blocks=4, **options):
    flash = NorFlash(blocks, **options)
    return flash, Area(flash, flash.size, flash.erase_size, flash.program_size)


class Failing:
    """A block device whose every access fails, by return value or by exception."""

    def __init__(self, error=None):
        self.error = error

    def fail(self, *args):
        if self.error:
            raise self.error
        return -5

    readblocks = writeblocks = fail

    def ioctl(self, op, arg):
        return self.fail() if op == 6 else {1: 0, 4: 4, 5: 4096}[op]


class Mapped(bytearray):
    """A device that can be addressed, as rp2.Flash from MicroPython 1.25 on."""

    def ioctl(self, op, arg):
        return {1: 0, 4: len(self) // 4096, 5: 4096}[op]


# Area


def test_what_is_programmed_reads_back_at_any_offset():
    _, a = area()
    a.program(4096 + 256, bytes(range(256)))
    buf = bytearray(5)
    a.read(4096 + 256 + 7, buf)
    assert buf == b"\x07\x08\x09\x0a\x0b"


def test_an_access_may_cross_erase_units():
    _, a = area()
    a.program(4096 - 256, b"\x5a" * 512)
    buf = bytearray(2)
    a.read(4095, buf)
    assert buf == b"\x5a\x5a"


def test_erase_takes_one_unit_only():
    flash, a = area(content=bytes(4 * 4096))
    a.erase(4096)
    assert flash.content == bytes(4096) + b"\xff" * 4096 + bytes(8192)
    assert flash.erases == [0, 1, 0, 0]


def test_a_unit_of_several_device_blocks_is_erased_whole():
    flash = NorFlash(8, erase_size=1024, content=bytes(8192))
    Area(flash, 8192, 4096, 256).erase(4096)
    assert flash.content == bytes(4096) + b"\xff" * 4096


def test_nothing_outside_of_the_area_is_reached():
    flash = NorFlash(4)
    a = Area(flash, 2 * 4096, 4096, 256)
    buf = bytearray(256)
    for call, args in (
        (a.read, (-1, buf)),
        (a.read, (2 * 4096 - 255, buf)),
        (a.program, (-256, buf)),
        (a.program, (2 * 4096, buf)),
        (a.program, (2 * 4096 - 256, bytes(512))),
        (a.erase, (-4096,)),
        (a.erase, (2 * 4096,)),
    ):
        assert raises(FlashError, call, *args).reason == "out-of-bounds"
    assert flash.erases == [0] * 4 and flash.content == b"\xff" * 4 * 4096


def test_program_and_erase_must_be_aligned():
    _, a = area()
    assert raises(FlashError, a.program, 1, bytes(256)).reason == "misaligned"
    assert raises(FlashError, a.program, 0, bytes(255)).reason == "misaligned"
    assert raises(FlashError, a.erase, 256).reason == "misaligned"


def test_a_device_that_fails_is_an_io_error():
    for device in (Failing(), Failing(OSError(5))):
        a = Area(device, 4 * 4096, 4096, 256)
        assert raises(FlashError, a.read, 0, bytearray(4)).reason == "io"
        assert raises(FlashError, a.program, 0, bytes(256)).reason == "io"
        assert raises(FlashError, a.erase, 0).reason == "io"


def test_an_area_must_fit_its_device():
    flash = NorFlash(4)
    assert raises(FlashError, Area, flash, 5 * 4096, 4096, 256).reason == "out-of-bounds"
    assert raises(FlashError, Area, flash, 4096 + 256, 4096, 256).reason == "misaligned"
    assert raises(FlashError, Area, flash, 4096, 2048, 256).reason == "misaligned"
    assert raises(FlashError, Area, flash, 4096, 4096, 384).reason == "misaligned"


def test_blank_means_every_byte_is_erased():
    _, a = area()
    a.program(4096, b"\xff" * 255 + b"\xfe")
    scratch = bytearray(100)
    assert a.is_blank(0, 4096 + 255, scratch)
    assert not a.is_blank(0, 4096 + 256, scratch)
    assert a.is_blank(4096 + 256, 4096, scratch)


def test_a_mapped_device_gives_a_view_of_the_area():
    device = Mapped(bytes(4096) + b"\x01" * 4096)
    view = Area(device, 4096, 4096, 256).map()
    assert len(view) == 4096
    device[0] = 7
    assert view[0] == 7


def test_a_device_without_addresses_has_no_map():
    assert area()[1].map() is None


# Guard


def test_the_guard_reads_and_refuses_program_and_erase():
    flash = NorFlash(2, content=b"hello")
    guard = Guard(flash)
    buf = bytearray(4)
    guard.readblocks(0, buf, 1)
    assert buf == b"ello"
    assert guard.writeblocks(1, bytes(256), 0) == -30
    assert guard.ioctl(6, 1) == -30
    assert guard.ioctl(4, 0) == 2 and guard.ioctl(5, 0) == 4096
    assert flash.erases == [0, 0] and flash.content[4096:] == b"\xff" * 4096


# The flash model


def test_the_model_refuses_what_damages_a_chip():
    flash = NorFlash(2, content=b"\x00")
    raises(FlashModelError, flash.writeblocks, 0, bytes(256), 0)  # not erased
    raises(FlashModelError, flash.writeblocks, 0, bytes(256), 1)  # misaligned
    raises(FlashModelError, flash.writeblocks, 1, bytes(100), 0)
    raises(FlashModelError, flash.writeblocks, 1, b"", 0)
    flash.writeblocks(1, b"\xff" * 256, 0)
    raises(FlashModelError, flash.writeblocks, 1, b"\xff" * 256, 0)  # twice


def test_the_model_refuses_to_leave_the_chip_or_the_window():
    flash = NorFlash(4)
    window = flash.window(4096, 8192)
    for device, blocks in ((flash, 4), (window, 2)):
        assert device.ioctl(4, 0) == blocks
        raises(FlashModelError, device.readblocks, -1, bytearray(1))
        raises(FlashModelError, device.readblocks, blocks, bytearray(1))
        raises(FlashModelError, device.ioctl, 6, blocks)
    for start, length in ((1, 4096), (0, 100), (-4096, 4096), (0, 0), (8192, 12288)):
        raises(FlashModelError, flash.window, start, length)


def test_a_window_is_a_part_of_the_chip():
    flash = NorFlash(4)
    flash.window(8192, 8192).writeblocks(1, b"\x11" * 256, 512)
    assert flash.content[3 * 4096 + 512 : 3 * 4096 + 768] == b"\x11" * 256


def test_a_write_without_offset_erases_first():
    flash = NorFlash(3, content=bytes(3 * 4096))
    flash.writeblocks(1, b"\x22" * 8192)
    assert flash.content == bytes(4096) + b"\x22" * 8192 and flash.erases == [0, 1, 1]


def test_the_hook_sees_each_operation_before_it_happens():
    flash, seen = NorFlash(2, content=b"\x00"), []
    flash.on_op = lambda *op: seen.append(op + (flash.content[0],))
    flash.ioctl(6, 0)
    flash.writeblocks(0, bytes(512), 256)
    assert seen == [("erase", 0, 4096, 0), ("program", 256, 512, 0xFF)]


def test_a_cut_before_an_operation_leaves_the_content():
    flash = NorFlash(1, content=b"\x00")

    def cut(*op):
        raise PowerCut()

    flash.on_op = cut
    raises(PowerCut, flash.ioctl, 6, 0)
    assert flash.content[0] == 0 and flash.erases == [0]


def test_nothing_works_between_a_cut_and_power_on():
    flash = NorFlash(1)
    flash.on_op = cut_at(0)
    raises(PowerCut, flash.writeblocks, 0, bytes(256), 0)
    flash.on_op = None
    raises(PowerCut, flash.readblocks, 0, bytearray(1))
    raises(PowerCut, flash.ioctl, 6, 0)
    flash.power_on()
    flash.writeblocks(0, bytes(256), 0)
    assert flash.content[:256] == bytes(256)


def test_a_torn_program_keeps_its_first_bytes_and_uses_the_units_up():
    flash = NorFlash(1)
    flash.on_op = cut_at(1, 300)
    flash.writeblocks(0, bytes(256), 1024)
    raises(PowerCut, flash.writeblocks, 0, b"\x33" * 768, 0)
    flash.power_on()
    assert flash.content[:301] == b"\x33" * 300 + b"\xff"
    raises(FlashModelError, flash.writeblocks, 0, b"\xff" * 256, 256)
    flash.writeblocks(0, bytes(256), 512)
    assert flash.content[512:768] == bytes(256)


def test_a_unit_whose_erase_was_cut_must_be_erased_again():
    flash = NorFlash(2, content=bytes(8192))
    flash.on_op = cut_at(0, 512)
    raises(PowerCut, flash.ioctl, 6, 0)
    flash.power_on()
    assert flash.content[:513] == b"\xff" * 512 + b"\x00"
    raises(FlashModelError, flash.writeblocks, 0, bytes(256), 0)
    flash.on_op = None
    flash.ioctl(6, 0)
    flash.writeblocks(0, bytes(256), 0)
    assert flash.content[:4096] == bytes(256) + b"\xff" * 3840 and flash.erases == [2, 0]


def test_program_units_of_other_chips():
    flash = NorFlash(2, erase_size=8192, program_size=16)
    flash.writeblocks(1, bytes(16), 48)
    raises(FlashModelError, flash.writeblocks, 1, bytes(8), 64)
    assert flash.ioctl(5, 0) == 8192 and flash.content[8192 + 48 : 8192 + 64] == bytes(16)
