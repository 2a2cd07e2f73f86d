"""The traps of the QuecThing SOTA flow, T1 to T33: what the device must do, each on the bench."""

from cases import long
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import CORRUPT, DROP, STATUS
from qsota_tools.module.states import DOWNLOADING
from qsota_tools.proof.lab.apps import crashing_app
from qsota_tools.proof.lab.faults import lose_answer, lose_command, lose_urc
from qsota_tools.proof.lab.packages import image
from qsota_tools.proof.lab.rig import Rig
from trap_runs import NEW, OLD, until_state
from words import component, longest_gap, plan, upgraded


def until_read(rig, count):
    """Run until that many reads have been asked for."""
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) >= count, 600000)


def test_t1_an_mcu_reset_in_mid_download_reports_no_version():
    rig = Rig([plan("2_0_0", 20000)])
    until_read(rig, 8)
    before = len(rig.commands)
    rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=3"), 120000)
    again = [line for _, line in rig.commands[before:]]
    assert not [line for line in again if line.startswith('AT+QIOTMCUVER="MCU",')]
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_t2_the_same_version_is_not_written_again():
    rig = upgraded(plan("2_0_0"))
    rig.run(lambda rig: False, 30000)
    assert rig.sent('AT+QIOTMCUVER="MCU",') == [OLD, NEW]


def test_t3_no_entry_is_ever_deleted():
    rig = Rig([plan("2_0_0"), plan("3_0_0")])
    rig.apps["2_0_0"] = crashing_app
    assert rig.run(Rig.settled)
    assert not [line for line in rig.sent('AT+QIOTMCUVER="MCU",') if line.endswith('""')]


def test_t4_nothing_is_reported_when_the_module_restarts_in_mid_download():
    rig = Rig([plan("2_0_0", 20000)])
    until_state(rig, DOWNLOADING)
    rig.module.reboot()
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.sent('AT+QIOTMCUVER="MCU",') == [OLD, NEW]


def test_t5_reads_come_often_even_with_slow_erases():
    rig = Rig([plan("2_0_0", 30000)])
    rig.erase_ms = 400
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and longest_gap(rig) < 20000


def test_t6_update_3_follows_the_last_read_at_once():
    rig = upgraded(plan("2_0_0", 30000))
    last = [ms for ms, line in rig.commands if line.startswith("AT+QIOTOTARD=")][-1]
    done = [ms for ms, line in rig.commands if line == "AT+QIOTUPDATE=3"][0]
    assert done - last < 2000


def test_t7_update_3_comes_after_every_byte_was_read():
    rig = upgraded(plan("2_0_0", 8000))
    lines = [line for _, line in rig.commands]
    assert lines.index("AT+QIOTUPDATE=3") > lines.index("AT+QIOTOTARD=8192,576")
    assert lines.count("AT+QIOTUPDATE=3") == 1


def test_t8_blocks_end_with_update_2_and_the_last_one_with_update_3():
    rig = upgraded(plan("2_0_0", 8000), flash_free=4384)
    assert rig.sent("AT+QIOTUPDATE=") == [
        "AT+QIOTUPDATE=1",
        "AT+QIOTUPDATE=2",
        "AT+QIOTUPDATE=3",
    ]


def test_t9_a_lost_answer_to_update_2_is_not_answered_by_another_one():
    rig = Rig([plan("2_0_0", 8000)], flash_free=4384)
    lose_answer(rig, "AT+QIOTUPDATE=2")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=2")) == 1


def test_t9_an_update_2_that_never_arrived_is_sent_again():
    rig = Rig([plan("2_0_0", 8000)], flash_free=4384)
    lose_command(rig, "AT+QIOTUPDATE=2")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=2")) == 1


def test_t10_a_shorter_answer_than_asked_for_is_counted_as_it_came():
    rig = upgraded(plan("2_0_0", 4000), read_limit=300)
    assert rig.cloud.verdicts == [10705]
    rig = Rig([plan("2_0_0", 4000)], read_limit=300)
    for _ in range(2):
        lose_answer(rig, "AT+QIOTOTARD=?")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and "AT+QIOTOTARD=684,340" in rig.sent("AT+QIOTOTARD=")


def test_t11_after_a_silent_retry_only_what_is_missing_is_read():
    rig = Rig([plan("2_0_0", 8000)], flash_free=3000)
    rig.cloud.storage.faults = [None, DROP]
    assert rig.run(Rig.settled)
    starts = [line for _, line in rig.urcs if "10703" in line]
    assert [line.split(",")[4] for line in starts] == ["0", "0", "3000", "6000"]
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=0,384")) == 1
    assert rig.slot_image(1) == image("2_0_0", 8000)


def test_t12_the_digests_of_the_first_10701_are_kept_for_the_retries():
    rig = Rig([plan("2_0_0", 8000)])
    rig.cloud.storage.faults = [DROP, STATUS, CORRUPT]
    rig.run(Rig.settled)
    # The damaged third download is noticed although only 10702 announced it.
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-sha256"


def test_t12_a_download_whose_10701_was_lost_is_installed_by_its_own_digest():
    rig = Rig([plan("2_0_0", 5000)])
    lose_urc(rig, "7,10701")
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_t13_a_module_restart_brings_the_download_again_without_a_plan():
    rig = Rig([plan("2_0_0", 20000)])
    until_read(rig, 5)
    rig.module.reboot()
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=1")) == 1


def test_t13_both_restart_in_mid_download():
    rig = Rig([plan("2_0_0", 20000)])
    until_read(rig, 5)
    rig.module.reboot()
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


@long
def test_t14_a_download_that_never_ends_is_given_up():
    rig = Rig([plan("2_0_0", 8000)])
    rig.cloud.storage.speed = 0.1
    assert rig.run(Rig.settled, 2 * 3600000)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "download-timeout"
    assert 3600000 < rig.clock.now() < 3700000


def test_t15_a_confirmation_that_comes_too_soon_is_repeated():
    rig = Rig([plan("2_0_0")], event_ms=1500)
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTUPDATE=1")) > 1


def test_t16_an_offer_that_is_repeated_starts_one_upgrade():
    rig = Rig([plan("2_0_0")])
    offers = []

    def offer_again(event, fields):
        if event == "offered" and not offers:
            offers.append(1)
            rig.clock.after(100, rig.cloud.push)

    rig.cloud.on_event = offer_again
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "2_0_0"]


def test_t17_no_plan_is_no_error():
    rig = Rig()
    rig.request_ms = 120000
    assert not rig.run(lambda rig: rig.updater.status.reason, 200000)
    assert rig.sent("AT+QIOTOTAREQ") == ["AT+QIOTOTAREQ=1"] * 2


def test_t18_10707_means_nothing():
    rig = upgraded(Plan([component("2_0_0"), Component("X", "1", b"x" * 2000)]))
    assert "+QIOTEVT: 7,10707" in [line for _, line in rig.urcs]
    assert rig.cloud.verdicts[0] == 10705


def test_t19_a_10701_without_sha256_is_verified_by_its_md5():
    rig = Rig([plan("2_0_0", 8000)])
    rig.cloud.storage.faults = [CORRUPT]

    def forget_mode(event, fields):
        rig.module.ota.sha256_mode = 0

    rig.cloud.on_event = forget_mode
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-md5"
