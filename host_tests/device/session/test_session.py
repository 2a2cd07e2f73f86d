"""What keeps the updater going between upgrades, and what ends one early; on the bench."""

from qsota_tools.center.cloud import NOT_NEEDED
from qsota_tools.module.states import DOWNLOADING, DOWNLOADSUCCESS
from qsota_tools.proof.lab.faults import lose_command, refuse
from qsota_tools.proof.lab.packages import image
from qsota_tools.proof.lab.rig import Rig
from words import plan


def online(rig):
    return rig.sent("AT+QIOTOTAREQ")


def test_without_a_platform_the_updater_keeps_trying():
    rig = Rig(connect_ms=400000)
    assert rig.run(lambda rig: rig.updater.status.reason == "no-platform", 400000)
    rig.module.options.connect_ms = 100
    assert rig.run(online, 2000000)


def test_a_silent_module_is_waited_for():
    rig = Rig()
    rig.module.powered = False
    assert rig.run(lambda rig: rig.updater.status.reason == "no-answer", 60000)
    rig.module.powered = True
    assert rig.run(online, 60000)


def test_a_module_that_is_already_registered_is_not_registered_again():
    rig = Rig()
    assert rig.run(online, 60000)
    count = len(rig.sent("AT+QIOTREG="))
    assert rig.run(lambda rig: len(online(rig)) == 2, 60000)
    assert len(rig.sent("AT+QIOTREG=")) == count


def test_a_module_in_another_mode_is_disconnected_first():
    rig = Rig()
    rig.module.link.register(2)
    assert rig.run(online, 60000)
    assert rig.sent("AT+QIOTREG=") == ["AT+QIOTREG=0", "AT+QIOTREG=1"]


def test_a_module_without_buffered_mode_is_taken_as_it_is():
    rig = Rig()
    refuse(rig, 'AT+QIOTCFG="buffer"')
    assert rig.run(online, 60000)


def test_a_callable_that_fails_does_not_end_the_updater():
    calls = []

    def battery():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("no battery gauge")
        return 100

    rig = Rig([plan("2_0_0")])
    rig.policy = {"battery": battery}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(calls) == 2


def test_a_refused_request_is_no_reason_to_give_up():
    rig = Rig([plan("2_0_0")])
    refuse(rig, "AT+QIOTOTAREQ")
    assert rig.run(Rig.settled)  # the push grid brings the plan
    assert rig.cloud.verdicts == [10705]


def test_a_request_without_answer_starts_a_new_session():
    rig = Rig([plan("2_0_0")])
    lose_command(rig, "AT+QIOTOTAREQ")
    assert rig.run(lambda rig: rig.updater.status.reason == "timeout", 60000)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_a_confirmation_that_is_always_refused_changes_nothing():
    rig = Rig([plan("2_0_0")])
    for _ in range(3):
        refuse(rig, "AT+QIOTUPDATE=1")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.clock.now() > 600000


def test_a_plan_for_the_running_version_is_refused_after_the_version_was_uploaded():
    rig = Rig([plan("1_0_0")])
    rig.cloud.upload = lambda versions: None  # the cloud works with an old version list
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), 60000)
    assert rig.sent('AT+QIOTINFO="up"') == ['AT+QIOTINFO="up"'] * 2
    assert rig.updater.status.reason == "already-installed" and rig.cloud.results == []


def test_a_cloud_that_learns_of_the_running_version_drops_the_plan():
    rig = Rig([plan("1_0_0")])
    assert rig.run(lambda rig: rig.cloud.results, 60000)
    assert rig.cloud.results == [NOT_NEEDED] and not rig.sent("AT+QIOTUPDATE")


def test_an_upgrade_that_the_module_ends_is_closed():
    rig = Rig([plan("2_0_0", 20000), plan("3_0_0")])
    assert rig.run(lambda rig: rig.module.state == DOWNLOADSUCCESS, 60000)
    rig.module.ota._enter(12)  # as a 10706 for a reason of the module's own
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705] and rig.running == "3_0_0"


def test_an_upgrade_that_ended_while_the_mcu_was_off_is_closed():
    rig = Rig([plan("2_0_0", 20000), plan("3_0_0")])
    assert rig.run(lambda rig: rig.module.state == DOWNLOADSUCCESS, 60000)
    rig.clock.advance(120000)  # the MCU stands still: the module's 60 s pass
    assert rig.cloud.verdicts == [10706]
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705]


def test_a_retry_of_the_plan_reads_only_what_is_missing():
    rig = Rig([plan("2_0_0", 30000), plan("2_0_0", 30000)])
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) >= 20, 60000)
    rig.clock.advance(120000)
    before = len(rig.commands)
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705]
    reads = [line for _, line in rig.commands[before:] if line.startswith("AT+QIOTOTARD=")]
    assert "AT+QIOTOTARD=0,384" not in reads and "AT+QIOTOTARD=16384,1024" in reads
    assert rig.slot_image(1) == image("2_0_0", 30000)


def test_a_reset_in_mid_download_goes_on_from_what_is_in_flash():
    rig = Rig([plan("2_0_0", 30000)])
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) >= 20, 60000)
    begun, before = rig.clock.now(), len(rig.commands)
    assert rig.run(Rig.settled)
    first = next(ms for ms, line in rig.commands[before:] if line.startswith("AT+QIOTOTARD="))
    assert first - begun < 5000
    assert "AT+QIOTOTARD=0,384" not in [line for _, line in rig.commands[before:]]
    assert rig.cloud.verdicts == [10705] and rig.slot_image(1) == image("2_0_0", 30000)


def test_a_staged_prefix_that_changed_is_read_again():
    rig = Rig([plan("2_0_0", 30000)])
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) >= 20, 60000)
    start = rig.board.config["areas"]["slot_b"][0]
    rig.flash.content[start + 5000] ^= 1
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.slot_image(1) == image("2_0_0", 30000)


def test_a_reset_between_update_3_and_the_record_loses_nothing():
    rig = Rig([plan("2_0_0", 8000)])
    rig.look_ms = 2
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=3"), 60000)
    assert rig.record.slots[1].state == 0
    before = len(rig.commands)
    assert rig.run(Rig.settled)
    again = [line for _, line in rig.commands[before:] if line.startswith("AT+QIOTOTARD=")]
    assert rig.cloud.verdicts == [10705] and again == []


def test_a_module_that_falls_silent_in_a_download_is_not_waited_for_for_ever():
    rig = Rig([plan("2_0_0", 8000)])
    rig.cloud.storage.speed = 0.1  # a body of hours
    assert rig.run(lambda rig: rig.module.state == DOWNLOADING, 60000)
    rig.run(lambda rig: False, 3000)
    rig.module.ota._life.cancel(rig.module.ota._timer)  # no further 10702
    assert rig.run(lambda rig: rig.record.reason == "module-silent", 200000)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10706]
