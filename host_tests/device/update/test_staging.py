"""What of a package a reset cannot take away: the bytes as they came, in the slot."""

from qsota.boot.record_data import TRIAL
from qsota.errors import FlashError
from qsota.update.package import HEADER_SIZE
from qsota_tools.proof.lab.packages import stored
from target_bench import BASE, KINDS, NEW, SLOTS, Bench, deflate, delta, plain
from util import drive, pattern, raises

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


def test_what_came_before_a_block_ended_is_here_after_a_reset():
    image = pattern(9000)
    for data, new in ((plain(image), image), (deflate(image, stored(image, 1000)), image)):
        for end in (800, 1024, 2000, 4096, 5000, 8192, 9000):
            for more in (0, 1, 700, 3000):
                bench = Bench()
                bench.begin(data)
                block(bench, data, end)
                bench.write(data[end : end + more], 300)
                bench.restart()
                staged = bench.begin(data)
                assert staged >= end or end >= len(data)
                replayed = bytearray()
                drive(bench.target.replay(replayed.extend))
                assert replayed == data[:staged]
                assert finished(bench, data, new)


def test_so_it_is_after_any_number_of_small_blocks_and_resets():
    data = plain(pattern(5000))
    for size in (300, 900, 1500):
        bench = Bench()
        bench.begin(data)
        for end in range(900, len(data), size):
            block(bench, data, end)
            bench.write(data[end : end + 100])
            bench.restart()
            assert bench.begin(data) == end
        assert finished(bench, data, pattern(5000))


def test_two_ends_in_one_unit_are_copied_to_places_of_their_own():
    data = plain(pattern(5000))
    bench = Bench()
    bench.begin(data)
    tails = []
    for end in (1000, 2000, 3000):
        block(bench, data, end)
        tails.append(bench.journal.record.upgrade.tail)
    assert tails == [SLOT - 8192, SLOT - 4096, SLOT - 8192]


def test_a_reset_at_any_step_of_a_save_leaves_what_was_safe_before():
    data = plain(pattern(36000))
    last = 36864  # where the slot has one place for copies left
    for first, second in ((2500, 5000), (3000, 4100), (4096, 5000), (last - 5000, last - 4200)):
        for steps in range(4):
            bench = Bench()
            bench.begin(data)
            block(bench, data, first)
            bench.write(data[first:second])
            for _, _ in zip(range(steps), bench.target.save()):
                pass
            bench.restart()
            staged = bench.begin(data)
            assert staged >= first
            replayed = bytearray()
            drive(bench.target.replay(replayed.extend))
            assert replayed == data[:staged], (first, second, steps)


def test_an_end_that_is_on_record_costs_nothing_more():
    data = plain(pattern(5000))
    bench = Bench()
    bench.begin(data)
    block(bench, data, 3000)
    before = bench.flash.erases[:], bench.journal.record.seq
    drive(bench.target.save())
    assert (bench.flash.erases, bench.journal.record.seq) == before


def test_a_block_that_ends_within_the_header_is_kept_beside_the_image_before():
    for data, new in ((plain(), NEW), (deflate(), NEW), (delta(), NEW)):
        for end, more in ((1, 0), (500, 100), (767, 1), (500, 268), (300, 2000), (500, len(data))):
            bench = Bench()
            bench.begin(data)
            block(bench, data, end)
            assert not bench.erased_before(SLOT - 8192)
            bench.write(data[end : end + more])
            bench.restart()
            staged = bench.begin(data)
            assert staged >= end
            replayed = bytearray()
            drive(bench.target.replay(replayed.extend))
            assert replayed == data[:staged]
            assert finished(bench, data, new)


def test_any_number_of_ends_within_the_header_and_resets_are_kept():
    data = plain()
    for size in (100, 300, 767):
        for restarts in (False, True):
            bench = Bench()
            bench.begin(data)
            for end in range(size, HEADER_SIZE, size):
                block(bench, data, end)
                bench.write(data[end : min(end + 50, HEADER_SIZE - 1)])
                bench.restart()
                assert bench.begin(data) == end
                if restarts:
                    bench.restart()
                    assert bench.begin(data) == end
            assert finished(bench, data, NEW)


def test_a_reset_at_any_operation_around_the_end_of_a_header_costs_nothing_that_was_safe():
    data = plain(pattern(9000))
    for free in (False, True):
        for cut in range(12):
            bench = Bench()
            if free:  # the slot holds no way back
                bench.journal.clear_spare()
            bench.begin(data)
            block(bench, data, 500)
            bench.flash.on_op = Cut(cut)
            try:
                bench.write(data[500:6000])
            except Cut:
                pass
            bench.flash.on_op = None
            bench.restart()
            assert bench.begin(data) >= 500, (free, cut)
            assert finished(bench, data, pattern(9000))


class Cut(Exception):
    """Raised instead of the flash operation after so many, and of all that follow."""

    def __init__(self, left):
        self._left = left

    def __call__(self, *operation):
        self._left -= 1
        if self._left < 0:
            raise self


def test_part_of_a_header_counts_for_its_own_package_only():
    data, other = plain(), plain(pattern(2000))
    bench = Bench()
    bench.begin(data)
    block(bench, data, 500)
    bench.restart()
    assert bench.begin(other) == 0
    assert finished(bench, other, pattern(2000))


def test_a_part_of_a_header_that_cannot_be_read_is_nothing():
    data = plain()
    bench = Bench()
    bench.begin(data)
    block(bench, data, 500)
    bench.restart()
    bench.target._board.slot = lambda index, slot=bench.board.slot: Unreadable(slot(index))
    assert bench.begin(data) == 0


def test_where_a_package_is_decoded_as_it_comes_the_copy_of_its_header_is_given_up():
    bench = Bench()
    bench.begin(CROWDED)
    block(bench, CROWDED, 500)
    bench.write(CROWDED[500:9000])
    assert bench.journal.record.upgrade.saved == 0
    bench.restart()
    assert bench.begin(CROWDED) == 0
    assert finished(bench, CROWDED, LARGE)


def test_both_images_that_fill_their_slots_leave_no_place_for_a_part_of_a_header():
    data = plain()
    bench = Bench()
    fill(bench, 0, 1)
    bench.begin(data)
    block(bench, data, 500)
    assert not bench.erased and not bench.journal.record.upgrade.saved
    assert finished(bench, data, NEW)


FULL = pattern(SLOT - HEADER_SIZE)  # an image that leaves no byte of its slot free
BESIDE = pattern(17000)  # its package fits beside it, but not beside the places for copies
KEPT = (plain(FULL), FULL), (deflate(BESIDE, stored(BESIDE, 1000)), BESIDE)


def test_a_package_that_needs_the_places_for_copies_is_kept_all_the_same():
    for data, new in KEPT:
        for end in (1000, 6000, 10000, len(data) - 12000):
            for more in (0, 700, 5000, 11900):
                bench = Bench()
                bench.begin(data)
                block(bench, data, end)
                while bench.target.erase_step():
                    pass
                bench.write(data[end : end + more], 300)
                bench.restart()
                assert bench.begin(data) >= end
                assert finished(bench, data, new)


def test_what_is_erased_ahead_spares_the_copy_until_its_unit_is_whole():
    data = KEPT[0][0]
    bench = Bench()
    bench.begin(data)
    bench.write(data[:6000])
    while bench.target.erase_step():
        pass
    block(bench, data, 6100)
    while bench.target.erase_step():
        pass
    bench.restart()
    assert bench.begin(data) == 6100
    while bench.target.erase_step():
        pass
    bench.write(data[6100:8192])
    while bench.target.erase_step():
        pass
    assert finished(bench, data, FULL)


def fill(bench, *slots):
    """The images in these slots are as long as they can be."""
    for index in slots:
        bench.journal.record.slots[index].size = SLOT - HEADER_SIZE


def running(bench):
    return bytes(bench.flash.content[SLOTS[0] : SLOTS[0] + HEADER_SIZE + len(BASE)])


def test_an_end_in_the_last_two_units_of_the_slot_is_copied_behind_the_image_that_runs():
    for data, new in KEPT:
        for end in (len(data) - 5000, len(data) - 4100, len(data) - 3000, len(data) - 1):
            for more in (0, 1, 700, 2900):
                bench = Bench()
                before = running(bench)
                bench.begin(data)
                block(bench, data, end - 100)
                block(bench, data, end)
                bench.write(data[end : end + more], 300)
                bench.restart()
                assert bench.begin(data) >= end
                assert finished(bench, data, new)
                assert running(bench) == before


def test_behind_an_image_begins_the_unit_in_which_it_does_not_end():
    data = KEPT[0][0]
    for size, places in (
        (SLOT - 8192 - HEADER_SIZE, {2 * SLOT - 8192, 2 * SLOT - 4096}),
        (SLOT - 8192 - HEADER_SIZE + 1, {2 * SLOT - 4096}),
        (SLOT - 4096 - HEADER_SIZE + 1, set()),
    ):
        bench = Bench()
        bench.journal.record.slots[0].size = size
        bench.begin(data)
        tails = set()
        for end in (SLOT - 4000, SLOT - 3000, SLOT - 2000):
            block(bench, data, end)
            tails.add(bench.journal.record.upgrade.tail)
        assert tails - {0} == places
        assert finished(bench, data, FULL)


def test_beside_an_image_that_fills_its_slot_an_end_in_the_last_two_units_is_not_kept():
    data = KEPT[0][0]
    bench = Bench()
    fill(bench, 0)
    bench.begin(data)
    block(bench, data, SLOT - 8192 - 100)
    block(bench, data, SLOT - 8192 + 100)
    block(bench, data, SLOT - 100)
    assert bench.journal.record.upgrade.saved == SLOT - 8192 - 100
    bench.restart()
    assert bench.begin(data) >= SLOT - 8192 - 100
    assert finished(bench, data, FULL)


def test_only_the_last_unit_is_left_for_copies_and_one_unit_has_one():
    data = KEPT[0][0]
    bench = Bench()
    fill(bench, 0)
    bench.begin(data)
    block(bench, data, SLOT - 3 * 4096 + 100)
    assert bench.journal.record.upgrade.tail == SLOT - 4096
    block(bench, data, SLOT - 3 * 4096 + 200)
    assert bench.journal.record.upgrade.saved == SLOT - 3 * 4096 + 100


def test_a_second_reading_forgets_what_was_safe():
    data = plain(pattern(9000))
    bench = Bench()
    bench.begin(data)
    block(bench, data, 5000)
    bench.target.rewind()
    bench.write(data[:2000])
    bench.restart()
    assert bench.begin(data) == 0
    assert finished(bench, data, pattern(9000))


def test_a_compressed_package_waits_beside_its_image_and_is_decoded_at_the_end():
    for data in KINDS[1:]:
        bench = Bench()
        bench.begin(data)
        bench.write(data)
        origin = bench.journal.record.upgrade.origin
        assert origin > HEADER_SIZE + len(NEW) and origin + len(data) < SLOT - 8192
        kept = SLOTS[1] + origin
        assert finished(bench, data, NEW)
        assert bench.flash.content[kept : kept + len(data)] == data


def test_a_compressed_package_goes_on_where_it_was_cut():
    image = pattern(12000)
    data = deflate(image, stored(image, 1000))
    bench = Bench()
    bench.begin(data)
    bench.write(data[:9500])
    bench.restart()
    assert bench.begin(data) == 8192
    assert finished(bench, data, image)


def test_a_reset_while_a_package_is_decoded_asks_for_no_byte_again():
    for data in KINDS[1:]:
        for steps in range(1, 20, 3):
            bench = Bench()
            bench.begin(data)
            bench.write(data)
            work = bench.target.finish()
            for _ in range(steps):
                next(work)
            bench.restart()
            assert bench.begin(data) == len(data)
            assert finished(bench, data, NEW)


def test_without_room_a_compressed_package_is_decoded_as_it_comes():
    bench = Bench()
    bench.begin(CROWDED)
    bench.write(CROWDED[:9000])
    assert bench.journal.record.upgrade.origin == 0
    drive(bench.target.save())
    assert bench.journal.record.upgrade.saved == 0
    bench.restart()
    # A compressed stream cannot be entered in its middle.
    assert bench.begin(CROWDED) == 0
    assert finished(bench, CROWDED, LARGE)


def test_without_room_a_whole_image_is_found_after_a_reset():
    bench = Bench()
    bench.stage(CROWDED)
    bench.restart()
    assert bench.begin(CROWDED) == len(CROWDED)
    assert finished(bench, CROWDED, LARGE)


def test_without_room_a_damaged_image_is_loaded_again():
    bench = Bench()
    bench.stage(CROWDED)
    bench.flash.content[SLOTS[1] + HEADER_SIZE + 5] ^= 1
    bench.restart()
    assert bench.begin(CROWDED) == 0
    assert finished(bench, CROWDED, LARGE)


def test_without_room_an_image_that_is_not_the_right_one_is_refused():
    wrong = LARGE[:-1] + b"\0"
    data = deflate(LARGE, stored(wrong, 1000))
    bench = Bench()
    bench.begin(data)
    bench.write(data)
    assert raises(Exception, bench.target.finish).reason == "wrong-image"


def test_a_slot_that_cannot_be_read_has_nothing():
    data = plain(pattern(9000))
    bench = Bench()
    bench.begin(data)
    block(bench, data, 5000)
    bench.restart()
    bench.target._board.slot = lambda index, slot=bench.board.slot: Unreadable(slot(index))
    assert bench.begin(data) == 0


class Unreadable:
    """An area whose first unit cannot be read."""

    def __init__(self, area):
        self._area = area
        self.size, self.erase_size = area.size, area.erase_size
        self.program_size = area.program_size

    def read(self, offset, buf):
        raise FlashError("io")


def test_no_step_does_more_than_one_erase():
    for data, image in ((plain(LARGE), LARGE), (CROWDED, LARGE), (KINDS[1], NEW), (delta(), NEW)):
        bench = Bench()
        erases = []
        bench.flash.on_op = lambda kind, *more, e=erases: e.append(kind)

        def done(steps, erases=erases):
            result = None
            if not hasattr(steps, "send"):
                assert erases.count("erase") <= 1
                erases.clear()
                return steps
            for result in steps:
                assert erases.count("erase") <= 1
                erases.clear()
            return result

        bench.begin(data)
        erases.clear()
        view = memoryview(data)
        for at in range(0, len(data), 1024):
            done(bench.target.write(view[at : at + 1024]))
            if at == 3072:
                done(bench.target.save())
        done(bench.target.finish())
        assert bench.slot(HEADER_SIZE + len(image)) == data[:HEADER_SIZE] + image


def test_a_delta_that_copies_everything_yields_often():
    bench = Bench()
    bench.begin(delta())
    bench.write(delta())
    assert sum(1 for _ in bench.target.finish()) > len(BASE) // 1024
