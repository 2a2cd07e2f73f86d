from module_bench import Bench
from qsota_tools.module.syntax import Refused, parse, split, take
from util import raises


def test_a_line_is_split_into_name_form_and_arguments():
    assert parse("") == ("", "", [])
    assert parse("e0") == ("E0", "", [])
    assert parse("+QIOTREG=?") == ("+QIOTREG", "=?", [])
    assert parse("+QIOTREG?") == ("+QIOTREG", "?", [])
    assert parse("+QIOTREG=1") == ("+QIOTREG", "=", [1])
    assert parse('+QIOTMCUVER="a=?b","?"') == ("+QIOTMCUVER", "=", ["a=?b", "?"])


def test_integers_are_plain_decimal():
    assert split("0,1024") == [0, 1024]
    for text in ("00", "01", "-1", "+1", " 1", "1 ", "0x1", "", "1.0"):
        assert split(text) == [None], text


def test_a_quote_ends_a_string_only_before_a_comma_or_the_end():
    assert split('"a,b","",3') == ["a,b", "", 3]
    assert split('"a"b","c"') == ['a"b', "c"]
    assert split('"open') == [None]
    assert split('"a","b') == ["a", None]
    assert split('"') == [None]


def test_arguments_are_checked_for_number_and_kind():
    assert take([1, "a"], int, str) == [1, "a"]
    for args in ([1], ["a", 1], [1, "a", 2], [None, "a"]):
        raises(Refused, take, args, int, str)


def test_a_command_without_effect_answers_ok():
    bench = Bench()
    for line in ("AT", "at", "ATE0", "AT+QSCLK=0", "AT+QSCLK=1"):
        assert bench.at(line) == ["OK"], line


def test_an_unknown_command_or_form_answers_error():
    bench = Bench()
    for line in ("AT+NOSUCH", "AT+QIOTSTATE=?", "AT+QIOTSTATE=1", "AT+QSCLK=2", "AT+CSQ?"):
        assert bench.at(line) == ["ERROR"], line


def test_what_does_not_begin_with_at_gets_no_answer():
    bench = Bench()
    for line in ("", "OTARD=0,1024", "\x00\x01", "T+CSQ"):
        assert bench.at(line) == [], line
    bench.module.rx(b"AT\xff\xfe\r")
    bench.wait(100)
    assert bench.take() == b""


def test_a_line_beyond_the_command_buffer_is_refused():
    bench = Bench()
    assert bench.at("AT+QIOTMCUVER=" + "x" * 2000) == ["ERROR"]
    assert bench.at("AT") == ["OK"]


def test_a_line_may_come_in_any_slices_and_end_in_cr_alone():
    bench = Bench()
    for byte in b"AT+CSQ":
        bench.module.rx(bytes([byte]))
    bench.module.rx(b"\r")
    bench.wait(100)
    assert bench.lines() == ["+CSQ: 24,99", "OK"]


def test_a_response_is_framed_by_cr_lf():
    bench = Bench()
    bench.at("AT")
    bench.module.rx(b"AT+QIOTREG?\r\n")
    bench.wait(100)
    assert bench.take() == b"\r\n+QIOTREG: 1\r\n\r\nOK\r\n"


def test_the_response_comes_after_its_delay():
    bench = Bench(response_ms=20)
    bench.module.rx(b"AT\r\n")
    bench.wait(19)
    assert bench.take() == b""
    bench.wait(1)
    assert bench.take() == b"\r\nOK\r\n"


def test_commands_that_come_together_are_answered_one_after_the_other():
    bench = Bench(response_ms=20)
    bench.module.rx(b"AT+CSQ\r\nAT+QIOTSTATE?\r\n")
    bench.wait(20)
    assert bench.lines() == ["+CSQ: 24,99", "OK"]
    bench.wait(20)
    assert bench.lines() == ["+QIOTSTATE: 8", "OK"]


def test_echo_repeats_the_line_without_its_lf():
    bench = Bench(echo=True)
    bench.module.rx(b"AT\r\n")
    bench.wait(100)
    assert bench.take() == b"AT\r\r\nOK\r\n"


def test_ate0_is_echoed_itself_and_ate1_is_not():
    bench = Bench(echo=True)
    bench.module.rx(b"ATE0\r\n")
    bench.wait(100)
    assert bench.take() == b"ATE0\r\r\nOK\r\n"
    bench.module.rx(b"ATE1\r\n")
    bench.wait(100)
    assert bench.take() == b"\r\nOK\r\n"
    assert bench.module.modes.echo


def test_refusing_the_next_commands():
    bench = Bench()
    bench.module.refuse_next(2)
    assert [bench.at("AT") for _ in range(3)] == [["ERROR"], ["ERROR"], ["OK"]]


def test_any_line_can_be_put_between_the_others():
    bench = Bench()
    bench.module.rx(b"AT\r\n")
    bench.module.urc("+QIOTEVT: 5,10210,3")
    bench.wait(100)
    assert bench.take() == b"\r\n+QIOTEVT: 5,10210,3\r\n\r\nOK\r\n"


def test_radio_queries_follow_the_options():
    bench = Bench(signal=7, registration=5)
    assert bench.at("AT+CSQ") == ["+CSQ: 7,99", "OK"]
    assert bench.at("AT+CEREG?") == ["+CEREG: 0,5", "OK"]
    assert bench.at("AT+CREG?") == ["+CREG: 0,5", "OK"]
    assert bench.at("AT+CGREG?") == ["+CGREG: 0,5", "OK"]
    assert bench.at("AT+CGATT?") == ["+CGATT: 1", "OK"]
    bench.module.options.registration = 2
    assert bench.at("AT+CEREG?") == ["+CEREG: 0,2", "OK"]
    assert bench.at("AT+CGATT?") == ["+CGATT: 0", "OK"]


def test_a_missing_sim_card_is_a_cme_error():
    bench = Bench()
    assert bench.at("AT+CPIN?") == ["+CPIN: READY", "OK"]
    bench.module.options.sim_card = False
    assert bench.at("AT+CPIN?") == ["+CME ERROR: 10"]


def test_identity():
    bench = Bench(imei="861234567890123", module_version="EC200A01")
    assert bench.at("ATI") == ["Quectel", "SIMULATED", "Revision: EC200A01", "OK"]
    assert bench.at("AT+GSN") == ["861234567890123", "OK"]
    assert bench.at("AT+CGMR") == ["EC200A01", "OK"]
    assert "+QIOTINFO: SDK,2.9.0" in bench.at("AT+QIOTINFO?")


def test_the_ranges_of_the_qiot_commands():
    bench = Bench(read_limit=512)
    for name, answer in (
        ("QIOTREG", "(0-2)"),
        ("QIOTINFO", '"up"'),
        ("QIOTMCUVER", "<MCU_number>,<MCU_version>"),
        ("QIOTOTAREQ", "<info>"),
        ("QIOTUPDATE", "(0-3)"),
        ("QIOTOTARD", "<start>,(1-512)"),
    ):
        assert bench.at("AT+%s=?" % name) == ["+%s: %s" % (name, answer), "OK"]


def test_power_down_answers_says_so_and_goes_off():
    bench = Bench()
    for line in ("AT+QPOWD=2", 'AT+QPOWD="1"'):
        assert bench.at(line) == ["ERROR"]
    assert bench.at("AT+QPOWD=1") == ["OK"]
    bench.wait(1000)
    assert bench.lines() == ["POWERED DOWN"]
    assert bench.at("AT") == []
    bench.wait(60000)
    assert bench.take() == b"" and not bench.module.powered


def test_after_power_down_a_module_with_restart_comes_back():
    bench = Bench(restart_ms=4000)
    bench.at("AT+QPOWD")
    bench.wait(4499)
    assert bench.lines() == ["POWERED DOWN"]
    bench.wait(1)
    assert bench.lines() == ["RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "APP RDY"]


def test_options_are_known_by_name():
    error = raises(ValueError, lambda: Bench(speed=1))
    assert error.args[0] == "unknown module option speed"
