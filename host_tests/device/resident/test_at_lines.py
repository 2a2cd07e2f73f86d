# Lines of nobody, URCs and their handlers, short writes; the code of commands.

import asyncio
import gc
import sys

from nasty_image import HEADER, READ, block
from qsota import log
from qsota.command.forms import RAW, Payload
from qsota.resident import phases
from qsota.resident.at_client import AtClient
from qsota_tools.proof.lab.clock import Clock
from scripted import OK, converse
from util import heap_used

log.sink = None


def test_lines_of_nobody_are_counted_and_shown():
    unknown = []

    async def talk(at, module, clock):
        module.say(b"\r\n+QUSIM: 1\r\n")
        await asyncio.sleep_ms(50)
        at.on_unknown = unknown.append
        module.say(b"\r\nAPP RDY\r\nOK\r\n")
        await asyncio.sleep_ms(50)
        assert at.unknown == 3

    converse(talk)
    assert unknown == [b"APP RDY", b"OK"]


def test_every_subscriber_hears_a_urc():
    first, second = [], []

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT:", first.append)
        at.subscribe(b"+QIOT", second.append)
        at.subscribe(b"RDY", second.append)
        module.say(b"\r\n+QIOTEVT: 3,10200\r\n")
        await asyncio.sleep_ms(50)
        assert at.unknown == 0

    converse(talk)
    assert first == second == [b"+QIOTEVT: 3,10200"]


def test_a_handler_that_fails_does_not_end_the_reader():
    def broken(line):
        raise KeyError("bug")

    async def talk(at, module, clock):
        at.subscribe(b"RDY", broken)
        module.say(b"\r\nRDY\r\n")
        await asyncio.sleep_ms(50)
        await at.command("ATE0")

    log.clear()
    converse(talk, {"ATE0": OK})
    assert "KeyError" in log.lines()[0]


def test_what_a_handler_returns_that_is_no_number_means_nothing():
    urcs = []

    async def talk(at, module, clock):
        for value in ("6", True, None, 1.5, -1, [1]):
            at.subscribe(b"RDY", lambda line, value=value: value)
        at.subscribe(b"+QIOTEVT:", urcs.append)
        module.say(b"\r\nRDY\r\n+QIOTEVT: 7,10702\r\n")
        await asyncio.sleep_ms(50)

    converse(talk)
    assert urcs == [b"+QIOTEVT: 7,10702"]


def test_b10_raw_bytes_that_never_come_do_not_swallow_what_comes_later():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT: 5", lambda line: 1000)
        at.subscribe(b"RDY", urcs.append)
        module.say(b"\r\n+QIOTEVT: 5,10200,1000\r\nfew")
        await asyncio.sleep_ms(200)
        module.say(b"\r\nRDY\r\n")
        await asyncio.sleep_ms(50)

    converse(talk)
    assert urcs == [b"RDY"]


class Stubborn:
    """A UART that takes few bytes at a time, or none, and gives what it has."""

    def __init__(self, takes):
        self.takes = takes
        self.written = b""

    def any(self):
        return 4 if self.written == b"ATE0\r\n" else 0

    def readinto(self, buf, n):
        if not self.takes:
            return None
        self.takes = []
        buf[:4] = b"OK\r\n"
        return 4

    def write(self, data):
        n = self.takes.pop(0) if len(self.takes) > 1 else len(data)
        self.written += bytes(data[: n or 0])
        return n


def test_a_write_may_be_short_or_none():
    clock = Clock()
    uart = Stubborn([1, None, 2, 0, 1, 9])

    async def main():
        at = AtClient(uart)
        at.start()
        await at.command("ATE0")

    clock.run(main())
    assert uart.written == b"ATE0\r\n" and clock.now() >= 20


class Canned:
    """A UART that answers every line with the same bytes and allocates next to nothing."""

    def __init__(self, answer):
        self._answer = memoryview(answer)
        self._position = len(answer)

    def any(self):
        return len(self._answer) - self._position

    def readinto(self, buf, n):
        buf[:n] = self._answer[self._position : self._position + n]
        self._position += n
        return n

    def write(self, data):
        self._position = 0
        return len(data)


def heap_per_chunk(size, rounds=20):
    """Read a chunk of that size several times; returns the heap bytes that each read allocates."""
    data = (bytes(range(256)) * 4)[:size]

    async def main():
        at = AtClient(Canned(block(data)))
        at.start()
        buf, payload = bytearray(size), Payload(RAW)
        gc.collect()
        before = heap_used()
        for _ in range(rounds):
            buf[0] = buf[size - 1] = 1
            got = await at.read(READ % size, HEADER, buf, 1, 3000, payload)
            assert got == [0, size] and buf == data
        return (heap_used() - before) // rounds

    gc.disable()
    try:
        return Clock().run(main())
    finally:
        gc.enable()


def test_reading_a_chunk_allocates_no_data_buffer():
    """A command costs some heap (asyncio's tasks), its data only the slices of three reads."""
    small, large = heap_per_chunk(4), heap_per_chunk(1024)
    print("heap bytes per chunk of 4 / 1024 bytes: %d / %d" % (small, large))
    assert large - small <= 256


# --- its code


def loaded():
    return [name for name in sys.modules if name.startswith("qsota.command.")]


def test_the_code_of_commands_is_in_memory_only_while_they_come():
    async def talk(at, module, clock):
        phases.drop()
        assert not loaded()
        await at.command("ATE0")
        at.rest()
        assert loaded()  # the next one may come soon
        await asyncio.sleep_ms(6000)
        at.rest()
        assert not loaded()
        await at.command("ATE0")
        assert module.sent == ["ATE0", "ATE0"]

    converse(talk, {"ATE0": OK})


def test_code_that_a_command_uses_stays():
    async def talk(at, module, clock):
        waiting = asyncio.create_task(at.command("AT+SLOW", None, 20000))
        await asyncio.sleep_ms(10000)
        at.rest()
        assert loaded()
        waiting.cancel()

    converse(talk, {"AT+SLOW": b""})
