import asyncio

from qsota import log
from qsota.errors import AtError, AtTimeout
from qsota.session import commands
from quecthing_bench import answer_to, ask
from scripted import ERROR, OK, failure

log.sink = None


MCUVER = "AT+QIOTMCUVER?"


MCUVER_1 = 'AT+QIOTMCUVER="MCU1"'


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
