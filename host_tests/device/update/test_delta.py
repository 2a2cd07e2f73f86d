from qsota.errors import PackageError
from qsota.update.delta import Patch
from qsota_tools.package.delta.coding import number, step
from streams import Base, patched
from util import drive, pattern, raises

BASE = pattern(1000)


def refusal(steps):
    return raises(PackageError, patched, BASE, steps).reason


def plus(data, difference):
    return bytes((byte + difference) & 0xFF for byte in data)


def test_the_base_is_copied():
    assert patched(BASE, step(1000)) == BASE
    assert patched(BASE, step(10) + step(300)) == BASE[:310]


def test_differences_are_added_modulo_256():
    steps = step(20, b"\x01\xff\x80") + step(5)
    assert (
        patched(BASE, steps)
        == BASE[:20]
        + bytes(((BASE[20] + 1) & 0xFF, (BASE[21] + 255) & 0xFF, (BASE[22] + 128) & 0xFF))
        + BASE[23:28]
    )


def test_many_differences():
    assert patched(BASE, step(0, b"\x05" * 1000)) == plus(BASE, 5)


def test_new_bytes_leave_the_base_where_it_was():
    assert patched(BASE, step(7, b"new", True) + step(4)) == BASE[:7] + b"new" + BASE[7:11]
    new = pattern(700, 99)
    assert patched(BASE, step(0, new, True) + step(4)) == new + BASE[:4]


def test_jumps_go_both_ways_and_come_after_the_rest_of_their_step():
    steps = step(10, jump=500) + step(10, b"new", True, -515) + step(10, b"\1", jump=3) + step(2)
    expected = BASE[:10] + BASE[510:520] + b"new" + BASE[5:15] + plus(BASE[15:16], 1) + BASE[19:21]
    assert patched(BASE, steps) == expected


def test_the_steps_may_come_in_any_pieces():
    steps = step(300, b"\2" * 300, jump=-600) + step(1, b"new" * 100, True, 998) + step(1)
    expected = BASE[:300] + plus(BASE[300:600], 2) + BASE[:1] + b"new" * 100 + BASE[999:]
    for piece in (1, 2, 3, 255, 256, 257, 1000):
        assert patched(BASE, steps, piece) == expected


def test_a_jump_after_the_last_step_may_lead_anywhere():
    assert patched(BASE, step(3, jump=-5000)) == BASE[:3]


def test_nothing_is_read_outside_of_the_base():
    for steps in (
        step(1001),
        step(1000, b"\1"),
        step(999, b"\1\1"),
        step(1, jump=-2) + step(1),
        step(1, jump=-2) + step(0, b"x", True),
        step(1, jump=1000) + step(0, b"x", True),
        step(1, jump=999) + step(1),
        step(0xFFFFFFFF),
    ):
        assert refusal(steps) == "bad-payload"


def test_the_end_of_the_base_is_inside():
    assert patched(BASE, step(1, jump=998) + step(1)) == BASE[:1] + BASE[999:]
    assert patched(BASE, step(1000) + step(0, b"x", True)) == BASE + b"x"


def test_a_step_that_yields_nothing_is_refused():
    assert refusal(step(0)) == "bad-payload"
    assert refusal(step(0, b"", True)) == "bad-payload"
    assert refusal(step(5) + step(0, jump=1)) == "bad-payload"


def test_numbers_of_more_than_five_digits_are_refused():
    assert refusal(b"\x80" * 5) == "bad-payload"
    assert refusal(b"\x81\x80\x80\x80\x80\x00") == "bad-payload"
    assert patched(BASE, b"\x81\x80\x80\x80\x00" + number(0)) == BASE[:1]


def test_a_huge_count_of_new_bytes_takes_no_memory():
    patch = Patch(Base(BASE), bytearray().extend)
    drive(patch.write(memoryview(number(0) + number(0x7FFFFFFF << 2 | 2) + b"x" * 1000)))
    assert patch._left == 0x7FFFFFFF - 1000
