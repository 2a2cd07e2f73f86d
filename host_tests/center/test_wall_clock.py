"""The Center's time of day."""

from hypothesis import given
from hypothesis import strategies as st

from qsota_tools.center.wall_clock import SPEEDS, WallClock

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 10**6)),
        st.tuples(st.just("run"), st.sampled_from((0, *SPEEDS))),
        st.tuples(st.just("jump"), st.integers(-(10**6), 10**8)),
    ),
    max_size=20,
)


@given(STEPS)
def test_time_never_goes_back_whatever_is_done_to_the_clock(steps):
    real = 1_700_000_000_000
    clock = WallClock(lambda: real)
    for what, number in steps:
        before = clock.now()
        if what == "wait":
            real += number
            assert clock.now() - before == number * clock.speed
        elif what == "run":
            clock.run(number)
            assert clock.now() == before
        else:
            clock.jump(before + number)
            assert clock.now() == before + max(0, number)


def test_a_restart_goes_on_at_the_same_speed_and_time():
    real = 1000
    clock = WallClock(lambda: real)
    clock.jump(5000)
    clock.run(10)
    other = WallClock(lambda: real)
    other.state = clock.state
    real += 100
    assert other.now() == clock.now() == 6000
