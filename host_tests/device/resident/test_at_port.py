"""The reader lives for ever, and nothing that ended elsewhere holds the UART."""

import asyncio

from qsota import log
from qsota.resident.at_client import AtClient
from qsota_tools.proof.lab.clock import Clock
from scripted import OK, Scripted, converse, failure

log.sink = None


class Nasty(Exception):
    def __repr__(self):
        raise MemoryError


def failing_once(fn, error, after=0):
    """fn, but its call number `after` raises."""
    calls = []

    def call(*args):
        calls.append(1)
        if len(calls) == after + 1:
            raise error
        return fn(*args)

    return call


def test_the_reader_survives_whatever_the_uart_raises():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"RDY", urcs.append)
        for error in (MemoryError("no"), OSError(5), TypeError("bug"), Nasty()):
            for name in ("any", "readinto"):
                whole = getattr(module.uart, name)
                setattr(module.uart, name, failing_once(whole, error))
                module.say(b"\r\nRDY\r\n")
                await asyncio.sleep_ms(100)
                setattr(module.uart, name, whole)
        assert await at.command("ATE0") == []

    converse(talk, {"ATE0": OK})
    assert len(urcs) == 8


def test_a_uart_that_fails_for_a_while_is_one_message():
    async def talk(at, module, clock):
        working = module.uart.any

        def broken():
            raise OSError(5)

        module.uart.any = broken
        await asyncio.sleep_ms(2000)
        assert len(log.lines()) == 1 and log.lines()[0].startswith("UART: OSError")
        module.uart.any = working
        await asyncio.sleep_ms(100)
        module.uart.any = broken
        await asyncio.sleep_ms(100)
        assert len(log.lines()) == 2

    log.clear()
    converse(talk)


def test_a_uart_that_refuses_to_write_once_gets_the_line_again():
    async def talk(at, module, clock):
        module.uart.write = failing_once(module.uart.write, OSError(11))
        assert await at.command("ATE0") == []
        assert module.sent == ["ATE0"]

    converse(talk, {"ATE0": OK})


def test_the_reader_survives_handlers_and_a_sink_that_raise():
    def broken(*args):
        raise OSError(28)

    async def talk(at, module, clock):
        heard = []
        at.subscribe(b"RDY", broken)
        at.subscribe(b"RDY", heard.append)
        at.on_unknown = broken
        log.sink = broken
        module.say(b"\r\nRDY\r\nnobody's\r\n")
        await asyncio.sleep_ms(50)
        assert heard == [b"RDY"] and await at.command("ATE0") == []

    try:
        converse(talk, {"ATE0": OK})
    finally:
        log.sink = None


def test_an_answer_for_which_there_is_no_memory_is_an_error_and_not_an_empty_answer():
    async def talk(at, module, clock):
        at._on_line(None)  # no command is open: nothing but a URC was lost
        module.answers["AT+A"] = b""
        clock.after(20, at._on_line, None)  # as the parser says it
        clock.after(30, module.say, OK)
        await failure(MemoryError, at.command("AT+A", b"+A:"))
        assert await at.command("AT+B", b"+B:") == [b"+B: 2"]

    converse(talk, {"AT+B": b"\r\n+B: 2\r\n" + OK})


def test_starting_twice_leaves_one_reader():
    async def talk(at, module, clock):
        polls = []
        poll = at._poll
        at._poll = lambda: polls.append(clock.now()) or poll()
        for _ in range(5):
            at.start()
        await asyncio.sleep_ms(1000)
        assert 35 <= len([ms for ms in polls if ms > 200]) <= 41

    converse(talk)


def test_a_command_starts_a_reader_when_there_is_none():
    clock = Clock()
    module = Scripted(clock, {"ATE0": OK})
    at = AtClient(module.uart)
    urcs = []
    at.subscribe(b"RDY", urcs.append)

    async def main():
        assert await at.command("ATE0") == []
        module.say(b"\r\nRDY\r\n")
        await asyncio.sleep_ms(50)

    clock.run(main())
    assert urcs == [b"RDY"]


def test_a_reader_whose_event_loop_was_given_up_is_replaced():
    clock = Clock()
    module = Scripted(clock, {"ATE0": OK})
    at = AtClient(module.uart)
    urcs = []
    at.subscribe(b"RDY", urcs.append)

    async def main():
        at.start()
        assert await at.command("ATE0") == []
        module.say(b"\r\nRDY\r\n")
        await asyncio.sleep_ms(50)

    for _ in range(3):
        clock.run(main())  # each time in a new loop
    assert urcs == [b"RDY"] * 3
