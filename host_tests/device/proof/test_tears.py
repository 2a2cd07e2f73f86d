"""What a cut can leave in flash, kind by kind."""

from qsota.boot.flash import Area
from qsota_tools.proof.lab.nor_flash import FlashModelError, NorFlash, PowerCut
from qsota_tools.proof.lab.tears import cuts, leave
from util import raises

OLD = bytes(range(256)) * 16


def cut_erase(how, seed=0, **options):
    """A chip whose one unit, full of OLD, was being erased when the power failed."""
    return cut(how, lambda flash: flash.erase(0), OLD, seed, **options)


def cut_program(how, data=OLD[:1024], seed=0, **options):
    return cut(how, lambda flash: flash.program(0, data), b"", seed, **options)


def cut(how, operation, content, seed, **options):
    flash = NorFlash(1, content=content, **options)
    flash.on_op = lambda *op: leave(flash, *op, how, seed)
    raises(PowerCut, operation, flash)
    flash.power_on()
    flash.on_op = None
    return flash


def look(flash, at=0, length=4096):
    buf = bytearray(length)
    flash.read(at, buf)
    return bytes(buf)


def zeros(data):
    """How many bits are 0."""
    return sum(bin(byte ^ 0xFF).count("1") for byte in data)


# Erase


def test_an_erase_that_was_cut_before_or_after_is_none_or_a_whole_one():
    assert look(cut_erase("before")) == OLD
    flash = cut_erase("after")
    assert look(flash) == b"\xff" * 4096
    flash.program(0, OLD)
    assert look(flash) == OLD


def test_each_torn_erase_must_be_repeated_before_a_program():
    for how in cuts("erase", 4096, NorFlash(1)):
        if how not in ("before", "after"):
            flash = cut_erase(how)
            flash.content[:] = b"\xff" * 4096
            raises(FlashModelError, flash.program, 0, OLD)
            flash.erase(0)
            flash.program(0, OLD)


def test_a_torn_erase_may_leave_anything_between_old_and_blank():
    assert look(cut_erase("touched")) == OLD
    assert look(cut_erase("zeroed")) == bytes(4096)
    assert look(cut_erase("half")) == b"\xff" * 2048 + OLD[2048:]
    assert look(cut_erase("blank")) == b"\xff" * 4096
    assert zeros(look(cut_erase("almost"))) == 1
    assert 64 < zeros(look(cut_erase("spots"))) < 192  # about one in 256
    early = zeros(OLD) - zeros(look(cut_erase("early")))
    assert zeros(OLD) // 32 < early < zeros(OLD) // 8  # about one in 16


def test_bits_that_an_erase_left_half_way_change_after_a_while():
    flash = cut_erase("fading")
    assert (look(flash), look(flash)) == (OLD, b"\xff" * 4096)
    flash = cut_erase("fading2")
    assert (look(flash), look(flash), look(flash)) == (OLD, OLD, b"\xff" * 4096)
    flash = cut_erase("returning")
    assert look(flash) == b"\xff" * 4096 and zeros(look(flash)) > zeros(OLD) // 2


# Program


def test_a_program_that_was_cut_before_or_after_is_none_or_a_whole_one():
    flash = cut_program("before")
    assert look(flash) == b"\xff" * 4096
    flash.program(0, OLD)
    assert look(cut_program("after"), 0, 1025) == OLD[:1024] + b"\xff"


def test_the_units_before_the_cut_are_whole_and_those_after_it_are_blank():
    for place, unit in (("first", 0), ("middle", 2), ("last", 3)):
        data = look(cut_program("low." + place))
        at = unit * 256
        assert data[: at + 128] == OLD[: at + 128] and data[at + 128 :] == b"\xff" * (3968 - at)


def test_a_unit_may_be_programmed_in_part():
    unit = OLD[:256]
    assert look(cut_program("high.first", unit), 0, 256) == b"\xff" * 128 + unit[128:]
    assert zeros(look(cut_program("almost.first", unit))) == zeros(unit) - 1
    left = zeros(look(cut_program("bits.first", unit)))
    assert zeros(unit) // 4 < left < zeros(unit) * 3 // 4


def test_a_unit_that_reads_blank_is_used_up_all_the_same():
    flash = cut_program("touched.middle")
    assert look(flash, 512, 512) == b"\xff" * 512
    raises(FlashModelError, flash.program, 512, OLD[:256])
    flash.program(768, OLD[:256])


def test_bits_that_a_program_left_half_way_change_after_a_while():
    unit = OLD[:256]
    flash = cut_program("fading.first", unit)
    assert look(flash, 0, 256) == unit and look(flash, 0, 256) != unit
    flash = cut_program("fading2.first", unit)
    assert [look(flash, 0, 256) == unit for _ in range(3)] == [True, True, False]
    flash = cut_program("late.first", unit)
    assert look(flash, 0, 256) == b"\xff" * 256 and look(flash, 0, 256) != b"\xff" * 256
    flash = cut_program("returning.first", unit)
    assert [look(flash, 0, 256) == unit for _ in range(2)] == [False, True]


def test_looking_elsewhere_changes_nothing():
    flash = cut_program("fading.first", OLD[:256])
    look(flash, 256, 3840)
    assert look(flash, 0, 256) == OLD[:256]


# Both


def test_the_ecc_of_a_torn_word_need_not_fit():
    flash = cut_program("dead.middle", program_size=16)
    area = Area(flash, 4096, 4096, 16)
    error = raises(Exception, area.read, 512, bytearray(16))
    assert error.reason == "io" and look(flash, 0, 512) == OLD[:512]
    flash = cut_erase("dead", program_size=16)
    assert raises(Exception, Area(flash, 4096, 4096, 16).read, 4000, bytearray(1)).reason == "io"
    flash.erase(0)
    assert look(flash) == b"\xff" * 4096


def test_every_cut_of_every_operation_can_be_made():
    for size in (256, 16):
        chip = NorFlash(1, program_size=size)
        for how in cuts("erase", 4096, chip):
            cut_erase(how, program_size=size)
        for length in (size, 2 * size, 512, 1024):
            for how in cuts("program", length, chip):
                cut_program(how, OLD[:length], program_size=size)


def test_a_short_program_has_fewer_places_to_be_cut():
    chip = NorFlash(1)
    kinds = [how.split(".")[0] for how in cuts("program", 1024, chip)]
    assert kinds.count("bits") == 3
    assert "bits.middle" not in cuts("program", 512, chip)
    assert "bits.last" not in cuts("program", 256, chip)


def test_noise_depends_on_the_seed_and_the_place_only():
    assert look(cut_erase("early")) == look(cut_erase("early"))
    assert look(cut_erase("early")) != look(cut_erase("early", 1))


def test_the_state_of_a_chip_tells_weak_bits_from_good_ones():
    states = [cut_erase(how).state() for how in ("before", "touched", "fading", "fading2")]
    assert len(set(states)) == 4
    assert cut_erase("touched").state() == cut_erase("touched").state()
