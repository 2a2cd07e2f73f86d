"""A slot written from its start to its end, and gone on with after a cut."""

from qsota.boot.flash import Area
from qsota.boot.slot import IMAGE_OFFSET
from qsota.errors import FlashError
from qsota.update.slot_writer import SlotWriter
from qsota_tools.proof.lab.nor_flash import NorFlash, PowerCut
from qsota_tools.proof.lab.tears import leave
from util import drive, pattern, raises


def slot(blocks=4, **options):
    flash = NorFlash(blocks, **options)
    return flash, Area(flash, flash.size, flash.erase_size, flash.program_size)


def test_data_arrives_whatever_the_pieces():
    data = pattern(9000)
    for piece in (1, 100, 256, 1000, 1024, 5000, 9000):
        flash, area = slot(content=bytes(4 * 4096))
        writer = SlotWriter(area, bytearray(1024))
        for at in range(0, len(data), piece):
            writer.write(data[at : at + piece])
        assert writer.position == 9000
        writer.flush()
        assert flash.content[:9000] == data
        assert flash.content[9000:9216] == b"\xff" * 216


def test_only_the_units_that_are_needed_are_erased_each_once():
    flash, area = slot(content=bytes(4 * 4096))
    writer = SlotWriter(area, bytearray(1024))
    writer.write(bytes(4095))
    assert flash.erases == [1, 0, 0, 0]
    writer.write(b"xy")
    writer.flush()
    assert flash.erases == [1, 1, 0, 0]


def test_a_unit_is_erased_before_the_one_before_it_is_full():
    flash, area = slot(content=bytes(4 * 4096))
    ops = []
    flash.on_op = lambda *op: ops.append(op[:2])
    writer = SlotWriter(area, bytearray(1024))
    writer.write(bytes(3072))
    writer.write(bytes(1024))
    assert ops[-2:] == [("erase", 4096), ("program", 3072)]


def test_a_cut_writer_goes_on_with_the_unit_it_was_in():
    for count, position in ((0, 0), (1024, 0), (4096, 0), (5120, 4096), (9216, 8192)):
        data = pattern(12000)
        flash, area = slot(content=bytes(4 * 4096))
        cut = SlotWriter(area, bytearray(1024))
        cut.erase_next(1)
        cut.write(data[:count])
        writer = SlotWriter(area, bytearray(1024))
        assert drive(writer.resume(0, 12000)) == count
        assert writer.position == position
        writer.write(data[position:])
        writer.flush()
        assert flash.content[:12000] == data


def test_a_copy_of_the_unit_that_is_begun_brings_back_what_was_there():
    piece = bytearray(256)
    for position in (5000, 4096 + 1024, 8191):
        data = pattern(12000)
        flash, area = slot(8, content=bytes(8 * 4096))
        writer = SlotWriter(area, bytearray(1024))
        writer.write(data[:position])
        area.erase(6 * 4096)
        writer.lend(6 * 4096)
        writer.save(area, 6 * 4096, piece)
        writer.write(data[position : position + 800])  # and then the power fails
        again = SlotWriter(area, bytearray(1024))
        drive(again.restore(position, area, 6 * 4096, piece))
        assert again.position == position
        again.write(data[position:])
        again.flush()
        assert flash.content[:12000] == data


def test_where_a_unit_ends_nothing_is_brought_back():
    flash, area = slot(4)
    writer = SlotWriter(area, bytearray(1024))
    writer.write(pattern(8192))
    before = flash.erases[:]
    again = SlotWriter(area, bytearray(1024))
    drive(again.restore(8192, area, 0, bytearray(256)))
    assert again.position == 8192 and flash.erases == before


def test_a_writer_may_begin_at_any_erase_unit():
    flash, area = slot(4, content=bytes(4 * 4096))
    writer = SlotWriter(area, bytearray(1024))
    writer.begin(8192)
    writer.write(pattern(1500))
    writer.flush()
    assert flash.content[8192:9692] == pattern(1500) and flash.erases == [0, 0, 1, 0]


def test_a_program_unit_that_cannot_be_read_ends_what_is_there():
    flash, area = slot(program_size=16)
    cut = SlotWriter(area, bytearray(1024))
    cut.write(pattern(5120))
    flash.on_op = lambda *op: leave(flash, *op, "dead.middle")
    raises(PowerCut, cut.write, pattern(1024))
    flash.power_on()
    writer = SlotWriter(area, bytearray(1024))
    assert drive(writer.resume(0, 12000)) == 5120 + 512 and writer.position == 4096


def test_a_complete_slot_is_seen_as_such():
    _, area = slot()
    writer = SlotWriter(area, bytearray(1024))
    writer.write(pattern(IMAGE_OFFSET + 5000))
    writer.flush()
    assert (
        drive(SlotWriter(area, bytearray(1024)).resume(0, IMAGE_OFFSET + 5000))
        >= IMAGE_OFFSET + 5000
    )


def test_units_can_be_erased_ahead_one_at_a_time():
    flash, area = slot(content=bytes(4 * 4096))
    writer = SlotWriter(area, bytearray(1024))
    assert writer.erase_next(5000) and flash.erases == [1, 0, 0, 0]
    assert writer.erase_next(5000) and flash.erases == [1, 1, 0, 0]
    assert not writer.erase_next(5000)
    writer.write(pattern(5000))
    writer.flush()
    assert flash.erases == [1, 1, 0, 0] and flash.content[:5000] == pattern(5000)


def test_nothing_is_programmed_before_the_buffer_is_full():
    flash, area = slot()
    ops = []
    flash.on_op = lambda *op: ops.append(op)
    writer = SlotWriter(area, bytearray(1024))
    writer.write(bytes(1023))
    assert ops == [("erase", 0, 4096)]
    writer.write(bytes(2))
    assert ops[1:] == [("program", 0, 1024)]
    writer.flush()
    assert ops[2:] == [("program", 1024, 256)]


def test_begin_starts_over():
    flash, area = slot()
    writer = SlotWriter(area, bytearray(1024))
    writer.write(bytes(5000))
    writer.begin()
    assert writer.position == 0
    writer.write(pattern(3000))
    writer.flush()
    assert flash.content[:3000] == pattern(3000) and flash.erases == [2, 1, 0, 0]


def test_a_full_slot_takes_no_more():
    flash, area = slot()
    writer = SlotWriter(area, bytearray(1024))
    assert raises(FlashError, writer.erase_next, 4 * 4096 + 1).reason == "slot-full"
    writer.write(pattern(4 * 4096))
    assert raises(FlashError, writer.write, b"x").reason == "slot-full"
    writer.flush()
    assert flash.content == pattern(4 * 4096)


def test_nothing_can_follow_a_padded_end():
    _, area = slot()
    writer = SlotWriter(area, bytearray(256))
    writer.write(b"x")
    writer.flush()
    assert raises(FlashError, writer.write, bytes(256)).reason == "misaligned"


def test_the_buffer_must_hold_whole_program_units():
    _, area = slot()
    for size in (0, 100, 1000):
        assert raises(FlashError, SlotWriter, area, bytearray(size)).reason == "misaligned"


def test_small_program_units():
    flash, area = slot(program_size=16)
    writer = SlotWriter(area, bytearray(48))
    writer.write(pattern(100))
    writer.flush()
    assert flash.content[:112] == pattern(100) + b"\xff" * 12
