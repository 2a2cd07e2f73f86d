"""Modes in which the MCU's last life, or a stored profile, may have left the module."""

from module_bench import Bench, in_state
from qsota_tools.module.options import Options
from qsota_tools.module.read_answer import Block, response
from qsota_tools.module.states import DOWNLOADSUCCESS


def said(bench, line):
    """The bytes of the answer to a command."""
    bench.take()
    bench.send(line)
    return bench.take()


def test_result_codes_may_be_numbers():
    bench = Bench(verbose=False)
    assert said(bench, "AT") == b"0\r"
    assert said(bench, "AT+NOSUCH") == b"4\r"
    assert said(bench, "AT+CSQ") == b"+CSQ: 24,99\r\n0\r"
    assert said(bench, "ATV1") == b"\r\nOK\r\n"


def test_result_codes_may_be_switched_off():
    bench = Bench(quiet=True)
    assert said(bench, "AT") == b""
    assert said(bench, "AT+CSQ") == b"\r\n+CSQ: 24,99\r\n"
    assert said(bench, "ATQ0") == b"\r\nOK\r\n"


def test_errors_may_tell_their_cause_as_number_as_text_or_not_at_all():
    bench = Bench(sim_card=False)
    for mode, answer in (
        (1, "+CME ERROR: 10"),
        (2, "+CME ERROR: SIM not inserted"),
        (0, "ERROR"),
    ):
        assert bench.at("AT+CMEE=%d" % mode) == ["OK"]
        assert bench.at("AT+CMEE?") == ["+CMEE: %d" % mode, "OK"]
        assert bench.at("AT+CPIN?") == [answer]
    assert bench.at("AT+CMEE=3") == ["ERROR"]


def test_several_basic_commands_may_be_in_a_line():
    bench = Bench(echo=True, quiet=True, verbose=False)
    bench.at("ATE0Q0V1")
    assert said(bench, "AT") == b"\r\nOK\r\n"
    assert bench.at("ATE2") == ["ERROR"]
    assert bench.at("ATE0X1") == ["ERROR"]


def test_a_stored_profile_survives_a_restart():
    bench = Bench(echo=True)
    bench.at("ATE0V0&W")
    bench.at("ATE1V1")
    bench.module.reboot()
    bench.wait(5000)
    assert said(bench, "AT") == b"0\r"


def test_atz_goes_back_to_the_profile_and_at_f_to_that_of_the_factory():
    bench = Bench(verbose=False)
    bench.send("ATV1")
    assert said(bench, "ATZ") == b"0\r"
    bench.send("AT&F")
    assert said(bench, "AT") == b"AT\r\r\nOK\r\n"


def test_a_read_is_answered_in_the_modules_mode():
    bench = in_state(DOWNLOADSUCCESS, verbose=False)
    answer = said(bench, "AT+QIOTOTARD=0,16")
    assert answer.startswith(b"\r\n+QIOTOTARD: 0,16\r\n") and answer.endswith(b"\r\n\r\n0\r")


def test_the_trailer_of_a_read_may_be_a_bare_lf():
    for pairs in (1, 2):
        options = Options(trailer=pairs, trailer_lf=True)
        assert response(Block(0, b"AB"), options).endswith(b"AB" + b"\n" * pairs + b"OK\r\n")


def test_the_test_form_may_be_refused_or_stay_unanswered():
    assert Bench(test_form="error").at("AT+QIOTOTARD=?") == ["ERROR"]
    bench = Bench(test_form="silent")
    assert bench.at("AT+QIOTOTARD=?") == []
    assert bench.at("AT") == ["OK"]


# --- late answers


def test_single_commands_may_be_slow():
    bench = Bench(slow="+CSQ +QIOTUPDATE", slow_ms=2000)
    bench.module.rx(b"AT+CSQ\r\n")
    bench.wait(1999)
    assert bench.lines() == []
    bench.wait(1)
    assert bench.lines() == ["+CSQ: 24,99", "OK"]
    assert bench.at("AT") == ["OK"]


def test_answers_may_take_a_random_time():
    bench, times = Bench(online=False, response_ms=300, response_max_ms=4000), []
    for _ in range(20):
        bench.take()
        bench.module.rx(b"AT\r\n")
        began = bench.clock.now()
        while not bench.take():
            bench.wait(1)
        times.append(bench.clock.now() - began)
    assert 300 <= min(times) < 1000 and 3000 < max(times) <= 4000


# --- data behind a prompt


def test_data_is_taken_behind_a_prompt():
    bench = Bench()
    assert said(bench, "AT+QIOTSEND=1,5") == b"\r\n> "
    bench.module.rx(b"a\r\nb")
    bench.wait(100)
    assert bench.take() == b""
    bench.module.rx(b"\0AT\r\n")
    bench.wait(5)
    assert bench.lines() == ["OK"]
    bench.wait(50)
    assert bench.lines() == ["OK", "+QIOTEVT: 4,10200"]
    assert bench.module.sent == [b"a\r\nb\0"]


def test_commands_that_come_during_a_prompt_become_its_data():
    bench = Bench()
    bench.send("AT+QIOTSEND=0,8")
    assert bench.at("AT") == [] and bench.at("AT") == ["OK"]
    assert bench.module.sent == [b"AT\r\nAT\r\n"]


def test_data_without_a_length_ends_by_ctrl_z_or_esc():
    bench = Bench()
    bench.send("AT+QISEND=0")
    bench.module.rx(b"hello\x1b")
    bench.wait(5)
    assert bench.lines() == ["> ", "OK"] and bench.module.sent == []
    bench.send("AT+QISEND=0")
    bench.module.rx(b"hello\x1a")
    bench.wait(5)
    assert bench.lines() == ["> ", "SEND OK"] and bench.module.sent == [b"hello"]


def test_data_may_be_in_quotes():
    bench = Bench()
    assert bench.at('AT+QIOTSEND=0,5,"hello"') == ["OK"]
    assert bench.module.sent == [b"hello"]


def test_data_is_refused_off_line_and_out_of_range():
    bench = Bench(online=False)
    assert bench.at("AT+QIOTSEND=0,5") == ["ERROR"]
    bench.connect()
    for line in ("=0,0", "=0,1025", "=3,5", '=0,4,"hello"', "=0"):
        assert bench.at("AT+QIOTSEND" + line) == ["ERROR"], line
    assert bench.at("AT+QISEND=0,1461") == ["ERROR"]
    assert bench.at("AT+QISEND=0,1,1") == ["ERROR"]
    assert bench.at("AT+QIOTSEND=?") == ["+QIOTSEND: (0-2),(1-1024),<data>", "OK"]


def test_the_final_result_code_of_data_may_be_another_one():
    bench = Bench(send_final="SEND FAIL")
    bench.send("AT+QIOTSEND=1,1")
    bench.module.rx(b"x")
    bench.wait(100)
    assert bench.lines() == ["> ", "SEND FAIL"]


def test_a_prompt_may_end_by_itself():
    bench = Bench(data_ms=60000)
    bench.send("AT+QIOTSEND=0,5")
    bench.wait(60000)
    assert bench.lines() == ["> ", "ERROR"]
    assert bench.at("AT") == ["OK"]


def test_a_restart_ends_a_prompt():
    bench = Bench()
    bench.send("AT+QIOTSEND=0,5")
    bench.module.reboot()
    bench.wait(5000)
    assert bench.at("AT") == ["OK"]
