import asyncio
import time

from qsota_tools.proof.lab.clock import Clock, Deadlock
from util import raises, run


def test_events_run_in_order_of_time():
    clock, seen = Clock(), []
    clock.after(20, seen.append, "b")
    clock.after(10, seen.append, "a")
    clock.advance(15)
    assert seen == ["a"] and clock.now() == 15
    clock.advance(15)
    assert seen == ["a", "b"]


def test_a_cancelled_event_does_not_run():
    clock, seen = Clock(), []
    clock.cancel(clock.after(10, seen.append, "a"))
    clock.cancel(None)
    clock.advance(20)
    assert seen == [] and clock.next_due() is None


def test_sleeping_costs_no_real_time():
    clock = Clock()

    async def main():
        start = time.ticks_ms()
        await asyncio.sleep_ms(1200000)
        return time.ticks_diff(time.ticks_ms(), start)

    assert 1200000 <= run(main(), clock) <= 1200001


def test_tasks_and_events_share_the_time():
    clock, seen = Clock(), []

    async def other():
        for _ in range(3):
            await asyncio.sleep_ms(10)
            seen.append(clock.now())

    async def main():
        clock.after(15, seen.append, "event")
        task = asyncio.create_task(other())
        await asyncio.sleep_ms(50)
        await task

    run(main(), clock)
    assert [s if s == "event" else round(s, -1) for s in seen] == [10, "event", 20, 30]


def test_a_timeout_is_raised_in_virtual_time():
    clock = Clock()

    async def main():
        try:
            await asyncio.wait_for_ms(asyncio.Event().wait(), 5000)
        except asyncio.TimeoutError:
            return clock.now()

    assert 5000 <= run(main(), clock) <= 5001


def test_waiting_for_nothing_is_a_deadlock():
    raises(Deadlock, Clock().idle, None)
