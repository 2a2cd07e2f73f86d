"""Where copies and packages find room beside the images, and what is done without."""

from qsota.update.package import HEADER_SIZE
from qsota_tools.proof.lab.packages import stored
from staging_bench import CROWDED, LARGE, SLOT, Unreadable, block, fill, finished
from target_bench import BASE, KINDS, NEW, SLOTS, Bench, deflate, delta, plain
from util import drive, pattern, raises

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
