import asyncio

from qsota import log
from util import run


def quiet():
    log.sink = None
    log.clear()


def broken(*args):
    raise OSError(28)


def test_lines_come_back_oldest_first():
    quiet()
    log.write("one")
    log.write("two")
    assert log.lines() == ["one", "two"]


def test_only_the_last_messages_are_kept():
    quiet()
    for i in range(40):
        log.write("message %d" % i)
    assert len(log.lines()) == 32
    assert log.lines()[0] == "message 8"
    assert log.lines()[-1] == "message 39"


def test_a_long_message_is_cut():
    quiet()
    log.write("x" * 1000)
    assert log.lines() == ["x" * 160]


def test_the_sink_sees_each_message():
    quiet()
    seen = []
    log.sink = seen.append
    log.write("hello")
    log.sink = None
    assert seen == ["hello"]


def test_a_sink_that_raises_costs_nothing():
    quiet()
    log.sink = broken
    log.write("one")
    log.write("two")
    log.sink = None
    assert log.lines() == ["one", "two"]


def test_a_sink_that_writes_messages_is_not_told_of_its_own():
    quiet()
    seen = []

    def chatty(text):
        seen.append(text)
        log.write("sent: " + text)

    log.sink = chatty
    log.write("one")
    log.write("two")
    log.sink = None
    assert seen == ["one", "two"]
    assert log.lines() == ["one", "sent: one", "two", "sent: two"]


def test_a_foreign_callable_is_called_and_its_failure_is_a_message():
    quiet()
    assert log.call("battery", lambda a, b: a + b, 1, 2) == 3
    assert log.call("battery", broken) is None
    assert log.lines() == ["battery: OSError(28,)"] or log.lines() == ["battery: OSError(28)"]


def test_a_callable_may_be_no_callable_at_all_or_want_other_arguments():
    quiet()
    assert log.call("consent", "yes") is None
    assert log.call("consent", lambda: True, 1) is None
    assert len(log.lines()) == 2


def test_an_error_that_cannot_be_shown_is_survived():
    class Nasty(Exception):
        def __repr__(self):
            raise ValueError("no")

    def nasty():
        raise Nasty()

    quiet()
    assert log.call("signal", nasty) is None
    assert log.lines() == []


def test_a_coroutine_function_is_awaited_and_guarded_like_a_plain_one():
    async def plain(value):
        return value + 1

    async def failing():
        broken()

    async def main():
        assert await log.ask("consent", plain, 1) == 2
        assert await log.ask("consent", lambda: "now") == "now"
        assert await log.ask("consent", failing) is None
        assert await log.ask("consent", broken) is None

    quiet()
    run(main())
    assert len(log.lines()) == 2


def test_a_callable_that_waits_for_a_cancelled_task_has_failed_like_any_other():
    def cancelled():
        raise asyncio.CancelledError()

    async def waits():
        cancelled()

    async def main():
        assert log.call("on_progress", cancelled) is None
        assert await log.ask("consent", waits) is None

    quiet()
    run(main())
    assert len(log.lines()) == 2
