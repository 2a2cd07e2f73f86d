"""Turns at the UART: those that wait, a loop that is gone, an application that has all memory."""

import asyncio
import gc
import sys

from qsota import log
from qsota.command import exchange
from qsota.errors import AtTimeout
from qsota.resident.at_client import AtClient
from qsota_tools.proof.lab.clock import Clock
from scripted import OK, Scripted, converse, failure

log.sink = None


def test_a_command_that_an_event_loop_took_with_it_does_not_hold_the_uart():
    clock = Clock()
    module = Scripted(clock, {"ATE0": OK})
    at = AtClient(module.uart)

    async def first():
        at.start()
        # As asyncio.new_event_loop() leaves them on MicroPython: neither resumed nor cancelled.
        for line in ("AT+LOST", "AT+WAITING"):
            lost.append(exchange.command(at, line, None, 1000, ()))
            lost[-1].send(None)

    async def second():
        at.start()
        begun = clock.now()
        assert await at.command("ATE0") == []
        assert clock.now() - begun < 3000
        assert await asyncio.wait_for_ms(at.command("ATE0"), 1000) == []

    lost = []
    clock.run(first())
    clock.run(second())
    assert module.sent[0] == "AT+LOST" and "AT+WAITING" not in module.sent
    for command in lost:
        command.close()


def test_two_that_wait_for_a_command_of_a_dead_loop_both_get_their_turn():
    clock = Clock()
    module = Scripted(clock, {"AT+A": b"+A: 1\r\n" + OK, "AT+B": b"+B: 2\r\n" + OK})
    at = AtClient(module.uart)
    lost = at.command("AT+LOST")

    async def first():
        at.start()
        lost.send(None)

    async def second():
        tasks = [asyncio.create_task(at.command("AT+" + name, b"+")) for name in ("A", "B")]
        assert (await tasks[0], await tasks[1]) == ([b"+A: 1"], [b"+B: 2"])

    clock.run(first())
    clock.run(second())
    lost.close()


def test_a_command_that_waits_for_its_turn_may_be_cancelled():
    async def talk(at, module, clock):
        first = asyncio.create_task(at.command("AT+A", None, 300))
        second = asyncio.create_task(at.command("AT+B", None, 300))
        await asyncio.sleep_ms(50)
        second.cancel()
        assert await failure(AtTimeout, first) == "timeout"
        assert await at.command("ATE0") == []
        assert "AT+B" not in module.sent

    converse(talk, {"ATE0": OK})


def test_one_who_asks_all_the_time_leaves_others_their_turn():
    async def talk(at, module, clock):
        async def greedy():
            while True:
                await at.command("AT+A")

        task = asyncio.create_task(greedy())
        await asyncio.sleep_ms(50)
        for _ in range(5):
            await asyncio.wait_for_ms(at.command("ATE0"), 1000)
        task.cancel()

    converse(talk, {"ATE0": OK, "AT+A": OK})


class Fixed:
    """A UART that needs no memory of its own."""

    def __init__(self):
        self.said = memoryview(b"")

    def any(self):
        return len(self.said)

    def readinto(self, buf, n):
        for i in range(n):
            buf[i] = self.said[i]
        self.said = NOTHING
        return n

    def write(self, data):
        self.said = ANSWER
        return len(data)


NOTHING, ANSWER = memoryview(b""), memoryview(b"\r\nOK\r\n")


EVENT = memoryview(b"\r\n+QIOTEVT: 7,10702\r\n")


def everything():
    """All memory there is."""
    hog, size = None, 1 << 20
    while size >= 16:
        try:
            hog = (hog, bytearray(size))
        except MemoryError:
            size //= 2
    try:
        while True:
            hog = (hog,)
    except MemoryError:
        return hog


def test_the_reader_lives_on_while_the_application_has_all_memory():
    if sys.implementation.name != "micropython":
        return  # the heap is never full there

    async def main():
        uart, urcs = Fixed(), []
        at = AtClient(uart)
        at.subscribe(b"+QIOTEVT:", urcs.append)
        at.start()
        await at.command("AT")
        uart.said = EVENT
        hog = everything()
        looked = at._looked
        try:
            await asyncio.sleep_ms(100)
        finally:
            del hog
        gc.collect()
        assert at._looked != looked
        reader = at._reader
        uart.said = EVENT
        await asyncio.sleep_ms(100)
        assert urcs and at._reader == reader
        assert await at.command("AT") == []

    asyncio.run(main())


def test_of_text_a_turn_takes_no_more_than_a_few_bytes():
    # A reset in mid-chunk leaves the rest of it in the UART: 1 KB in one turn took 100 ms of a
    # Pico's processor.
    taken = []

    async def talk(at, module, clock):
        whole = module.uart.readinto

        def readinto(buf, n):
            taken.append(n)
            return whole(buf, n)

        module.uart.readinto = readinto
        module.say(b"\x01not a line" * 90 + b"\r\n")
        assert await at.command("ATE0") == []  # none of it is taken for the answer

    converse(talk, {"ATE0": OK})
    assert max(taken) <= 64 and sum(taken) > 990
