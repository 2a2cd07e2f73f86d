"""UPDATE=3 and the report, when each of them may get lost."""

import asyncio

from cases import long
from components import Display
from ending_runs import HOUR, MINUTE
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.apps import good_app
from qsota_tools.proof.lab.faults import lose_answer, lose_command, refuse
from qsota_tools.proof.lab.rig import Rig
from words import plan


def test_an_update_3_that_got_lost_is_sent_again_in_the_trial_boot():
    async def slow_app(rig, device):
        for _ in range(200):
            device.feed()
            await asyncio.sleep_ms(1000)
        await good_app(rig, device)

    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = slow_app
    for _ in range(3):
        lose_command(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled, 10 * MINUTE)
    # The 60 s of the module's read timer are over long before the confirmation.
    assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0"


def test_an_update_3_that_was_answered_is_not_sent_again():
    rig = Rig([plan("2_0_0")])
    assert rig.run(Rig.settled) and len(rig.sent("AT+QIOTUPDATE=3")) == 1


def test_an_update_3_whose_answer_was_lost_is_sent_before_the_report():
    rig = Rig([plan("2_0_0")])
    for _ in range(3):
        lose_answer(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled)
    lines = [line for _, line in rig.commands]
    assert lines.index('AT+QIOTMCUVER="MCU","2_0_0"') > len(lines) - 1 - lines[::-1].index(
        "AT+QIOTUPDATE=3"
    )
    assert rig.cloud.verdicts == [10705] and rig.record.upgrade.told


def test_a_version_is_not_reported_without_a_reset_before_10704():
    display = Display()
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])], event_ms=2000)
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled)
    begun = [ms for ms, line in rig.urcs if "10704" in line][0]
    told = [ms for ms, line in rig.commands if line == 'AT+QIOTMCUVER="DISPLAY","d2"'][0]
    assert begun < told < begun + 1000 and rig.cloud.verdicts == [10705]


def test_a_lost_10704_delays_the_report_by_seconds_only():
    display = Display()
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])])
    rig.uart.rx.filters.append(lambda data: b"" if b"10704" in data else data)
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]


def test_a_plan_that_ends_while_10704_is_awaited_is_closed():
    display = Display()
    rig = Rig([Plan([Component("DISPLAY", "d2", b"d2pixels" * 500)])], event_ms=2000)
    rig.policy = {"targets": {"DISPLAY": display}}
    done = []

    def look(rig):
        if not done and rig.sent("AT+QIOTUPDATE=3"):
            done.append(1)
            rig.module.ota._enter(12)
        return done and rig.settled()

    assert rig.run(look, HOUR)
    assert rig.cloud.verdicts == [10706] and display.version == "d1"


@long
def test_events_before_the_verdict_belong_to_the_plan_that_ended():
    rig = Rig([plan("2_0_0", board="OTHER")])
    said = []

    def look(rig):
        if not said and rig.sent('AT+QIOTMCUVER="MCU",')[1:]:
            said.append(1)
            rig.uart.receive(b"\r\n+QIOTEVT: 7,10702\r\n")
        return said and rig.settled()

    rig.look_ms = 1
    assert rig.run(look, MINUTE) and rig.cloud.verdicts == [10706]
    reads = len(rig.sent("AT+QIOTOTARD="))
    rig.run(lambda rig: False, 3 * MINUTE)
    # Of a new session alone.
    assert len(rig.sent("AT+QIOTOTARD=")) <= reads + 2


def test_an_update_3_that_is_refused_in_the_trial_too_is_given_up():
    rig = Rig([plan("2_0_0")])
    for _ in range(6):
        refuse(rig, "AT+QIOTUPDATE=3")
    assert rig.run(Rig.settled)
    assert len(rig.sent("AT+QIOTUPDATE=3")) == 6 and rig.cloud.verdicts == [10705]


def test_an_upload_that_is_refused_or_lost_is_no_reason_to_stop():
    for fault in (refuse, lose_command):
        rig = Rig([plan("2_0_0")])
        fault(rig, 'AT+QIOTINFO="up"')
        assert rig.run(Rig.settled, MINUTE) and rig.cloud.verdicts == [10705]
        rig = Rig([plan("1_0_0")])
        rig.cloud.upload = lambda versions: None  # the cloud works with an old version list
        assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), MINUTE)


def test_an_upload_that_is_refused_does_not_keep_a_plan_from_its_answer():
    rig = Rig([plan("1_0_0")])
    rig.cloud.upload = lambda versions: None
    rig.module.versions.set("MCU", "1_0_0")  # nothing to upload at the start
    refuse(rig, 'AT+QIOTINFO="up"')
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), MINUTE)
