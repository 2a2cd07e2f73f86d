"""The traps T20 to T33 of the protocol: plans, verdicts and restarts."""

from cases import long
from qsota.boot.record_data import GOOD
from qsota_tools.center.cloud import NOT_NEEDED
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import CORRUPT, WHOLE
from qsota_tools.module.states import DOWNLOADING, DOWNLOADSUCCESS, UPDATING
from qsota_tools.proof.lab.apps import crashing_app, doubtful_app
from qsota_tools.proof.lab.faults import change_urc, flip_bit, lose_urc
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.lab.rig import Rig
from trap_runs import NEW, OLD, until_state
from words import plan


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


@long
def test_a_module_restart_in_any_state_ends_well():
    for state in (1, 2, 4, DOWNLOADING, DOWNLOADSUCCESS, UPDATING):
        rig = Rig([plan("2_0_0", 20000)])
        until_state(rig, state)
        rig.module.reboot()
        assert rig.run(Rig.settled), state
        assert rig.cloud.verdicts == [10705] and rig.running == "2_0_0", state
