"""Several plans for a device, and reports that cannot be true."""

from center_bench import HOUR, MINUTE, Bench, slot
from center_plans import OFFER, against, chance
from qsota_tools.center import flow, life_cycle
from qsota_tools.center.push_rules import REQUEST
from qsota_tools.module.states import REFUSEDOTA, REVICEPLAN, UPDATEERROR

# Order


def test_several_plans_for_a_device_run_one_after_the_other():
    bench = Bench()
    probe = bench.device()
    bench.plan()
    second = bench.plan(bench.package("3_0_0"))
    assert "turn" in against(bench, second)
    assert probe.ask() == OFFER
    probe.confirm()
    assert probe.ask() == [] and "turn" in against(bench, second)
    probe.upgrade()
    assert probe.ask() == [[("MCU", "3_0_0")]]


def test_a_plan_does_not_wait_for_one_that_the_device_cannot_get():
    bench = Bench()
    probe = bench.device(MCU="1_0_0")
    bench.plan(bench.package("2_0_0", source_version="0_9_0"))
    bench.plan(bench.package("3_0_0"))
    assert probe.ask() == [[("MCU", "3_0_0")]]


def test_a_plan_waits_while_an_earlier_one_only_waits_for_its_time():
    bench = Bench()
    probe = bench.device()
    bench.plan(reject_min=60)
    bench.plan(bench.package("3_0_0"))
    bench.until(slot(10, 10))
    probe.report(REVICEPLAN, REFUSEDOTA)
    assert probe.ask() == []


def test_a_device_that_has_confirmed_gets_no_further_offer():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    bench.until(slot(10, 10))
    probe.confirm()
    probe.take()
    bench.wait(HOUR)
    assert probe.ask() == [] and "not-running" in against(bench, plan)


def test_a_device_that_is_through_gets_no_further_offer():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    bench.until(slot(10, 10))
    probe.upgrade()
    probe.take()
    probe.versions(MCU="1_0_0")
    bench.wait(HOUR)
    assert probe.ask() == [] and "unfinished" in against(bench, plan)


# Lies


def test_a_repeated_report_of_an_upgrade_that_is_over_changes_nothing():
    bench = Bench()
    probe = bench.device()
    bench.plan()
    second = bench.plan(bench.package("3_0_0"))
    bench.until(slot(10, 10))
    probe.upgrade()
    bench.until(slot(10, 20))
    assert probe.take()[-1] == [("MCU", "3_0_0")]
    probe.report(UPDATEERROR)
    probe.report(11, versions={"MCU": "2_0_0"})
    assert bench.task(second).status == "not-upgraded"
    probe.upgrade("3_0_0")
    assert bench.task(second).status == "upgraded"


def test_success_without_the_version_is_a_failure():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    bench.until(slot(10, 10))
    probe.upgrade("1_9_9")
    assert (bench.task(plan).status, bench.task(plan).reason) == ("failed", "wrong-version")


def test_a_confirmation_that_nobody_asked_for_is_not_answered():
    bench = Bench()
    probe = bench.device()
    bench.plan()
    probe.confirm()
    assert probe.urls == []


def test_the_next_chance_of_a_suspended_plan_is_told_as_if_it_were_resumed():
    bench = Bench()
    bench.device()
    plan = bench.plan()
    life_cycle.suspend(bench.center, plan)
    assert against(bench, plan) == ["status", "grid"] and chance(bench, plan) == slot(10, 10)


def test_a_device_that_reports_nothing_for_two_days_is_given_up():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    bench.until(slot(10, 10))
    probe.confirm()
    bench.wait(47 * HOUR)
    probe.report(5)
    bench.wait(48 * HOUR - MINUTE)
    assert bench.task(plan).status == "in-progress"
    bench.wait(2 * MINUTE)
    assert bench.task(plan).reason == "silent-too-long" and bench.center.running == 0
    assert flow.push(bench.center, probe.device, REQUEST) is False
