"""Whatever the answers take, and whichever of them get lost, each belongs to its command."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsota import log
from qsota.errors import AtError, AtTimeout
from scripted import ERROR, MARKERS, OK, converse

log.sink = None

SET, QUERY, REFUSED, BINARY = "set", "query", "refused", "binary"
# Latencies in ms, one for each line that the module gets; None: the answer is lost.
latencies = st.lists(
    st.one_of(
        st.just(5),
        st.integers(0, 400),
        st.integers(0, 7000),
        st.none(),
    ),
    max_size=40,
)
kinds = st.sampled_from([SET, QUERY, REFUSED, BINARY])
calls = st.lists(
    st.tuples(kinds, st.sampled_from([50, 300, 1000, 3000]), st.booleans()),
    min_size=1,
    max_size=12,
)


class SlowModule:
    """Answers one line after the other; a serial number in each answer tells whose it is."""

    def __init__(self, module, clock, waits):
        self._module = module
        self._clock = clock
        self._waits = list(waits)
        self._free = 0
        module._answer = self._received

    def _received(self, line):
        answer = self._answer(line)
        if not answer:
            return
        wait = self._waits.pop(0) if self._waits else 5
        self._free = max(self._free, self._clock.now()) + (wait or 0)
        if wait is not None:
            self._clock.after(self._free - self._clock.now(), self._module.say, answer)

    def _answer(self, line):
        kind, _, number = line.partition("=")
        if line in MARKERS:
            return MARKERS[line]
        if kind == "AT+REFUSED":
            return ERROR
        if kind == "AT+QUERY":
            return b"\r\n+QUERY: %s\r\n" % number.encode() + OK
        if kind == "AT+BINARY":
            data = b"\r\nOK\r\n" + number.encode()
            return b"\r\n+BINARY: %d\r\n" % len(data) + data + b"\r\n" + OK
        return OK if line[:2] == "AT" else b""


async def own_answer(at, kind, number, ms):
    """Send a command; whether what came is what belongs to it."""
    line = f"AT+{kind.upper()}={number}"
    try:
        if kind == BINARY:
            buf = bytearray(40)
            (n,) = await at.read(line, b"+BINARY:", buf, 0, ms)
            return buf[:n] == b"\r\nOK\r\n%d" % number
        lines = await at.command(line, b"+QUERY:" if kind == QUERY else None, ms)
        return lines == ([b"+QUERY: %d" % number] if kind == QUERY else []) and kind != REFUSED
    except AtTimeout:
        return True
    except AtError as error:
        return kind == REFUSED and error.reason == "error"


@pytest.mark.slow
@settings(max_examples=300)
@given(latencies, calls)
def test_an_answer_is_never_taken_for_that_of_another_command(waits, commands):
    async def talk(at, module, clock):
        SlowModule(module, clock, waits)
        for number, (kind, ms, cancelled) in enumerate(commands):
            task = asyncio.create_task(own_answer(at, kind, number, ms))
            if cancelled:
                await asyncio.sleep_ms(ms // 2)
                task.cancel()
            else:
                assert await task, (number, kind)

    converse(talk)


@pytest.mark.slow
@settings(max_examples=100)
@given(latencies)
def test_a_module_that_has_become_fast_is_understood_again(waits):
    async def talk(at, module, clock):
        SlowModule(module, clock, waits)
        for number in range(len(waits) + 1):
            assert await own_answer(at, SET, number, 300)
        assert await at.command("AT+QUERY=7", b"+QUERY:", 300) == [b"+QUERY: 7"]

    converse(talk)
