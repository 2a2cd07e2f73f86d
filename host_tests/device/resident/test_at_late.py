"""Answers that come late or never: each belongs to the command that was asked, no other."""

import asyncio

from qsota import log
from qsota.errors import AtError, AtTimeout
from scripted import ERROR, MARKERS, OK, converse, failure

log.sink = None

MARKER, OTHER_MARKER, LAST_MARKER = "AT+QIOTSTATE?", "AT+QIOTREG?", "AT+CSQ"
ANSWER_B = b"\r\n+B: 2\r\n" + OK


def in_turn(module, clock, ms):
    """From now on the module answers one command after the other, each after ms(line)."""
    free = [0]
    say = module._answer

    def answer(line):
        free[0] = max(free[0], clock.now()) + ms(line)
        clock.after(free[0] - clock.now(), say, line)

    module._answer = answer


def test_b9_a_late_answer_is_not_taken_for_the_next_one():
    async def talk(at, module, clock):
        clock.after(950, module.say, b"\r\n+A: 1\r\n" + OK)
        assert await failure(AtTimeout, at.command("AT+A", b"+A:", 900)) == "timeout"
        for _ in range(2):
            assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert module.sent == ["AT+A", "AT", MARKER, "AT+B", "AT+B"]

    converse(talk, {"AT+B": ANSWER_B})


def test_b9_a_late_answer_in_parts_passes_before_the_next_command():
    async def talk(at, module, clock):
        clock.after(960, module.say, b"\r\n+A: 1\r\n")
        clock.after(1050, module.say, OK)
        assert await failure(AtTimeout, at.command("AT+A", b"+A:", 900)) == "timeout"
        assert await at.command("AT+B", b"") == [b"+B: 2"]
        assert clock.now() >= 1150  # silent since 1050

    converse(talk, {"AT+B": ANSWER_B})


def test_b9_a_cancelled_command_leaves_no_answer_behind():
    async def talk(at, module, clock):
        task = asyncio.create_task(at.command("AT+A", b"+A:", 5000))
        await asyncio.sleep_ms(100)
        task.cancel()
        clock.after(20, module.say, b"\r\n+A: 1\r\n" + OK)
        assert await at.command("AT+B", b"") == [b"+B: 2"]

    converse(talk, {"AT+B": ANSWER_B})


def test_b9_an_ok_that_is_later_than_the_at_after_it_is_found_out():
    async def talk(at, module, clock):
        in_turn(module, clock, lambda line: 4000 if line == "AT+A" else 10)
        assert await failure(AtTimeout, at.command("AT+A", None, 1000)) == "timeout"
        # The OK that the AT gets is that of AT+A; AT+C is refused, and must not get the AT's OK.
        assert await failure(AtError, at.command("AT+C")) == "error"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]

    converse(talk, {"AT+A": OK, "AT+B": ANSWER_B, "AT+C": ERROR, "ATE0Q0V1": OK, "\x1b": b""})


def test_b9_an_ok_in_late_data_is_not_taken_for_that_of_the_at_after_it():
    async def talk(at, module, clock):
        # The OK of the AT, asked at 150, comes when that of the data has been taken for it.
        in_turn(module, clock, lambda line: 170 if line == "AT" else 5)
        clock.after(300, module.say, b"\r\n+A: 7\r\n\r\nOK\r\n")
        clock.after(307, module.say, b"x\r\n" + OK)
        buf = bytearray(8)
        assert await failure(AtTimeout, at.read("AT+A", b"+A:", buf, 0, 50)) == "timeout"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]

    converse(talk, {"AT+B": ANSWER_B})


def test_an_answer_that_was_lost_costs_little_on_a_fast_module():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+A", None, 1000)) == "timeout"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert clock.now() < 1200

    converse(talk, {"AT+B": ANSWER_B})


def test_a_marker_whose_own_answer_is_lost_is_followed_by_another_one():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+A", None, 300)) == "timeout"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert module.sent == ["AT+A", "AT", MARKER, OTHER_MARKER, "AT+B"]

    converse(talk, {"AT+B": ANSWER_B, MARKER: b""})


def test_a_module_without_the_markers_is_listened_to_until_it_is_quiet():
    async def talk(at, module, clock):
        clock.after(1500, module.say, b"\r\n+A: 1\r\n" + OK)
        assert await failure(AtTimeout, at.command("AT+A", b"+A:", 900)) == "timeout"
        assert await at.command("AT+B", b"") == [b"+B: 2"]

    converse(talk, {"AT+B": ANSWER_B, MARKER: ERROR})


def test_a_module_that_answers_no_marker_at_all_is_taken_as_it_is():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+A", None, 900)) == "timeout"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert clock.now() < 30000

    converse(talk, {"AT+B": ANSWER_B, MARKER: b"", OTHER_MARKER: b"", LAST_MARKER: b""})


def test_where_every_marker_may_be_late_itself_only_silence_tells():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+A", None, 300)) == "timeout"
        for _ in range(3):  # each marker is given up
            task = asyncio.create_task(at.command("AT+B", b"+B:"))
            await asyncio.sleep_ms(300)
            task.cancel()
        in_turn(module, clock, lambda line: 200)
        clock.after(150, module.say, MARKERS[LAST_MARKER])  # its OK is taken for that of the AT
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]

    lost = dict.fromkeys((MARKER, OTHER_MARKER, LAST_MARKER), b"")
    converse(talk, dict(lost, **{"AT+B": ANSWER_B}))


def test_a_question_whose_answer_may_be_late_is_no_marker():
    async def talk(at, module, clock):
        in_turn(module, clock, lambda line: 3000 if clock.now() < 100 else 10)
        assert await failure(AtTimeout, at.command(MARKER, b"+QIOTSTATE:", 500)) == "timeout"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert module.sent[-2:] == [OTHER_MARKER, "AT+B"]

    converse(talk, {"AT+B": ANSWER_B, "ATE0Q0V1": OK, "\x1b": b""})


def test_a_line_that_the_uart_did_not_take_in_time_goes_out_whole_before_the_next():
    async def talk(at, module, clock):
        write = module.uart.write
        module.uart.write = lambda buf: write(buf[:3]) if clock.now() > 4000 else None
        assert await failure(AtTimeout, at.command("AT+A", None, 900)) == "timeout"
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert module.sent == ["AT+A", "AT", MARKER, "AT+B"]

    converse(talk, {"AT+A": OK, "AT+B": ANSWER_B})


def test_waits_are_as_long_as_the_module_was_slow_before():
    async def talk(at, module, clock):
        in_turn(module, clock, lambda line: 1900)
        await at.sync()
        for _ in range(5):
            assert await at.command("AT+B", b"+B:", 500) == [b"+B: 2"]

    converse(talk, {"AT+B": ANSWER_B, "ATE0Q0V1": OK, "\x1b": b""})


def test_waits_become_short_again_when_the_module_is_fast():
    async def talk(at, module, clock):
        in_turn(module, clock, lambda line: 4000 if clock.now() < 30000 else 10)
        await at.sync()
        assert at._slow_ms >= 4000
        for _ in range(60):
            await at.command("AT+B", b"+B:", 500)
        begun = clock.now()
        assert await failure(AtTimeout, at.command("AT+A", None, 500)) == "timeout"
        assert clock.now() - begun < 550

    converse(talk, {"AT+B": ANSWER_B, "ATE0Q0V1": OK, "\x1b": b""})


def test_a_restart_of_the_module_ends_what_it_was_asked():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+A", None, 500)) == "timeout"
        module.say(b"\r\nRDY\r\n")
        await asyncio.sleep_ms(50)
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]
        assert module.sent == ["AT+A", "AT+B"]

    converse(talk, {"AT+B": ANSWER_B})


def test_sync_sends_at_until_the_module_answers():
    async def talk(at, module, clock):
        await at.sync()
        # The second time it leaves a prompt, and a profile that has no OK.
        assert module.sent == ["AT", "\x1b", "ATE0Q0V1", "AT", MARKER]
        # 100 ms of silence before each, then 500 and 1000 ms for the answer that did not come.
        assert 1900 <= clock.now() < 2000

    converse(talk, {"AT": [b"", OK]})


def test_an_error_is_an_answer_too():
    async def talk(at, module, clock):
        await at.sync()
        assert module.sent == ["AT"]

    converse(talk, {"AT": ERROR})


def test_sync_gives_up():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.sync(1)) == "no-answer"
        assert await failure(AtTimeout, at.command("ATE0")) == "no-answer"
        assert "ATE0" not in module.sent
        # The next command tries again.
        module.answers["AT"] = OK
        await at.command("ATE0")
        assert module.sent[-3:] == ["AT", MARKER, "ATE0"]

    converse(talk, {"AT": b"", "ATE0": OK})


def test_sync_waits_at_most_two_seconds_for_silence():
    async def talk(at, module, clock):
        module.say(b"+CREG: 1\r\n" * 4000)  # 3.5 s at 115200 baud
        assert await failure(AtTimeout, at.sync(1)) == "no-answer"
        assert 2500 <= clock.now() < 2600

    converse(talk, {"AT": b""})
