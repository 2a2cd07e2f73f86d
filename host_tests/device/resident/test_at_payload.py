# Counted bytes in an answer, and lines around them (B1 to B11).

import asyncio

from nasty_image import HEADER, READ, block
from qsota import log
from qsota.command.forms import HEXWORDS, RAW, Payload
from qsota.errors import AtError, AtTimeout
from scripted import ERROR, OK, converse, failure

log.sink = None


MARKER = "AT+QIOTSTATE?"  # asked after an answer that was late or lost


# As nasty as an image can be: it ends lines, answers commands and reports events.
IMAGE = b"\r\nOK\r\n+QIOTEVT: 7,10706\r\nERROR\r\n\x00\xff\nAT+QIOTOTARD: 0,9\r\n"


def read(answer, size=None, form=RAW):
    """Read one block from a module that answers so; returns (start, n), the buffer, the URCs."""
    size = len(IMAGE) if size is None else size
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT:", urcs.append)
        buf = bytearray(size)
        got = await at.read(READ % size, HEADER, buf, 1, 3000, Payload(form))
        await asyncio.sleep_ms(50)
        return got, bytes(buf)

    got, buf = converse(talk, {READ % size: answer})
    return got, buf, urcs


def test_b1_payload_may_contain_ok_and_urcs():
    got, buf, urcs = read(block(IMAGE))
    assert got == [0, len(IMAGE)] and buf == IMAGE and urcs == []


def test_b1_the_leading_line_end_may_be_absent():
    assert read(block(IMAGE, lead=b""))[1] == IMAGE


def test_b2_urcs_around_the_answer_are_dispatched():
    event = b"\r\n+QIOTEVT: 7,10702\r\n"
    got, buf, urcs = read(event + block(IMAGE) + event)
    assert buf == IMAGE and urcs == [b"+QIOTEVT: 7,10702"] * 2


def test_b2_a_urc_before_the_ok_does_not_end_the_command():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT:", urcs.append)
        await at.command("AT+QIOTUPDATE=1")

    converse(talk, {"AT+QIOTUPDATE=1": b"\r\n+QIOTEVT: 7,10707\r\n" + OK})
    assert urcs == [b"+QIOTEVT: 7,10707"]


def test_b2_a_line_with_the_commands_prefix_is_no_urc():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"+CEREG:", urcs.append)
        assert await at.command("AT+CEREG?", b"+CEREG:") == [b"+CEREG: 2,1"]
        await asyncio.sleep_ms(50)

    # After the OK it is one again.
    converse(talk, {"AT+CEREG?": b"\r\n+CEREG: 2,1\r\n" + OK + b"\r\n+CEREG: 5\r\n"})
    assert urcs == [b"+CEREG: 5"]


def test_b3_a_blind_window_in_a_block_is_noticed():
    """4 ms without interrupts lose bytes; the count tells, and the re-read is whole."""
    data = bytes(range(256)) * 4

    async def talk(at, module, clock):
        clock.after(50, module.uart.blind, 4000)
        buf = bytearray(1024)
        command = (READ % 1024, HEADER, buf, 1, 3000)
        assert await failure(AtTimeout, at.read(*command)) == "timeout"
        assert module.uart.lost > 0
        assert await at.read(*command) == [0, 1024]
        assert buf == data

    converse(talk, {READ % 1024: block(data)})


def test_b4_a_lost_byte_costs_a_timeout_and_the_re_read_is_whole():
    whole = block(IMAGE)

    async def talk(at, module, clock):
        buf = bytearray(len(IMAGE))
        command = (READ % len(IMAGE), HEADER, buf, 1, 3000)
        # Twelve lost bytes: the count takes the whole trailer for data.
        assert await failure(AtTimeout, at.read(*command)) == "timeout"
        assert await at.read(*command) == [0, len(IMAGE)] and buf == IMAGE
        assert module.sent == [READ % len(IMAGE), "AT", MARKER, READ % len(IMAGE)]

    converse(talk, {READ % len(IMAGE): [whole[:40] + whole[52:], whole]})


def test_b4_a_late_payload_does_not_reach_the_buffer():
    async def talk(at, module, clock):
        buf = bytearray(100)
        command = at.read(READ % 100, HEADER, buf, 1, 300)
        clock.after(400, module.say, b"late" * 20)
        assert await failure(AtTimeout, command) == "timeout"
        await asyncio.sleep_ms(1000)
        assert bytes(buf) == b"x" * 10 + bytes(90)

    converse(talk, {READ % 100: block(bytes(100))[:-108] + b"x" * 10})


def test_b4_urcs_are_heard_again_after_a_broken_payload():
    urcs = []

    async def talk(at, module, clock):
        at.subscribe(b"RDY", urcs.append)
        command = at.read(READ % 100, HEADER, bytearray(100), 1, 300)
        assert await failure(AtTimeout, command) == "timeout"
        await asyncio.sleep_ms(200)
        module.say(b"\r\nRDY\r\n")
        await asyncio.sleep_ms(50)

    converse(talk, {READ % 100: block(bytes(100))[:60]})
    assert urcs == [b"RDY"]


def test_b5_one_or_two_line_ends_may_follow_the_data():
    for trailer in (b"\r\nOK\r\n", b"\r\n\r\nOK\r\n"):
        assert read(block(IMAGE, trailer=trailer))[1] == IMAGE


def test_b6_the_echo_may_be_on_or_off():
    line = (READ % len(IMAGE)).encode()
    for echo in (b"", line + b"\r", line + b"\r\r\n", line + b"\r\n"):
        assert read(block(IMAGE, echo=echo))[1] == IMAGE

    async def talk(at, module, clock):
        assert await at.command("ATI", b"") == [b"Quectel"]
        assert at.unknown == 0

    converse(talk, {"ATI": b"ATI\r\r\nQuectel\r\n" + OK})


def test_b10_raw_bytes_after_a_urc_are_skipped():
    urcs = []

    def on_event(line):
        urcs.append(line)
        return 6

    async def talk(at, module, clock):
        at.subscribe(b"+QIOTEVT: 5", on_event)
        assert await at.command("AT+A", b"+A:") == [b"+A: 1"]

    answer = b"\r\n+QIOTEVT: 5,10200,6\r\n\r\nOK\r\n\r\n+A: 1\r\n" + OK
    converse(talk, {"AT+A": answer})
    assert urcs == [b"+QIOTEVT: 5,10200,6"]


def test_b11_extra_line_ends_before_a_urc_do_not_matter():
    event = b"\r\n\r\n\r\n+QIOTEVT:7,10702\r\n"
    assert read(event + block(IMAGE))[2] == [b"+QIOTEVT:7,10702"]


def test_a_block_may_be_shorter_than_the_buffer():
    got, buf, _ = read(block(b"abc", start=27648), 1024)
    assert got == [27648, 3] and buf[:4] == b"abc\0"


def test_a_block_in_hexwords():
    answer = b"\r\n+QIOTOTARD: 0,6\r\n\r\n00000064\r\n00006e45\r\n\r\nOK\r\n"
    assert read(answer, 6, HEXWORDS)[1] == b"d\0\0\0En"


def test_a_refused_read_is_an_error():
    async def talk(at, module, clock):
        def command(line):
            return at.read(line, HEADER, bytearray(4), 1, 3000)

        assert await failure(AtError, command("AT+1")) == "error"
        assert await failure(AtError, command("AT+2")) == "no-data"
        assert await failure(AtError, command("AT+3")) == "wrong-length"
        assert await failure(AtError, command("AT+4")) == "wrong-length"
        assert module.sent == ["AT+1", "AT+2", "AT+3", "AT+4"]

    # Too much data is counted all the same, so that it is never read as lines.
    answers = {"AT+1": ERROR, "AT+2": OK, "AT+3": block(IMAGE), "AT+4": block(b"")}
    converse(talk, answers)


def test_text_that_is_broken_is_a_bad_payload():
    for text in (b"00000064\r\n6574\r\n", b"000000"):

        async def talk(at, module, clock):
            command = at.read("AT+1", HEADER, bytearray(8), 1, 3000, Payload(HEXWORDS))
            assert await failure(AtError, command) == "bad-payload"
            assert clock.now() < 100

        converse(talk, {"AT+1": b"+QIOTOTARD: 0,8\r\n" + text + OK})


def test_b4_a_byte_that_was_lost_or_came_twice_shows_behind_the_payload():
    header = b"+QIOTOTARD: 0,%d\r\n" % len(IMAGE)
    for data in (IMAGE[:50] + IMAGE[51:], IMAGE[:50] + IMAGE[49:]):
        payload = Payload(RAW)
        payload.learn(1)  # raw data, and CR LF behind it

        async def talk(at, module, clock, payload=payload):
            command = at.read("AT+1", HEADER, bytearray(len(IMAGE)), 1, 3000, payload)
            assert await failure(AtError, command) == "bad-payload"
            assert clock.now() < 100

        converse(talk, {"AT+1": header + data + b"\r\n" + OK})


def test_after_a_header_that_makes_no_sense_nothing_is_read_as_lines():
    async def talk(at, module, clock):
        urcs = []
        at.subscribe(b"+QIOTEVT:", urcs.append)
        for line in ("AT+1", "AT+2", "AT+3", "AT+4"):
            command = at.read(line, HEADER, bytearray(100), 1, 500)
            assert await failure(AtTimeout, command) == "timeout"
        assert urcs == []

    headers = (b"x,5", b"0", b"0,-5", b"0,12345678901")
    tail = b"\r\n" + IMAGE + OK
    converse(talk, {"AT+%d" % (i + 1): HEADER + h + tail for i, h in enumerate(headers)})


def test_a_blank_in_the_header_is_tolerated():
    assert read(b"+QIOTOTARD: 0, 3\r\nabc\r\nOK\r\n", 3)[:2] == ([0, 3], b"abc")
