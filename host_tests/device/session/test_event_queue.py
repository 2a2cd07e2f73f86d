# Events of the module wait in a queue, and reads of its data.

import asyncio

from qsota import log
from qsota.errors import AtError
from quecthing_bench import answer_to, ask
from scripted import ERROR, OK, failure

log.sink = None


def block(start, data):
    return b"\r\n+QIOTOTARD: %d,%d\r\n" % (start, len(data)) + data + b"\r\n" + OK


def test_the_read_limit():
    line = "AT+QIOTOTARD=?"
    for text, limit in ((b"(1-1024)", 1024), (b"(512)", 512), (b"974", 974), (b"(max)", None)):
        answer = b"+QIOTOTARD: 0," + text + b"\r\n" + OK
        assert answer_to("read_limit", line, answer) == limit
    assert answer_to("read_limit", line, ERROR) is None


def test_b7_numbers_are_plain_decimal():
    async def question(quec, module):
        assert await quec.read(1024, bytearray(8), 8) == 4
        assert module.sent == ["AT+QIOTOTARD=1024,8"]

    ask(question, {"AT+QIOTOTARD=1024,8": block(1024, b"data")})


def test_a_read_fills_only_what_was_asked_for():
    async def question(quec, module):
        buf = bytearray(b"........")
        assert await quec.read(0, buf, 4) == 4
        assert buf == b"QSOT...."

    ask(question, {"AT+QIOTOTARD=0,4": block(0, b"QSOT")})


def test_an_answer_that_does_not_fit_the_question():
    async def question(quec, module):
        buf = bytearray(8)
        assert await failure(AtError, quec.read(5, buf, 4)) == "wrong-start"
        assert await failure(AtError, quec.read(6, buf, 4)) == "wrong-length"
        assert await failure(AtError, quec.read(7, buf, 4)) == "wrong-length"

    answers = {
        "AT+QIOTOTARD=5,4": block(4, b"data"),
        "AT+QIOTOTARD=6,4": block(6, b"datas"),
        "AT+QIOTOTARD=7,4": block(7, b""),
    }
    ask(question, answers)


def test_the_signal_in_dbm():
    for csq, dbm in (
        (b"0,99", -113),
        (b"31,0", -51),
        (b"20,99", -73),
    ):
        assert answer_to("signal", "AT+CSQ", b"+CSQ: " + csq + b"\r\n" + OK) == dbm


def test_a_signal_that_the_module_does_not_know_is_asked_for_three_times_and_no_reason_to_wait():
    for unknown in (b"+CSQ: 99,99\r\n" + OK, b"+CSQ: x\r\n" + OK, ERROR):
        assert answer_to("signal", "AT+CSQ", unknown) == 0
        weak = [unknown, unknown, b"+CSQ: 1,99\r\n" + OK]
        assert answer_to("signal", "AT+CSQ", weak) == -111


def test_only_codes_that_the_module_does_not_recover_from_are_fatal():
    async def question(quec, module):
        for type, code, fatal in (
            (1, 10423, True),
            (2, 10430, True),
            (8, 10429, True),
            (1, 10430, False),
            (2, 19999, False),
            (8, 10428, False),
            (7, 10705, False),
        ):
            quec.fatal = 0
            module.say(b"+QIOTEVT: %d,%d\r\n" % (type, code))
            await asyncio.sleep_ms(50)
            assert quec.has(type) or type == 8
            assert quec.fatal == (code if fatal else 0), code

    ask(question, {})


def test_what_ends_the_connection_for_good_is_known_until_it_is_there_again():
    async def question(quec, module):
        for event, code in ((b"2,10430", 10430), (b"3,10200", 0), (b"8,10429", 10429)):
            changed = asyncio.create_task(quec.link_change(1000))
            await asyncio.sleep_ms(50)
            module.say(b"+QIOTEVT: " + event + b"\r\n")
            await changed
            assert quec.fatal == code
        await quec.link_change(50)
        module.say(b"+QIOTEVT: 2,10474\r\n+QIOTEVT: 4,10200\r\n")
        await asyncio.sleep_ms(50)
        assert [event.code for event in quec.events] == [10430, 10200, 10474]
        assert quec.fatal == 10429

    ask(question, {})


def test_events_wait_in_order():
    async def question(quec, module):
        module.say(b"\r\n+QIOTEVT: 3,10200\r\n\r\n+QIOTEVT: 7,10702\r\n")
        assert (await quec.next_event(1000)).code == 10200
        assert (await quec.next_event(1000)).code == 10702
        assert await quec.next_event(100) is None
        assert quec.poll_event() is None

    ask(question, {})


def test_only_events_that_matter_to_an_upgrade_are_queued():
    async def question(quec, module):
        module.say(b"+QIOTEVT: x\r\n+QIOTEVT: 4,10200\r\n+QIOTEVT: 8,10428\r\n")
        module.say(b"+QIOTEVT: 7,x\r\n")
        module.say(b"+QIOTEVT: 6,10200\r\n")
        assert (await quec.next_event(100)).type == 6
        assert quec.poll_event() is None

    ask(question, {})


def test_of_too_many_events_the_oldest_go():
    async def question(quec, module):
        for i in range(20):
            module.say(b"+QIOTEVT: 7,%d\r\n" % (20000 + i))
        await asyncio.sleep_ms(100)
        assert len(quec.events) == 16
        assert quec.poll_event().code == 20004

    ask(question, {})


def test_waiting_for_one_event_leaves_the_others():
    async def question(quec, module):
        module.say(b"+QIOTEVT: 3,10200\r\n+QIOTEVT: 7,10702\r\n+QIOTEVT: 7,10706\r\n")
        assert (await quec.wait_for(7, (10705, 10706), 1000)).code == 10706
        assert await quec.wait_for(7, (10705, 10706), 1000) is None
        assert [event.code for event in quec.events] == [10200, 10702]

    ask(question, {})


def test_b10_raw_data_of_an_unbuffered_event_is_skipped():
    async def question(quec, module):
        module.say(b"\r\n+QIOTEVT: 5,10200,21\r\n+QIOTEVT: 7,10706\r\n\x00\xff")
        module.say(b"\r\n+QIOTEVT: 5,10210\r\n+QIOTEVT: 5,10200,x\r\n+QIOTEVT: 5,10211,3\r\n")
        module.say(b"\r\n+QIOTEVT: 5,10210,-3\r\n+QIOTEVT: 7,10705\r\n")
        assert (await quec.next_event(100)).code == 10705
        assert quec.poll_event() is None

    ask(question, {})
