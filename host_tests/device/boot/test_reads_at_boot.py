"""What does not read well at boot is read again, then the board is reset; then it is believed."""

import io
import json

from boot_bench import (
    boot,
    boot_over_resets,
    boot_py,
    hand_over,
    mounted_main,
    on_record,
    rig_with,
    upgraded,
)
from qsota import log
from qsota.boot import chip, hardware, loader
from qsota.boot.record_data import BAD, GOOD, NOTHING, REPORT_OLD, TRIAL
from qsota.resident import handover
from rig import ERASE, SLOTS, STATE, Module, Reset, Rig
from util import raises


def spoil(rig, area, reads, by_error=False):
    """The next so many reads go wrong that begin in an area."""
    start, size = area
    read, left = rig.flash.read, [reads]

    def spoilt(at, buf):
        read(at, buf)
        if left[0] and start <= at < start + size:
            left[0] -= 1
            if by_error:
                raise OSError(5)
            buf[len(buf) // 2] ^= 1

    rig.flash.read = spoilt
    return left


# The first piece of each image: it is read once in each look at the image.
PIECES = [(start, ERASE) for start, _ in SLOTS]


def test_one_wrong_bit_in_one_read_costs_a_confirmed_image_nothing():
    for by_error in (False, True):
        for reads in (1, 2):
            rig = rig_with(GOOD)
            left = spoil(rig, PIECES[0], reads, by_error)
            assert boot(rig).slot == 0 and left == [0]
            assert mounted_main(rig) == "version = 'old'\n"
            assert on_record(rig)[1][0] == GOOD


def test_an_image_that_does_not_read_well_in_one_start_gets_a_reset_before_it_is_given_up():
    for keeps in (True, False):
        rig = rig_with(GOOD, GOOD, 1)
        rig.keeps = keeps
        left = spoil(rig, PIECES[1], 3)
        assert boot_over_resets(rig) == 1 and left == [0]
        assert handover.state.slot == 1 and on_record(rig)[1] == [GOOD, GOOD]
        assert rig.records().load().tally == 0


def test_an_image_that_never_reads_well_is_given_up_after_two_resets():
    for keeps in (True, False):
        rig = rig_with(GOOD, GOOD, 1)
        rig.keeps = keeps
        rig.damage(1)
        assert boot_over_resets(rig) == 2
        assert handover.state.slot == 0
        assert on_record(rig) == (0, [GOOD, BAD], 0, REPORT_OLD, "image-damaged")


def test_there_is_an_end_to_it_without_a_register_and_with_records_that_cannot_be_written():
    rig = rig_with(GOOD, GOOD, 1)
    rig.keeps = False
    rig.damage(1)

    def fail(kind, at, length):
        raise OSError(5)

    rig.flash.on_op = fail
    assert boot_over_resets(rig) == 0 and handover.state.slot == 0


def test_ends_of_the_application_do_not_use_up_the_resets_for_reading():
    rig = rig_with(GOOD)
    for _ in range(3):
        boot_py(rig)
        raises(Reset, hand_over, rig, "main", Module())
    left = spoil(rig, PIECES[0], 6)
    assert boot_over_resets(rig) == 2 and left == [0]
    assert handover.state.slot == 0 and chip_value(rig) == 3


def chip_value(rig):
    return rig.run(chip.kept)


def test_one_wrong_bit_does_not_revert_a_trial():
    rig = upgraded()
    left = spoil(rig, PIECES[1], 1)
    state = boot(rig)
    assert (state.slot, state.trial, left) == (1, True, [0])
    assert on_record(rig) == (1, [GOOD, TRIAL], 2, NOTHING, "")


def test_a_log_without_a_readable_record_is_read_again_after_a_reset():
    rig = rig_with(GOOD)
    left = spoil(rig, STATE, 16 * 3)
    assert boot_over_resets(rig) == 1 and left == [0]
    assert handover.state.slot == 0


def test_a_log_that_cannot_be_read_is_not_overwritten():
    rig, ops = rig_with(GOOD), []
    rig.keeps = False
    rig.flash.on_op = lambda *op: ops.append(op)
    left = spoil(rig, STATE, 1000, True)
    assert boot(rig).slot is None and ops == [] and left[0]


def test_a_blank_log_is_believed_at_once():
    assert boot_over_resets(Rig()) == 0


# The flash chip on SPI


class Bus:
    """An SPI bus whose chip gives its id only from the nth time on."""

    def __init__(self, silent):
        self.silent = silent
        self.asked = 0
        self.command = b""

    def write(self, data):
        self.command = bytes(data)

    def readinto(self, buf):
        if self.command[0] == 0x05:
            buf[0] = 0
        else:
            self.asked += 1
            buf[:] = b"\xff\xff\xff" if self.asked <= self.silent else b"\xef\x40\x18"


def on_spi(silent):
    rig = rig_with(GOOD)
    rig.config["flash"]["kind"] = "spinor"
    rig.config["spi"] = {"id": 0, "baud": 1000000, "cs": 5, "sck": 2, "mosi": 3, "miso": 4}
    rig.spi = Bus(silent)
    rig.pins.outputs[5] = lambda value: None
    return rig


def test_a_flash_chip_that_misses_its_id_a_few_times_is_asked_again():
    rig = on_spi(4)
    boot_py(rig)
    rig.run(handover.state.board.area, "state")
    assert rig.spi.asked == 5


def test_without_its_flash_chip_a_board_tries_again_after_a_reset():
    rig = on_spi(1000)
    for _ in range(3):
        boot_py(rig)
        raises(Reset, hand_over, rig)
        assert "no-spi-flash" in log.lines()[-1]


# The board file


def test_a_board_file_that_reads_badly_twice_is_read_a_third_time():
    rig = rig_with(GOOD)
    tries = []

    def read(path):
        tries.append(path)
        return io.StringIO(json.dumps(rig.config) if len(tries) == 3 else '{"name"')

    hardware.open = read
    try:
        handover.state = handover.State()
        rig.run(loader.boot)
    finally:
        del hardware.open
    assert handover.state.board and tries == ["board.json"] * 3
