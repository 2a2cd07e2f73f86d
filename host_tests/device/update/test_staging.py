"""What of a package a reset cannot take away: the bytes as they came, in the slot."""

from qsota.update.package import HEADER_SIZE
from qsota_tools.proof.lab.packages import stored
from staging_bench import CROWDED, LARGE, SLOT, Unreadable, block, fill, finished
from target_bench import NEW, Bench, deflate, delta, plain
from util import drive, pattern


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
