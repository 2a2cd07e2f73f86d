"""The application sends and reads data of its own over the UART that the updater uses."""

import asyncio

from prompting import Prompting
from qsota import log
from qsota.errors import AtError, AtTimeout
from qsota.resident.at_client import AtClient
from qsota_tools.proof.lab.clock import Clock
from scripted import ERROR, OK, converse, failure

log.sink = None

SEND = "AT+QIOTSEND=1,%d"


def share(talk, answers=None):
    """Run talk(at, module, clock) with a module that asks for data."""
    clock = Clock()
    module = Prompting(clock, answers)

    async def main():
        at = AtClient(module.uart)
        at.start()
        return await talk(at, module, clock)

    return clock.run(main())


def test_data_goes_out_after_the_prompt():
    async def talk(at, module, clock):
        assert await at.send(SEND % 5, b"hello") == []
        assert module.got == [b"hello"] and clock.now() < 50

    share(talk)


def test_data_may_be_any_bytes_and_longer_than_the_transmit_buffer():
    data = bytes(range(256)) * 4

    async def talk(at, module, clock):
        write = module.uart.write
        module.uart.write = lambda buf: write(buf[:100])
        assert await at.send(SEND % 1024, data) == []
        assert module.got == [data]

    share(talk)


def test_the_answer_to_data_may_have_lines():
    async def talk(at, module, clock):
        module.end = b"\r\n+QIOTSEND: 7\r\n" + OK
        assert await at.send(SEND % 5, b"hello", b"+QIOTSEND:") == [b"+QIOTSEND: 7"]

    share(talk)


def test_send_ok_and_send_fail_end_a_command_that_sends():
    async def talk(at, module, clock):
        module.end = b"\r\nSEND OK\r\n"
        assert await at.send("AT+QISEND=0", b"hello\x1a") == [b"SEND OK"]
        module.end = b"\r\nSEND FAIL\r\n"
        assert await failure(AtError, at.send("AT+QISEND=0,5", b"hello")) == "send-fail"
        assert module.got == [b"hello"] * 2

    share(talk)


def test_a_command_may_ask_for_its_data_by_another_line():
    async def talk(at, module, clock):
        module.end = b"\r\n+QFUPL: 5,613e\r\n" + OK
        lines = await at.send("AT+QFUPL=f,5", b"hello", b"+QFUPL:", prompt=b"CONNECT")
        assert lines == [b"+QFUPL: 5,613e"] and module.got == [b"hello"]

    share(talk)


def test_a_command_that_is_refused_gets_no_data():
    async def talk(at, module, clock):
        module._answer = lambda line: module.say(ERROR)
        assert await failure(AtError, at.send(SEND % 5, b"hello")) == "error"
        await asyncio.sleep_ms(100)
        module.say(b"\r\n> \r\n")
        await asyncio.sleep_ms(100)
        assert not module._partial

    share(talk)


def test_urcs_around_a_prompt_are_heard():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT:", urcs.append)
        clock.after(5, module.say, b"\r\n+QIOTEVT: 7,10702\r\n")
        module.end = OK + b"\r\n+QIOTEVT: 4,10200\r\n"
        await at.send(SEND % 5, b"hello")
        await asyncio.sleep_ms(50)

    share(talk)
    assert urcs == [b"+QIOTEVT: 7,10702", b"+QIOTEVT: 4,10200"]


def test_a_prompt_that_comes_after_the_caller_gave_up_gets_the_data_and_nothing_else():
    async def talk(at, module, clock):
        module.prompt_ms = 3000
        assert await failure(AtTimeout, at.send(SEND % 5, b"hello", None, 1000)) == "timeout"
        assert await at.command("ATE0") == []
        assert module.got == [b"hello"]

    share(talk, {"ATE0": OK})


def test_a_caller_that_is_cancelled_in_the_middle_of_its_data_does_not_cut_it():
    data = bytes(range(200))

    async def talk(at, module, clock):
        write = module.uart.write
        module.uart.write = lambda buf: write(buf[:10])
        task = asyncio.create_task(at.send(SEND % 200, data))
        await asyncio.sleep_ms(60)
        task.cancel()
        await asyncio.sleep_ms(10)
        assert module.got == []
        assert await at.command("ATE0") == []
        assert module.got == [data]

    share(talk, {"ATE0": OK})


def test_a_prompt_that_nobody_has_data_for_is_left_by_esc():
    async def talk(at, module, clock):
        assert await failure(AtTimeout, at.command("AT+QISEND=0")) == "timeout"
        assert await at.command("ATE0") == []
        assert module.got == []

    share(talk, {"ATE0": OK})


def test_a_prompt_from_before_a_reset_of_the_mcu_is_left_by_esc():
    async def talk(at, module, clock):
        module._want = -1
        await at.sync()
        assert await at.command("ATE0") == []
        assert module.got == []

    share(talk, {"ATE0": OK, "ATE0Q0V1": OK})


def test_a_module_that_wants_a_number_of_bytes_from_before_a_reset_is_understood_again():
    async def talk(at, module, clock):
        module._want = 50
        for _ in range(3):
            try:
                await at.sync()
                break
            except AtTimeout:
                pass
        assert await at.command("AT+CSQ", b"+CSQ:") == [b"+CSQ: 1,1"]

    share(talk, {"AT+CSQ": b"+CSQ: 1,1\r\n" + OK, "ATE0Q0V1": OK})


def test_counted_bytes_of_the_application_are_read():
    data = b"\r\nOK\r\n>\x00\xff"

    async def talk(at, module, clock):
        buf = bytearray(16)
        assert await at.read("AT+QIOTRD=16", b"+QIOTRD:", buf) == [len(data), 0, 2]
        assert buf[: len(data)] == data
        assert await at.read("AT+QFREAD=1,4", b"CONNECT", buf) == [4]
        assert buf[:4] == b"file"

    answers = {
        "AT+QIOTRD=16": b"\r\n+QIOTRD: %d,0,2\r\n" % len(data) + data + b"\r\n" + OK,
        "AT+QFREAD=1,4": b"\r\nCONNECT 4\r\nfile\r\n" + OK,
    }
    converse(talk, answers)


def test_other_final_result_codes_end_a_command_that_names_them():
    ends = (b"CONNECT", b"NO CARRIER", b"BUSY")

    async def talk(at, module, clock):
        assert await at.command("ATD*99#", None, 1000, ends) == [b"CONNECT 150000000"]
        assert await at.command("ATO", None, 1000, ends) == [b"NO CARRIER"]
        assert clock.now() < 100

    answers = {"ATD*99#": b"\r\nCONNECT 150000000\r\n", "ATO": b"\r\nNO CARRIER\r\n"}
    converse(talk, answers)


def test_a_result_code_that_is_not_named_is_a_line_like_others():
    async def talk(at, module, clock):
        assert await at.command("AT+A", b"") == [b"NO CARRIER", b"SEND OK"]

    converse(talk, {"AT+A": b"\r\nNO CARRIER\r\n\r\nSEND OK\r\n" + OK})


def test_bytes_that_are_no_command_have_silence_around_them():
    seen = []

    async def talk(at, module, clock):
        rx = module.uart.peer
        module.uart.peer = lambda data: (seen.append((clock.now(), data)), rx(data))
        await at.command("ATE0")
        await at.escape(b"+++", 1000)
        await at.command("ATE0")

    converse(talk, {"ATE0": OK, "+++AT": ERROR})
    (_, first), (at, plus), (after, line) = seen[:3]
    assert (first, plus, line) == (b"ATE0\r\n", b"+++", b"AT\r\n")
    assert at >= 1000 and after - at >= 1000
