import asyncio

from qsota import log
from qsota.errors import AtError, AtTimeout
from scripted import ERROR, OK, converse, failure

log.sink = None


def test_a_command_ends_with_ok():
    async def talk(at, module, clock):
        assert await at.command("ATE0") == []
        assert module.sent == ["ATE0"]
        assert clock.now() < 20

    converse(talk, {"ATE0": OK})


def test_the_lines_with_the_prefix_are_the_answer():
    async def talk(at, module, clock):
        return await at.command(b"AT+QIOTMCUVER?", b"+QIOTMCUVER:")

    answer = b'\r\n+QIOTMCUVER: "a","1"\r\n\r\n+QIOTMCUVER: "b","2"\r\n' + OK
    assert converse(talk, {"AT+QIOTMCUVER?": answer}) == [
        b'+QIOTMCUVER: "a","1"',
        b'+QIOTMCUVER: "b","2"',
    ]


def test_an_empty_prefix_takes_every_line_that_is_no_urc():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT:", urcs.append)
        return await at.command("ATI", b"")

    answer = b"\r\nQuectel\r\n+QIOTEVT: 7,10702\r\nEC200\r\n" + OK
    assert converse(talk, {"ATI": answer}) == [b"Quectel", b"EC200"]
    assert urcs == [b"+QIOTEVT: 7,10702"]


def test_at_most_128_lines_are_kept():
    async def talk(at, module, clock):
        return await at.command("ATI", b"")

    lines = converse(talk, {"ATI": b"x\r\n" * 200 + OK})
    assert lines == [b"x"] * 128


def test_a_long_version_table_fits_into_a_line():
    async def talk(at, module, clock):
        return await at.command("AT+QIOTMCUVER?", b"+QIOTMCUVER:")

    line = b'+QIOTMCUVER: "' + b"v" * 511 + b'"'
    assert converse(talk, {"AT+QIOTMCUVER?": line + b"\r\n" + OK}) == [line]


def test_error_and_cme_error_are_raised():
    async def talk(at, module, clock):
        assert await failure(AtError, at.command("AT+A")) == "error"
        assert await failure(AtError, at.command("AT+B")) == "cme-10"
        assert await failure(AtError, at.command("AT+C")) == "cme-sim-not-inserted"
        assert await failure(AtError, at.command("AT+D")) == "cme-\xff"
        assert await failure(AtError, at.command("AT+E")) == "cms-500"

    answers = {
        "AT+A": ERROR,
        "AT+B": b"\r\n+CME ERROR: 10\r\n",
        "AT+C": b"\r\n+CME ERROR: SIM not inserted\r\n",
        "AT+D": b"\r\n+CME ERROR: \xff\r\n",
        "AT+E": b"\r\n+CMS ERROR: 500\r\n",
    }
    converse(talk, answers)


def test_no_answer_is_a_timeout():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+A", None, 700)) == "timeout"
        assert 700 <= clock.now() < 720

    converse(talk)


def test_only_an_exact_final_result_code_ends_a_command():
    async def talk(at, module, clock):
        assert await at.command("AT+A", b"+A:") == [b"+A: OK"]
        assert at.unknown == 3

    converse(talk, {"AT+A": b"OKAY\r\nOK 1\r\n+A: OK\r\nNO CARRIER\r\n" + OK})


def test_commands_take_turns():
    async def talk(at, module, clock):
        first = asyncio.create_task(at.command("AT+A", b"+A"))
        second = asyncio.create_task(at.command("AT+B", b"+B"))
        assert await first == [b"+A: 1"] and await second == [b"+B: 2"]

    converse(talk, {"AT+A": b"+A: 1\r\n" + OK, "AT+B": b"+B: 2\r\n" + OK})


def test_a_command_line_cannot_carry_a_second_one():
    async def talk(at, module, clock):
        for line in ("AT\rAT+X", "AT\n", b"AT\0", b"AT\x7f", "A" * 1089):
            assert await failure(ValueError, at.command(line)) == "bad command line"
        assert module.sent == []
        await at.command("A" * 1088)

    converse(talk, {"A" * 1088: OK})
