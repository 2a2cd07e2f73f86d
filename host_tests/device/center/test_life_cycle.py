"""A plan from its activation to its end, and the five statuses: protocol.md 6.7 and 6.8."""

from center_bench import DAY, HOUR, Bench, slot
from qsota_tools.center import monitoring, outcome, plan_forms
from qsota_tools.center.complaints import BadInput
from qsota_tools.center.restart import restore

OFFER = [[("MCU", "2_0_0")]]
ACTIONS = ("activate", "suspend", "resume", "terminate", "delete_plan")


def act(bench, plan, action):
    return getattr(plan_forms, action)(bench.center, plan.id)


def counts(bench, plan):
    sums = monitoring.counts(bench.center, plan)
    return {status: number for status, number in sums.items() if number}


def test_a_saved_plan_does_nothing():
    bench = Bench()
    probe = bench.device()
    plan = bench.saved()
    bench.wait(DAY)
    assert plan.status == "saved" and probe.take() == [] and probe.ask() == []


def test_a_saved_plan_can_be_deleted_an_active_one_cannot():
    bench = Bench()
    plan = bench.saved()
    act(bench, plan, "delete_plan")
    assert bench.center.plans == {}
    active = bench.plan()
    try:
        act(bench, active, "delete_plan")
        raise AssertionError
    except BadInput as bad:
        assert bad.code == "not-in-status"


def test_what_each_status_allows():
    for status, allowed in (
        ("saved", ("activate", "delete_plan")),
        ("active", ("suspend", "terminate")),
        ("upgrading", ("suspend", "terminate")),
        ("suspended", ("resume", "terminate")),
        ("terminated", ()),
        ("ended", ()),
    ):
        for action in ACTIONS:
            bench = Bench()
            plan = bench.saved()
            plan.status = status
            if status in ("active", "upgrading", "suspended"):
                bench.center.live.append(plan)
            try:
                act(bench, plan, action)
                assert action in allowed, (status, action)
            except BadInput as bad:
                assert action not in allowed, (status, action)
                assert bad.code == "not-in-status" and plan.status == status


def test_a_plan_is_active_until_a_device_confirms_then_it_upgrades():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    assert plan.status == "active"
    bench.until(slot(10, 10))
    assert plan.status == "active" and counts(bench, plan) == {"not-upgraded": 1}
    probe.confirm()
    assert plan.status == "upgrading" and counts(bench, plan) == {"in-progress": 1}
    probe.upgrade()
    assert counts(bench, plan) == {"upgraded": 1} and bench.task(plan).ended == bench.now


def test_a_suspended_plan_gives_waiting_devices_nothing_and_lets_running_ones_finish():
    bench = Bench()
    waiting, running = bench.device("d1"), bench.device("d2")
    plan = bench.plan()
    bench.until(slot(10, 10))
    running.confirm()
    act(bench, plan, "suspend")
    waiting.take()
    waiting.confirm()  # too late: what was offered does not count any more
    bench.wait(HOUR)
    assert waiting.take() == waiting.urls == [] and waiting.ask() == []
    running.upgrade()
    assert counts(bench, plan) == {"not-upgraded": 1, "upgraded": 1}
    act(bench, plan, "resume")
    assert plan.status == "upgrading" and waiting.ask() == OFFER


def test_a_plan_that_nobody_had_begun_is_active_again_after_a_pause():
    bench = Bench()
    plan = bench.plan()
    act(bench, plan, "suspend")
    act(bench, plan, "resume")
    assert plan.status == "active"


def test_termination_fails_waiting_devices_and_lets_running_ones_finish():
    bench = Bench()
    waiting, running = bench.device("d1"), bench.device("d2")
    never = bench.device("d3")
    never.online = False
    plan = bench.plan()
    bench.until(slot(10, 10))
    running.confirm()
    act(bench, plan, "terminate")
    assert plan.status == "terminated" and plan in bench.center.live
    assert counts(bench, plan) == {"failed": 2, "in-progress": 1}
    for key in ("d1", "d3"):
        device = bench.center.device("p1", key)
        assert monitoring.status_of(plan, device) == ("failed", "plan-terminated")
    assert waiting.ask() == []
    running.upgrade()
    assert counts(bench, plan) == {"failed": 2, "upgraded": 1} and bench.center.live == []


def test_at_the_end_of_its_time_a_plan_ends_with_its_last_running_device():
    bench = Bench()
    waiting, running = bench.device("d1"), bench.device("d2")
    plan = bench.plan(end=slot(12))
    bench.until(slot(11, 50))
    running.confirm()
    bench.until(slot(12))
    assert plan.status == "upgrading" and waiting.ask() == []
    assert counts(bench, plan) == {"failed": 1, "in-progress": 1}
    running.upgrade()
    assert plan.status == "ended" and plan.ended == bench.now
    assert counts(bench, plan) == {"failed": 1, "upgraded": 1}
    assert bench.task(plan, "d1").reason == "plan-ended"


def test_a_plan_without_running_devices_ends_on_time():
    bench = Bench()
    bench.device()
    plan = bench.plan(end=slot(12))
    bench.until(slot(12) - 1)
    assert plan.status == "active"
    bench.until(slot(12))
    assert plan.status == "ended" and counts(bench, plan) == {"failed": 1}


def test_devices_that_come_after_the_end_are_not_counted():
    bench = Bench()
    bench.device()
    plan = bench.plan(end=slot(12))
    bench.until(slot(13))
    bench.device("new")
    assert counts(bench, plan) == {"failed": 1}


def test_the_success_rate_leaves_out_what_has_not_ended():
    sums = dict.fromkeys(("not-upgraded", "in-progress", "upgraded", "failed", "not-needed"), 5)
    assert monitoring.success_rate(sums) == 0.5
    sums["failed"] = 0
    assert monitoring.success_rate(sums) == 1
    sums["upgraded"] = 0
    assert monitoring.success_rate(sums) is None


def test_the_operator_can_give_up_a_device_that_will_never_finish():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    bench.until(slot(10, 10))
    probe.confirm()
    outcome.give_up(bench.center, probe.device.task)
    assert bench.task(plan).reason == "given-up" and bench.center.running == 0
    probe.versions(MCU="2_0_0")
    assert monitoring.runs_target(plan, probe.device)  # whatever the status says
    assert bench.task(plan).status == "failed"


def test_after_a_restart_plans_timers_and_upgrades_go_on():
    bench = Bench()
    first, second = bench.device("d1"), bench.device("d2")
    plan = bench.plan(end=slot(12))
    bench.until(slot(10, 10))
    first.report(1, 2)  # its URL is due in half a second
    center = bench.center
    center._due, center.live, center.running = [], [], 0
    first.device.task = second.device.task = None
    restore(center)
    assert center.live == [plan] and center.running == 1
    bench.wait(1000)
    assert len(first.urls) == 1 and second.device.task.plan is plan
    first.upgrade()
    second.confirm()
    bench.until(slot(12))
    assert counts(bench, plan) == {"upgraded": 1, "in-progress": 1}
