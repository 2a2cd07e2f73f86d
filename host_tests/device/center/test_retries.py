"""Another try for what failed: protocol.md 6.9."""

from center_bench import Bench, slot
from qsota_tools.center import plan_forms, retrying
from qsota_tools.center.complaints import BadInput

OFFER = [[("MCU", "2_0_0")]]


def failed(*keys, **fields):
    """A bench with a plan that these devices have failed in."""
    bench = Bench()
    probes = [bench.device(key, MCU="1_0_0") for key in keys or ("d1",)]
    plan = bench.plan(**fields)
    for probe in probes:
        probe.ask()
        probe.upgrade("1_0_0")
        probe.take()
    return bench, plan, probes


def hindrance(bench, plan, key="d1"):
    complaint = retrying.hindrance(bench.center, plan, bench.center.device("p1", key))
    return complaint and complaint.code


def test_an_online_device_is_tried_again_at_once():
    bench, plan, (probe,) = failed()
    retrying.retry(bench.center, plan, probe.device)
    assert probe.take() == OFFER
    probe.upgrade()
    assert bench.task(plan).status == "upgraded" and bench.task(plan).count == 2


def test_an_offline_device_is_tried_again_at_its_next_connection():
    bench, plan, (probe,) = failed(window=[0, 2])
    probe.online = False
    retrying.retry(bench.center, plan, probe.device)
    bench.until(slot(12))
    assert probe.take() == []
    probe.reconnect()
    assert probe.take() == OFFER
    probe.reconnect()
    assert probe.take() == []


def test_a_retry_needs_neither_the_push_period_nor_active_pushes():
    bench, plan, (probe,) = failed(window=[0, 2], active=False)
    retrying.retry(bench.center, plan, probe.device)
    assert probe.take() == OFFER


def test_only_what_failed_is_tried_again():
    bench, plan, (probe,) = failed()
    retrying.retry(bench.center, plan, probe.device)
    assert hindrance(bench, plan) == "not-failed"
    probe.upgrade()
    assert hindrance(bench, plan) == "not-failed"


def test_the_version_must_still_be_one_that_the_package_is_for():
    bench, plan, (probe,) = failed()
    probe.versions(MCU="2_0_0")
    assert hindrance(bench, plan) == "wrong-version"


def test_only_plans_that_are_upgrading_and_within_their_time_are_tried_again():
    bench, plan, _ = failed(end=slot(12))
    plan_forms.suspend(bench.center, plan.id)
    assert hindrance(bench, plan) == "plan-not-upgrading"
    plan_forms.resume(bench.center, plan.id)
    assert hindrance(bench, plan) is None
    bench.until(slot(12))
    assert hindrance(bench, plan) == "plan-over"


def test_manual_plans_are_tried_again_in_the_app():
    bench = Bench()
    bench.device()
    assert hindrance(bench, bench.plan(mode="manual")) == "retry-in-app"


def test_a_retry_that_cannot_be_is_refused_with_the_reason():
    bench, plan, (probe,) = failed()
    plan_forms.terminate(bench.center, plan.id)
    try:
        retrying.retry(bench.center, plan, probe.device)
        raise AssertionError
    except BadInput as bad:
        assert (bad.field, bad.code) == ("plan", "plan-not-upgrading")


def test_a_batch_tells_who_cannot_be_tried_again_and_why():
    bench, plan, (first, second, third) = failed("d1", "d2", "d3")
    second.versions(MCU="2_0_0")
    third.online = False
    devices = [probe.device for probe in (first, second, third)]
    hindered = retrying.retry_batch(bench.center, plan, devices)
    assert [(device.key, complaint.code) for device, complaint in hindered] == [
        ("d2", "wrong-version")
    ]
    assert first.take() == OFFER and bench.task(plan, "d3").retry
