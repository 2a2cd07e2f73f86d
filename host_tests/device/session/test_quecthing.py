import asyncio

from qsota import log
from qsota.errors import AtError, AtTimeout
from qsota.session import commands
from qsota.session.quecthing import QuecThing
from scripted import ERROR, OK, converse, failure

log.sink = None

MCUVER = "AT+QIOTMCUVER?"
MCUVER_1 = 'AT+QIOTMCUVER="MCU1"'


def ask(question, answers):
    """Run question(quec, module) against a module with these answers."""

    async def talk(at, module, clock):
        return await question(QuecThing(at), module)

    return converse(talk, answers)


def answer_to(name, line, answer, *args):
    """The result of QuecThing.<name>(*args) when the module answers line so."""

    async def question(quec, module):
        result = await getattr(quec, name)(*args)
        assert set(module.sent) == {line}
        return result

    return ask(question, {line: answer})


def block(start, data):
    return b"\r\n+QIOTOTARD: %d,%d\r\n" % (start, len(data)) + data + b"\r\n" + OK


def test_plain_commands():
    plain = (
        ("register", (), "AT+QIOTREG=1"),
        ("register", (0,), "AT+QIOTREG=0"),
        ("buffer", (True,), 'AT+QIOTCFG="buffer",1'),
        ("buffer", (0,), 'AT+QIOTCFG="buffer",0'),
        ("set_product_info", ("p1", "s1"), 'AT+QIOTCFG="productinfo","p1","s1"'),
        ("upload_info", (), 'AT+QIOTINFO="up"'),
        ("report_version", ("STM32", "2_0_0"), 'AT+QIOTMCUVER="STM32","2_0_0"'),
        ("request_plan", (), "AT+QIOTOTAREQ=1"),
        ("request_plan", (False,), "AT+QIOTOTAREQ=0"),
        ("action", (commands.REFUSE,), "AT+QIOTUPDATE=0"),
        ("action", (commands.CONFIRM,), "AT+QIOTUPDATE=1"),
        ("action", (commands.NEXT_BLOCK,), "AT+QIOTUPDATE=2"),
        ("action", (commands.UPDATING,), "AT+QIOTUPDATE=3"),
    )
    for name, args, line in plain:
        assert answer_to(name, line, OK, *args) is None


def test_a_refused_command_is_an_error():
    async def question(quec, module):
        assert await failure(AtError, quec.action(2)) == "error"
        assert await failure(AtError, quec.state()) == "error"

    ask(question, {"AT+QIOTUPDATE=2": ERROR, "AT+QIOTSTATE?": ERROR})


def test_the_state_of_the_connection():
    assert answer_to("state", "AT+QIOTSTATE?", b"+QIOTSTATE: 8\r\n" + OK) == 8
    assert answer_to("registered_mode", "AT+QIOTREG?", b"+QIOTREG:2\r\n" + OK) == 2


def test_a_number_that_does_not_come_is_a_bad_answer():
    for answer in (OK, b"+QIOTSTATE: x\r\n" + OK, b'+QIOTSTATE: "8\r\n' + OK):

        async def question(quec, module):
            assert await failure(AtError, quec.state()) == "bad-answer"

        ask(question, {"AT+QIOTSTATE?": answer})


def test_the_product():
    line = 'AT+QIOTCFG="productinfo"'
    known = b'+QIOTCFG: "productinfo","p1","s1","1.0"\r\n' + OK
    assert answer_to("product_info", line, known) == ("p1", "s1")
    empty = b'+QIOTCFG: "productinfo","",""\r\n' + OK
    short = b'+QIOTCFG: "productinfo"\r\n' + OK
    for answer in (empty, short, OK, ERROR):
        assert answer_to("product_info", line, answer) is None


def test_whether_data_is_received_buffered():
    line = 'AT+QIOTCFG="buffer"'
    for value, on in ((b"1", True), (b"0", False)):
        assert answer_to("buffered", line, b'+QIOTCFG: "buffer",' + value + b"\r\n" + OK) is on
    for answer in (ERROR, OK, b'+QIOTCFG: "buffer"\r\n' + OK):
        assert answer_to("buffered", line, answer) is None


def test_d13_a_product_that_the_module_would_save_in_part_is_not_written():
    async def question(quec, module):
        for pk, ps in (
            ('p",1', "s"),
            ("p" * 33, "s"),
            ("p", "s" * 33),
            ("", "s"),
            ("p", None),
            (1, "s"),
            ("p\r\nAT", "s"),
            ("\u4e2d", "s"),
        ):
            assert await failure(ValueError, quec.set_product_info(pk, ps)) == "bad product"
        assert module.sent == []
        await quec.set_product_info("p" * 32, "s" * 32)

    ask(question, {'AT+QIOTCFG="productinfo","%s","%s"' % ("p" * 32, "s" * 32): OK})


def test_a_version_is_asked_for_by_the_components_name():
    answer = b'+QIOTMCUVER: "MCU1","1.0.0"\r\n' + OK
    assert answer_to("version", MCUVER_1, answer, "MCU1") == "1.0.0"


def test_where_that_is_refused_all_entries_are_looked_at():
    many = b"".join([b'+QIOTMCUVER: "c%d","1"\r\n' % i for i in range(100)])
    for line, version in (
        (b'+QIOTMCUVER: "MCU1","1.0.0"\r\n', "1.0.0"),
        (b'+QIOTMCUVER: "a:1;MCU1:2;x"\r\n', "2"),  # very old firmware
        (b'+QIOTMCUVER: ""\r\n', None),
        (b"", None),
    ):
        for first in (ERROR, OK, b'+QIOTMCUVER: "MCU2","3"\r\n' + OK):

            async def question(quec, module, version=version):
                assert await quec.version("MCU1") == version

            ask(question, {MCUVER_1: first, MCUVER: many + line + OK})


def test_a_version_table_of_the_greatest_length_is_read_whole():
    entries = ["c%02x:1" % i for i in range(83)] + ["MCU1:2_0_0"]
    assert 500 < len(";".join(entries)) <= 511

    async def question(quec, module):
        assert await quec.version("MCU1") == "2_0_0"

    table = b'+QIOTMCUVER: "' + ";".join(entries).encode() + b'"\r\n' + OK
    ask(question, {MCUVER_1: ERROR, MCUVER: table})


def test_the_versions_of_several_components():
    async def question(quec, module):
        assert await quec.versions(("MCU1", "MCU2")) == {"MCU1": "1.0.0"}

    answers = {
        MCUVER_1: b'+QIOTMCUVER: "MCU1","1.0.0"\r\n' + OK,
        'AT+QIOTMCUVER="MCU2"': ERROR,
        MCUVER: OK,
    }
    ask(question, answers)


def test_a_silent_module_is_no_empty_table():
    async def question(quec, module):
        assert await failure(AtTimeout, quec.version("MCU1")) == "timeout"

    ask(question, {})


def test_a_question_that_is_refused_or_not_answered_once_is_asked_again():
    for first in (ERROR, b""):

        async def question(quec, module):
            assert await quec.signal() == -65
            assert await quec.state() == 8

        answers = {
            "AT+CSQ": [first, b"+CSQ: 24,99\r\n" + OK],
            "AT+QIOTSTATE?": [first, b"+QIOTSTATE: 8\r\n" + OK],
        }
        ask(question, answers)


def test_a_number_that_came_damaged_is_asked_for_again():
    async def question(quec, module):
        assert await quec.state() == 8

    ask(question, {"AT+QIOTSTATE?": [b"+QIOTSTATE: x\r\n" + OK, b"+QIOTSTATE: 8\r\n" + OK]})


def test_a_question_to_a_module_that_is_gone_is_not_repeated():
    async def question(quec, module):
        begun = len(module.sent)
        assert await failure(AtTimeout, quec.state()) == "no-answer"
        assert module.sent[begun:].count("AT+QIOTSTATE?") == 1

    ask(question, {"AT": b"", "AT+QIOTSTATE?": b""})


def test_what_ends_a_plan_takes_the_events_before_it_along():
    async def question(quec, module):
        for text in (b"7,10702", b"3,10200", b"7,10706", b"7,10702"):
            module.say(b"+QIOTEVT: " + text + b"\r\n")
        await asyncio.sleep_ms(200)
        assert (await quec.wait_for(7, (10705, 10706), 100, True)).code == 10706
        assert [(event.type, event.code) for event in quec.events] == [(3, 10200), (7, 10702)]

    ask(question, {})


def test_names_that_the_cloud_does_not_take_are_refused():
    async def question(quec, module):
        for name, version in (("a:b", "1"), ("a", "1;2"), ("", "1"), ("a" * 33, "1"), ("a", "")):
            failed = await failure(ValueError, quec.report_version(name, version))
            assert failed == "bad component or version"
        assert module.sent == []

    ask(question, {})


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
        (b"99,99", None),
        (b"x", None),
    ):
        assert answer_to("signal", "AT+CSQ", b"+CSQ: " + csq + b"\r\n" + OK) == dbm
    assert answer_to("signal", "AT+CSQ", ERROR) is None


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
