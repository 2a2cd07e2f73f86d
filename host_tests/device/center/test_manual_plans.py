"""Plans that the user confirms in the app: protocol.md 6.4, 6.10."""

from center_bench import DAY, HOUR, MINUTE, Bench, slot
from qsota_tools.center import app_side
from qsota_tools.center.complaints import BadInput
from qsota_tools.center.decide import decide
from qsota_tools.module.states import REFUSEDOTA, REVICEPLAN

OFFER = [[("MCU", "2_0_0")]]


def manual(**fields):
    bench = Bench()
    probe = bench.device()
    return bench, probe, bench.plan(mode="manual", **fields)


def complaint(fn, *args):
    try:
        fn(*args)
    except BadInput as bad:
        return bad.field, bad.code
    return None


def against(bench, plan):
    return [
        rule.code for rule in decide(bench.center, plan, bench.center.device("p1", "d1")).against
    ]


def test_a_manual_plan_brings_nothing_before_the_user_has_confirmed():
    bench, probe, plan = manual()
    bench.wait(HOUR)
    assert probe.take() == [] and probe.ask() == [] and "consent" in against(bench, plan)


def test_the_app_shows_the_plan_to_the_user():
    bench, probe, plan = manual()
    bench.plan(bench.package("3_0_0"))  # silent: none of the user's business
    assert app_side.upgrade_plans(bench.center, probe.device) == [plan]
    probe.online = False
    assert app_side.upgrade_plans(bench.center, probe.device) == [plan]
    probe.versions(MCU="2_0_0")
    assert app_side.upgrade_plans(bench.center, probe.device) == []


def test_a_confirmation_brings_the_plan_at_once_and_the_mcu_still_has_to_confirm():
    bench, probe, plan = manual(window=[0, 2])
    app_side.confirm(bench.center, probe.device, plan)
    assert probe.take() == OFFER and bench.task(plan).status == "not-upgraded"
    assert probe.urls == []
    probe.upgrade()
    assert bench.task(plan).status == "upgraded"


def test_what_the_user_confirmed_while_the_device_was_off_comes_on_the_grid():
    bench, probe, plan = manual(window=[0, 2])
    probe.online = False
    app_side.confirm(bench.center, probe.device, plan)
    bench.wait(HOUR)
    assert probe.take() == []
    probe.reconnect()
    bench.until(slot(11, 10))
    assert probe.take() == OFFER


def test_the_user_may_appoint_a_time():
    bench, probe, plan = manual()
    app_side.appoint(bench.center, probe.device, plan, slot(14, 5), slot(15, 5))
    bench.until(slot(14, 5))
    assert probe.take() == [] and probe.ask() == OFFER
    bench.until(slot(14, 10))
    assert probe.take() == OFFER
    bench.until(slot(15))
    probe.take()
    bench.until(slot(15, 5))
    assert probe.ask() == [] and "consent" in against(bench, plan)


def test_the_next_chance_is_in_the_appointed_time():
    bench, probe, plan = manual()
    app_side.appoint(bench.center, probe.device, plan, slot(14, 5), slot(15, 5))
    assert decide(bench.center, plan, probe.device).next == slot(14, 10)


def test_an_appointment_is_at_least_an_hour_within_the_planned_time():
    bench, probe, plan = manual(start=slot(10), end=slot(20))
    for start, end, wanted in (
        (slot(14), slot(15) - 1, ("end", "shorter-than-an-hour")),
        (slot(15), slot(14), ("end", "shorter-than-an-hour")),
        (slot(9), slot(10, 1), ("end", "already-over")),
        (slot(9), slot(11), ("start", "outside-plan")),
        (slot(19, 30), slot(20, 30), ("start", "outside-plan")),
        ("14:00", slot(15), ("start", "wrong-type")),
        (slot(14), slot(15), None),
    ):
        args = (app_side.appoint, bench.center, probe.device, plan, start, end)
        assert complaint(*args) == wanted


def test_a_user_who_cancels_fails_the_upgrade_and_may_change_his_mind():
    bench, probe, plan = manual()
    app_side.cancel(bench.center, probe.device, plan)
    task = bench.task(plan)
    assert (task.status, task.reason) == ("failed", "cancelled")
    bench.wait(HOUR)
    assert probe.take() == []
    app_side.confirm(bench.center, probe.device, plan)
    assert probe.take() == OFFER and task.status == "not-upgraded"


def test_an_upgrade_that_runs_cannot_be_stopped_from_the_app():
    bench, probe, plan = manual()
    app_side.confirm(bench.center, probe.device, plan)
    probe.confirm()
    for action in (app_side.cancel, app_side.confirm, app_side.delete_upgrade):
        assert complaint(action, bench.center, probe.device, plan) == ("device", "running")


def test_with_auto_confirm_the_push_period_limits_the_pushes():
    bench, probe, plan = manual(window=[0, 2])
    app_side.set_auto_confirm(bench.center, probe.device, True)
    bench.until(slot(0, day=1) - 1)
    assert probe.take() == [] and "window" in against(bench, plan)
    bench.until(slot(0, day=1))
    assert probe.take() == OFFER
    app_side.set_auto_confirm(bench.center, probe.device, False)
    bench.wait(DAY)
    assert probe.take() == []


def test_what_the_user_chose_can_be_forgotten():
    bench, probe, plan = manual()
    assert complaint(app_side.delete_upgrade, bench.center, probe.device, plan) == (
        "device",
        "not-offered",
    )
    app_side.confirm(bench.center, probe.device, plan)
    probe.take()
    app_side.delete_upgrade(bench.center, probe.device, plan)
    bench.wait(HOUR)
    assert probe.take() == []


def test_a_failed_manual_upgrade_is_tried_again_by_the_user():
    bench, probe, plan = manual()
    app_side.confirm(bench.center, probe.device, plan)
    probe.upgrade("1_0_0")
    probe.take()
    assert bench.task(plan).status == "failed"
    app_side.confirm(bench.center, probe.device, plan)
    assert probe.take() == OFFER
    probe.upgrade()
    assert bench.task(plan).status == "upgraded" and bench.task(plan).count == 2


def test_a_refusal_by_the_mcu_leaves_the_users_word_valid():
    bench, probe, plan = manual()
    app_side.confirm(bench.center, probe.device, plan)
    probe.report(REVICEPLAN, REFUSEDOTA)
    probe.take()
    bench.wait(10 * MINUTE)
    assert probe.take() == OFFER


def test_the_app_has_nothing_to_say_about_silent_plans():
    bench = Bench()
    probe, plan = bench.device(), bench.plan()
    assert complaint(app_side.confirm, bench.center, probe.device, plan) == ("plan", "manual-only")


def test_the_app_cannot_confirm_what_the_device_cannot_get():
    bench, probe, plan = manual(blacklist=["d1"])
    assert complaint(app_side.confirm, bench.center, probe.device, plan) == (
        "device",
        "not-offered",
    )


def test_a_manual_plan_without_a_word_of_the_user_holds_up_no_other():
    bench, probe, plan = manual()
    bench.plan(bench.package("3_0_0"))
    assert probe.ask() == [[("MCU", "3_0_0")]]


def test_the_details_are_in_the_terms_of_the_app():
    bench, probe, plan = manual()
    app_side.confirm(bench.center, probe.device, plan)
    task = bench.task(plan)
    details = app_side.details(plan, task)
    assert (details["deviceStatus"], details["upgradeProgress"]) == (0, 0)
    (component,) = details["components"]
    assert (component["comType"], component["dataType"], component["space"]) == (1, 0, 1000)
    probe.confirm()
    probe.device.progress = {"kind": "read", "start": 200, "length": 300, "total": 1000}
    details = app_side.details(plan, task)
    assert (details["deviceStatus"], details["upgradeProgress"]) == (1, 0.5)
    probe.upgrade()
    details = app_side.details(plan, task)
    assert (details["deviceStatus"], details["upgradeProgress"]) == (2, 1)
