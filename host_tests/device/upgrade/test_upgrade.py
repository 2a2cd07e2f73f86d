"""Whole upgrades on the bench: the device code, the simulated module and the cloud."""

from components import Display
from qsota.boot.record_data import BAD, GOOD
from qsota.resident import status
from qsota.session.policy import ACCEPT, LATER, REFUSE
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.apps import crashing_app, doubtful_app, hanging_app
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.packages import image
from qsota_tools.proof.lab.rig import Rig
from words import component, plan, upgraded


def test_a_full_upgrade_ends_with_10705():
    rig = upgraded(plan("2_0_0"))
    assert rig.cloud.verdicts == [10705]
    assert rig.running == "2_0_0"
    assert rig.record.slots[1].state == GOOD
    assert rig.slot_image(1) == image("2_0_0", 5000)


def test_the_new_version_is_reported_only_after_the_application_confirmed():
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = doubtful_app
    rig.run(lambda rig: rig.running == "2_0_0" and rig.updater.status.phase == status.TRIAL)
    assert rig.sent('AT+QIOTMCUVER="MCU",') == ['AT+QIOTMCUVER="MCU","1_0_0"']
    rig.device.confirm()
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705]


def test_upgrades_alternate_between_the_slots():
    rig = upgraded(plan("2_0_0"), plan("3_0_0"), plan("4_0_0", 30000))
    assert rig.cloud.verdicts == [10705] * 3
    assert rig.boots == ["1_0_0", "2_0_0", "3_0_0", "4_0_0"]
    assert rig.slot_image(1) == image("4_0_0", 30000)


def test_a_package_in_blocks_is_put_together():
    rig = upgraded(plan("2_0_0", 20000), flash_free=7000)
    assert rig.cloud.verdicts == [10705]
    assert len(rig.sent("AT+QIOTUPDATE=2")) == 2
    assert rig.slot_image(1) == image("2_0_0", 20000)


def test_each_wire_form_of_the_payload_works():
    for form in ("raw", "hex", "hexwords"):
        rig = upgraded(plan("2_0_0", 4099), payload=form)
        assert rig.cloud.verdicts == [10705], form


def test_a_crash_in_the_trial_reverts_and_reports_the_old_version():
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = crashing_app
    assert rig.run(Rig.settled)
    assert rig.boots == ["1_0_0", "2_0_0", "2_0_0", "2_0_0", "1_0_0"]
    assert rig.cloud.verdicts == [10706]
    assert rig.record.slots[1].state == BAD and rig.record.reason == "trial-failed"


def test_a_hang_in_the_trial_is_ended_by_the_watchdog():
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = hanging_app
    assert rig.run(Rig.settled)
    assert rig.boots == ["1_0_0", "2_0_0", "2_0_0", "2_0_0", "1_0_0"]
    assert rig.cloud.verdicts == [10706]


def test_a_trial_that_is_never_confirmed_ends_at_its_deadline():
    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = doubtful_app
    assert rig.run(Rig.settled)
    assert rig.boots == ["1_0_0", "2_0_0", "1_0_0"]
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "trial-deadline"


def board_where_the_platform_confirms():
    return dict(CONFIG, trial=dict(CONFIG["trial"], confirm="platform"))


def test_reaching_the_platform_may_be_all_that_a_trial_has_to_do():
    rig = Rig([plan("2_0_0")], config=board_where_the_platform_confirms())
    rig.apps["2_0_0"] = doubtful_app
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.boots == ["1_0_0", "2_0_0"]


def test_a_trial_that_does_not_reach_the_platform_is_not_confirmed_by_it():
    rig = Rig([plan("2_0_0")], config=board_where_the_platform_confirms())
    rig.apps["2_0_0"] = doubtful_app
    assert rig.run(lambda rig: rig.device.trial)
    rig.module.powered = False
    assert rig.run(lambda rig: rig.boots[-1] == "1_0_0", 600000)
    assert rig.record.reason == "trial-deadline"


def test_a_failed_self_test_reverts_at_once():
    async def failing_app(rig, device):
        device.revert("sensor-dead")

    rig = Rig([plan("2_0_0")])
    rig.apps["2_0_0"] = failing_app
    assert rig.run(Rig.settled)
    assert rig.boots == ["1_0_0", "2_0_0", "1_0_0"]
    assert rig.record.reason == "sensor-dead" and rig.cloud.verdicts == [10706]


def test_after_a_revert_the_next_plan_is_installed():
    rig = Rig([plan("2_0_0"), plan("3_0_0")])
    rig.apps["2_0_0"] = crashing_app
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10706, 10705] and rig.running == "3_0_0"


def test_confirm_and_revert_of_a_confirmed_image_do_nothing():
    rig = upgraded(plan("2_0_0"))
    before = rig.record.seq
    rig.device.confirm()
    rig.device.revert()
    assert rig.record.seq == before


def test_recovery_installs_a_package_when_no_slot_is_good():
    rig = Rig([plan("2_0_0")], version=None)
    assert rig.run(Rig.settled)
    assert rig.boots == ["recovery", "2_0_0"] and rig.cloud.verdicts == [10705]


def test_progress_is_told_to_the_application():
    rig = Rig([plan("2_0_0", 5000)])
    phases, seen = [], []

    def keep(snapshot):
        seen.append(snapshot)
        if snapshot.phase not in phases:
            phases.append(snapshot.phase)

    rig.policy["on_progress"] = keep
    assert rig.run(Rig.settled)
    assert phases == [
        status.REPORTING,
        status.IDLE,
        status.OFFERED,
        status.WAITING,
        status.READING,
        status.INSTALLING,
        status.TRIAL,
    ]
    positions = [s.position for s in seen if s.phase == status.READING]
    assert positions[-1] == 5768 and positions == sorted(positions)
    assert all(s.length == 5768 for s in seen if s.phase == status.READING)


# --- policy


def refused(rig_policy, **condition):
    rig = Rig([Plan([component("2_0_0")])])
    for name, value in condition.items():
        setattr(rig.cloud.plan.components[0], name, value)
    rig.policy = rig_policy
    rig.run(lambda rig: rig.updater.status.reason, 60000)
    return rig, rig.updater.status.reason


def test_a_low_battery_leaves_the_plan_unanswered():
    rig, reason = refused({"battery": lambda: 29}, battery=30)
    assert reason == "battery-low" and rig.sent("AT+QIOTUPDATE") == []


def test_a_battery_as_full_as_the_plan_asks_is_enough():
    rig = Rig([plan("2_0_0")])
    rig.policy = {"battery": lambda: 30}
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_a_weak_signal_leaves_the_plan_unanswered_until_the_next_push():
    level = [-100]
    rig = Rig([plan("2_0_0")])
    rig.cloud.plan.components[0].signal = -90
    rig.policy = {"signal": lambda: level[0]}
    rig.clock.after(300000, level.append, 0)
    rig.clock.after(300000, level.pop, 0)
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705] and rig.clock.now() > 600000


def test_an_unknown_signal_is_not_good_enough():
    rig, reason = refused({"signal": lambda: None})
    assert reason == "signal-weak"


def test_the_signal_is_asked_from_the_module_by_default():
    rig = Rig([plan("2_0_0")], signal=3)
    rig.cloud.plan.components[0].signal = -100
    rig.run(lambda rig: rig.updater.status.reason, 60000)
    assert rig.updater.status.reason == "signal-weak" and rig.sent("AT+CSQ") == ["AT+CSQ"]


def test_the_user_can_refuse_or_put_off():
    rig, reason = refused({"consent": lambda plan: REFUSE})
    assert reason == "no-consent" and rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), 5000)
    rig, reason = refused({"consent": lambda plan: LATER})
    assert reason == "no-consent" and not rig.run(lambda rig: rig.sent("AT+QIOTUPDATE"), 5000)


def test_consent_may_be_a_coroutine_and_sees_the_plan():
    seen = []

    async def consent(plan):
        seen.append((plan.target, plan.space))
        return ACCEPT

    rig = Rig([plan("2_0_0")])
    rig.policy = {"consent": consent}
    assert rig.run(Rig.settled)
    assert seen == [("2_0_0", 5768)] and rig.cloud.verdicts == [10705]


# --- several components


def test_a_plan_of_two_components_installs_both():
    display = Display()
    screen = Component("DISPLAY", "d2", b"d2pixels" * 500)
    rig = Rig([Plan([screen, component("2_0_0")])])
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705, 10705]
    assert display.version == "d2" and display.data == b"d2pixels" * 500
    assert rig.running == "2_0_0"
    assert len(rig.sent("AT+QIOTUPDATE=1")) == 1


def test_the_application_first_and_then_another_component():
    display = Display()
    screen = Component("DISPLAY", "d2", b"d2pixels" * 500)
    rig = Rig([Plan([component("2_0_0"), screen])])
    rig.policy = {"targets": {"DISPLAY": display}}
    assert rig.run(Rig.settled)
    assert rig.cloud.verdicts == [10705, 10705] and display.version == "d2"


def test_a_component_that_nobody_knows_is_not_read():
    strange = Component("FPGA", "f1", b"bits" * 100)
    rig = upgraded(Plan([component("2_0_0"), strange]))
    assert rig.cloud.verdicts == [10705, 10706]
    assert rig.running == "2_0_0"


def test_a_plan_of_unknown_components_is_refused():
    rig = Rig([Plan([Component("FPGA", "f1", b"bits" * 100)])])
    assert rig.run(lambda rig: rig.sent("AT+QIOTUPDATE=0"), 60000)
    assert rig.updater.status.reason == "unknown-component"
