"""The traps of the QuecThing SOTA flow, T1 to T33: what the device must do, each on the bench."""

from qsota.boot.record_data import GOOD
from qsota_tools.center.cloud import NOT_NEEDED
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import CORRUPT, DROP, STATUS, WHOLE
from qsota_tools.module.states import DOWNLOADING, DOWNLOADSUCCESS, UPDATING
from qsota_tools.proof.lab.apps import crashing_app, doubtful_app
from qsota_tools.proof.lab.faults import change_urc, flip_bit, lose_answer, lose_command, lose_urc
from qsota_tools.proof.lab.packages import image, plain
from qsota_tools.proof.lab.rig import Rig
from words import component, longest_gap, plan, upgraded

OLD = 'AT+QIOTMCUVER="MCU","1_0_0"'
NEW = 'AT+QIOTMCUVER="MCU","2_0_0"'


def until_state(rig, state):
    """Run until the module is in that OTA state."""
    assert rig.run(lambda rig: rig.module.state == state, 600000)


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


def test_t20_a_cloud_without_sha256_is_asked_for_md5_only():
    rig = Rig([plan("2_0_0"), plan("2_0_0")])
    rig.cloud.plan.components[0].firmware.sha256 = ""
    assert rig.run(Rig.settled)
    assert rig.cloud.results == [10706, 10705]
    assert rig.sent("AT+QIOTOTAREQ")[:2] == ["AT+QIOTOTAREQ=1", "AT+QIOTOTAREQ=0"]


def test_t21_a_damaged_file_is_read_twice_and_then_refused():
    rig = Rig([plan("2_0_0", 8000)])
    rig.cloud.storage.faults = [CORRUPT]
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.boots == ["1_0_0"]
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 2 and rig.sent("AT+QIOTUPDATE=3") == []


def test_t21_a_byte_that_changed_on_the_wire_costs_one_more_reading():
    rig = Rig([plan("2_0_0", 8000)])
    flip_bit(rig, b"+QIOTOTARD: 4096,")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=0,384")) == 2


def test_t22_blocks_from_a_server_that_ignores_ranges_are_refused():
    rig = Rig([plan("2_0_0", 8000)], flash_free=3000)
    rig.cloud.storage.faults = [None, WHOLE]
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-sha256"


def test_t23_an_offer_with_empty_source_and_no_space_is_taken():
    rig = Rig([Plan([Component("MCU", "2_0_0", plain("2_0_0"), signal=-113, space=0)])])
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_t24_conditions_that_are_not_met_leave_the_plan_unanswered():
    rig = Rig([plan("2_0_0")])
    rig.policy = {"battery": lambda: 10}
    assert not rig.run(lambda rig: rig.sent("AT+QIOTUPDATE"), 60000)
    assert rig.updater.status.reason == "battery-low"


def test_t25_a_length_that_changed_in_between_is_refused():
    rig = Rig([plan("2_0_0", 5000)])
    change_urc(rig, b"5768,0,5768", b"5700,0,5700")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "wrong-length"


def test_t26_a_plan_for_the_running_version_makes_the_cloud_look_again():
    rig = Rig([plan("1_0_0")])
    rig.cloud.skip_done = False
    rig.cloud.connected = lambda versions: None  # the cloud knows no version yet
    rig.run(lambda rig: rig.cloud.results, 1200000)
    assert rig.cloud.results == [NOT_NEEDED] and rig.sent("AT+QIOTUPDATE=1") == []


def test_t27_a_revert_reports_the_old_version_at_once():
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = crashing_app
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706] and rig.sent('AT+QIOTMCUVER="MCU",') == [OLD, OLD]
    assert rig.clock.now() < 30000


def test_t28_a_confirmation_after_the_20_minutes_still_reports_the_real_version():
    rig = Rig([plan("2_0_0")])
    rig.board.config["trial"]["deadline_s"] = 3000
    rig.apps["2_0_0"] = doubtful_app
    assert rig.run(lambda rig: rig.cloud.verdicts == [10706])
    rig.device.confirm()
    assert rig.run(Rig.settled)
    rig.board.config["trial"]["deadline_s"] = 300
    assert rig.sent('AT+QIOTMCUVER="MCU",') == [OLD, NEW] and rig.record.slots[1].state == GOOD


def test_t29_a_power_cut_before_the_report_does_not_lose_it():
    rig = Rig([plan("2_0_0")])
    assert rig.run(lambda rig: rig.record.slots[1].state == GOOD)
    assert rig.cloud.verdicts == []
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "2_0_0", "2_0_0"]


def test_t30_a_version_that_is_new_to_the_table_is_told_to_the_cloud():
    rig = Rig()
    assert rig.run(lambda rig: rig.sent('AT+QIOTINFO="up"'), 60000)
    assert rig.cloud.versions == {"MCU": "1_0_0"}


def test_t31_registration_is_repeated_when_the_module_restarts():
    rig = Rig()
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTAREQ"), 60000)
    rig.module.reboot()
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTREG=1")) == 2, 60000)
    assert rig.run(lambda rig: rig.module.link.online, 60000)


def test_t31_a_restart_that_was_not_noticed_is_found_within_minutes():
    rig = Rig()
    assert rig.run(lambda rig: rig.sent("AT+QIOTOTAREQ"), 60000)
    lose_urc(rig, "RDY")
    rig.module.reboot()
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTREG=1")) == 2, 900000)


def test_t32_the_product_is_written_only_when_it_differs():
    rig = Rig(product=("pk", "ps"))
    rig.settings = {"pk": "pk", "ps": "ps"}
    assert rig.run(lambda rig: rig.module.link.online, 60000)
    assert rig.sent('AT+QIOTCFG="productinfo",') == []
    rig = Rig(product=None)
    rig.settings = {"pk": "pk", "ps": "ps"}
    assert rig.run(lambda rig: rig.module.link.online, 60000)
    assert rig.sent('AT+QIOTCFG="productinfo",') == ['AT+QIOTCFG="productinfo","pk","ps"']


def test_t33_a_version_that_can_never_be_reported_is_refused():
    rig = Rig([plan("2_0_0")])
    rig.cloud.plan.components[0].target = "2:0"
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE"), 60000)
    assert rig.sent("AT+QIOTUPDATE") == ["AT+QIOTUPDATE=0"]
    assert rig.updater.status.reason == "bad-version"


def test_nothing_hangs_on_a_urc_alone():
    for urc in ("7,10702", "7,10703", "7,10704", "7,10705", "3,10200"):
        rig = Rig([plan("2_0_0", 8000)], flash_free=5000)
        lose_urc(rig, urc)
        assert rig.run(Rig.settled), urc
        assert rig.cloud.verdicts == [10705], urc


def test_a_lost_offer_comes_again_on_the_grid():
    rig = Rig([plan("2_0_0")])
    lose_urc(rig, "7,10700")
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.clock.now() > 600000


def test_a_module_restart_in_any_state_ends_well():
    for state in (1, 2, 4, DOWNLOADING, DOWNLOADSUCCESS, UPDATING):
        rig = Rig([plan("2_0_0", 20000)])
        until_state(rig, state)
        rig.module.reboot()
        assert rig.run(Rig.settled), state
        assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0", state
