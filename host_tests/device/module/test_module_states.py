"""What the module answers in each of its states, and what changes none of them."""

import sys

from module_bench import SOON, Bench, component, in_state
from qsota_tools.center.plan import Plan

MINUTES = 60000

_this = sys.modules[__name__]


def test_states_are_not_changed_by_the_connection():
    for state in (0, 1, 2, 4, 5, 8, 9):
        for cut in (lambda bench: bench.send("AT+QIOTREG=0"), lambda bench: bench.link.drop()):
            bench = in_state(state)
            cut(bench)
            assert bench.codes() == [] and bench.module.state == state


def test_what_happens_off_line_is_reported_by_its_last_status():
    bench = in_state(8)
    bench.link.drop(back_ms=70000)
    assert bench.codes(60000) == [10706]
    assert bench.reports() == []
    bench.wait(20000)
    assert bench.reports() == [12]


# Answers per state: UPDATE=0, 1, 2, 3, and a read of the first byte
ANSWERS = {
    "0": (in_state, (0,), "EEEEE"),
    "1": (in_state, (1,), "OOEEE"),
    "2": (in_state, (2,), "EOEEE"),
    "4": (in_state, (4,), "EEEEE"),
    "5": (in_state, (5,), "EEEEE"),
    "8_not_last_block": (in_state, (8, 2), "EEOEO"),
    "8_last_block": (in_state, (8, 1), "EEEOO"),
    "9": (in_state, (9,), "EEEOE"),
}
COMMANDS = (
    "AT+QIOTUPDATE=0",
    "AT+QIOTUPDATE=1",
    "AT+QIOTUPDATE=2",
    "AT+QIOTUPDATE=3",
    "AT+QIOTOTARD=0,1",
)


def answers(reach, args, expected):
    def test():
        for command, letter in zip(COMMANDS, expected):
            last = reach(*args).at(command)[-1]
            assert last == ("OK" if letter == "O" else "ERROR"), command

    return test


for _name in ANSWERS:
    setattr(_this, "test_answers_in_state_" + _name, answers(*ANSWERS[_name]))


def test_other_updates_are_refused_in_every_state():
    for state in (0, 1, 2, 4, 5, 8, 9):
        bench = in_state(state)
        for value in ("4", "01", "-1", '"1"', "", "1,1"):
            assert bench.at("AT+QIOTUPDATE=" + value) == ["ERROR"]
        assert bench.codes() == [] and bench.module.state == state


def test_confirming_and_ending_twice_changes_nothing():
    for state, command in ((2, "AT+QIOTUPDATE=1"), (9, "AT+QIOTUPDATE=3")):
        bench = in_state(state)
        assert bench.at(command) == ["OK"]
        assert bench.codes() == [] and bench.module.state == state
        assert bench.reports() == []


def test_a_plan_for_several_components_is_answered_after_10707():
    for answer, status in ((0, 3), (1, 2)):
        bench = in_state(1, plans=2)
        bench.send("AT+QIOTUPDATE=%d" % answer)
        assert bench.take() == b"\r\n+QIOTEVT: 7,10707\r\n\r\nOK\r\n"
        bench.wait(SOON)
        assert bench.reports() == [status]


def test_a_confirmation_in_mode_1_is_signed():
    for mode, sign in ((0, ""), (1, "sha256")):
        bench = Bench([Plan([component()])])
        bench.at("AT+QIOTOTAREQ=%d" % mode)
        bench.until(1)
        bench.at("AT+QIOTUPDATE=1")
        bench.until(2)
        assert bench.cloud.sign == sign


def test_the_response_comes_before_the_verdict_also_when_the_table_is_full():
    bench = in_state(9)
    for i in range(7):
        bench.at('AT+QIOTMCUVER="%d","%s"' % (i, "v" * 64))
    bench.ota.target = "t" * 60
    bench.send('AT+QIOTMCUVER="STM32","%s"' % ("t" * 60))
    assert bench.lines() == ["ERROR"]
    assert bench.codes() == [10705]


def test_an_aborted_download_counts_as_the_first_failure_of_the_next_try():
    bench = in_state(5)
    bench.send('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.codes(2 * SOON) == [10706]
    assert bench.reports() == [12, 6]
    for _ in range(4):
        bench.ota.download_failed()
    assert bench.codes() == []
    bench.ota.download_failed()
    assert bench.codes() == [10706]


def test_a_patient_module_waits_longer_for_an_mcu_on_a_slower_clock():
    for state, ms in ((8, MINUTES), (9, 20 * MINUTES)):
        bench = in_state(state, patience=10)
        assert bench.codes(10 * ms - 1000) == []
        assert bench.codes(2000) == [10706]
