"""The updater lives on whatever the application does, and costs next to nothing while it fails."""

import asyncio

from cases import long
from qsota import log
from qsota_tools.proof.lab.faults import refuse
from qsota_tools.proof.lab.rig import Rig
from util import with_loaded
from words import plan

MINUTE = 60000
HOUR = 60 * MINUTE


REQUEST = "qsota.session.quecthing QuecThing request_plan"


def broken(*args):
    raise OSError(5)


# --- foreign callables


def test_a_progress_display_that_fails_costs_no_upgrade():
    rig = Rig([plan("2_0_0")])
    rig.policy = {"on_progress": broken}
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


def test_a_sink_of_the_log_that_fails_costs_no_upgrade():
    rig = Rig([plan("2_0_0")])
    log.sink = broken
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


def test_a_feed_that_fails_costs_no_upgrade():
    rig = Rig([plan("2_0_0")])
    rig.policy = {"feed": broken}
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


def test_the_applications_feed_is_called_while_a_package_is_taken_and_read_back():
    fed = []
    rig = Rig([plan("2_0_0", 30000)])
    rig.policy = {"feed": lambda: fed.append(rig.updater.status.phase)}
    assert rig.run(Rig.settled)
    assert fed.count("reading") > 20


@long
def test_callables_that_fail_or_say_nothing_leave_the_plan_for_later_and_cost_no_request():
    async def never():
        await asyncio.sleep_ms(10**9)

    for policy in (
        {"battery": broken},
        {"battery": lambda: None},
        {"battery": lambda: "full"},
        {"battery": lambda: True},
        {"battery": lambda: float("nan")},
        {"battery": never},
        {"signal": broken},
        {"signal": lambda: None},
        {"consent": broken},
        {"consent": lambda plan: None},
        {"consent": lambda plan: "yes"},
        {"consent": lambda plan: 1},
        {"consent": lambda plan: never()},
    ):
        rig = Rig([plan("2_0_0")])
        rig.policy = policy
        rig.run(lambda rig: False, 11 * MINUTE)  # the plan was offered twice
        assert len(rig.sent("AT+QIOTOTAREQ")) == 1, policy
        assert rig.sent("AT+QIOTUPDATE") == [] and len(rig.commands) < 50, policy


def test_a_signal_that_was_refused_once_is_asked_for_again():
    rig = Rig([plan("2_0_0")])
    refuse(rig, "AT+CSQ")
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


# --- sessions that come to nothing


def sessions(rig):
    return len(rig.sent("ATE0"))


def online(rig):
    return rig.sent("AT+QIOTOTAREQ")


def test_sessions_that_fail_back_off_to_one_in_ten_minutes():
    rig = Rig()

    with_loaded(REQUEST, lambda real: broken, rig.run, lambda rig: False, 80 * MINUTE)
    late = [ms for ms, line in rig.commands if line == "ATE0" and ms > 40 * MINUTE]
    assert 10 < sessions(rig) < 20 and 2 < len(late) <= 4


@long
def test_a_module_that_restarts_all_the_time_is_not_registered_all_the_time():
    rig = Rig()
    rig.module.options.boot_ms = 1000

    def restart():
        rig.module.reboot()
        rig.clock.after(20000, restart)

    rig.clock.after(5000, restart)
    rig.run(lambda rig: False, 80 * MINUTE)
    late = [ms for ms, line in rig.commands if "OTAREQ" in line and ms > 40 * MINUTE]
    assert len(late) <= 5


@long
def test_the_start_of_a_silent_module_ends_the_pause():
    rig = Rig()
    rig.module.powered = False

    def start():
        rig.module.powered = True
        rig.module.reboot()

    rig.clock.after(30 * MINUTE, start)
    assert rig.run(online, HOUR)
    assert rig.clock.now() - 30 * MINUTE < 15000


@long
def test_a_session_that_lasted_makes_the_next_ones_quick_again():
    rig = Rig()
    failures = []

    def broken_nine_times(real):
        async def request_plan(quec, sha256):
            if len(failures) < 9:
                failures.append(rig.clock.now())
                raise OSError(5)
            await real(quec, sha256)

        return request_plan

    def twice(rig):
        return len(online(rig)) == 2

    rig.clock.after(HOUR, rig.module.reboot)
    assert with_loaded(REQUEST, broken_nine_times, rig.run, twice, 2 * HOUR)
    assert len(failures) == 9 and rig.clock.now() - HOUR < 30000


def test_a_request_that_was_refused_off_line_is_made_again_when_the_platform_is_back():
    rig = Rig()
    refuse(rig, "AT+QIOTOTAREQ")
    rig.clock.after(20000, rig.module.link.drop)
    assert rig.run(lambda rig: len(online(rig)) == 2, MINUTE)
    rig = Rig()
    rig.clock.after(20000, rig.module.link.drop)
    assert not rig.run(lambda rig: len(online(rig)) == 2, MINUTE)


@long
def test_a_module_that_never_takes_the_report_does_not_keep_new_plans_away():
    rig = Rig([plan("2_0_0"), plan("3_0_0")])

    def deaf(data):
        return b"" if data.startswith(b'AT+QIOTMCUVER="MCU","2') else data

    rig.uart.tx.filters.append(deaf)
    assert rig.run(lambda rig: rig.running == "3_0_0", 2 * HOUR)


def test_a_module_that_never_answers_for_versions_is_asked_for_a_plan_all_the_same():
    rig = Rig([plan("2_0_0")])
    rig.uart.tx.filters.append(lambda data: b"" if data.startswith(b"AT+QIOTMCUVER") else data)
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=1"), 2 * HOUR)
    assert not rig.record.report


# --- run() again


def test_run_may_be_called_again_and_the_earlier_run_is_over():
    rig = Rig([plan("2_0_0")])
    ended = []

    async def again(rig, device):
        await asyncio.sleep_ms(1100)

        async def second():
            await rig.updater.run()

        task = asyncio.create_task(second())
        await asyncio.sleep_ms(5)
        await task
        ended.append(1)

    rig.apps["1_0_0"] = again
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705]
    assert len(rig.sent("AT+QIOTUPDATE=1")) == 1


def test_another_updater_of_the_same_device_takes_over():
    rig = Rig([plan("2_0_0")])

    async def again(rig, device):
        await asyncio.sleep_ms(1100)
        rig.updater = device.updater()
        await rig.updater.run()

    rig.apps["1_0_0"] = again
    assert rig.run(Rig.settled, MINUTE)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=1")) == 1


def test_a_name_that_no_plan_can_have_is_refused_where_it_is_given():
    rig = Rig()
    rig.run(lambda rig: True)
    for name in ("", "a b", "x" * 33):
        try:
            rig.device.updater(targets={name: None})
        except ValueError:
            continue
        raise AssertionError(name)
