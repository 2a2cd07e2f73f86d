"""What the platform limits: protocol.md 6.1."""

from center_bench import DAY, Bench, slot
from qsota_tools.center.decide import decide
from qsota_tools.center.push_rules import CAPACITY, REQUEST

OFFER = [[("MCU", "2_0_0")]]
MB = 1 << 20


def quota_rule(bench, plan):
    decision = decide(bench.center, plan, bench.center.device("p1", "d1"), REQUEST)
    return [rule for rule in decision.rules if rule.code == "quota"][0]


def test_not_more_than_10000_devices_are_upgraded_at_the_same_time():
    bench = Bench()
    probe, plan = bench.device(), bench.plan()
    bench.center.running = CAPACITY
    assert probe.ask() == []
    rules = decide(bench.center, plan, probe.device, REQUEST).against
    assert [rule.code for rule in rules] == ["capacity"] and CAPACITY == 10000
    bench.center.running -= 1
    assert probe.ask() == OFFER


def test_devices_that_run_are_counted():
    bench = Bench()
    probes = [bench.device(key) for key in ("d1", "d2")]
    bench.plan()
    for number, probe in enumerate(probes):
        probe.ask()
        probe.confirm()
        assert bench.center.running == number + 1
    probes[0].upgrade()
    probes[1].upgrade("1_0_0")
    assert bench.center.running == 0


def test_without_quota_there_is_no_upgrade():
    bench = Bench()
    bench.center.quota = 0
    probe, plan = bench.device(), bench.plan()
    assert probe.ask() == [] and not quota_rule(bench, plan).ok
    bench.center.topup = 1
    assert probe.ask() == OFFER
    probe.confirm()
    assert bench.center.topup == 0


def test_a_device_has_one_upgrade_a_month():
    bench = Bench()
    bench.center.quota = 1
    probe = bench.device()
    bench.plan()
    second = bench.plan(bench.package("3_0_0"), end=bench.now + 60 * DAY)
    probe.ask()
    probe.upgrade()
    assert probe.ask() == []
    rule = quota_rule(bench, second)
    assert rule.next == slot(8, day=31)  # the first of January 00:00 UTC
    bench.until(rule.next)
    assert probe.take() == [[("MCU", "3_0_0")]]


def test_each_started_5_mb_is_counted():
    for size, count in ((1, 1), (5 * MB, 1), (5 * MB + 1, 2)):
        bench = Bench()
        bench.center.quota, bench.center.topup = 0, 10
        package = bench.package()
        package.files[0].size = size
        probe = bench.device()
        bench.plan(package)
        probe.ask()
        probe.confirm()
        assert bench.center.topup == 10 - count


def test_what_more_than_a_months_quota_costs_waits_for_more_to_be_bought():
    bench = Bench()
    bench.center.quota = 1
    package = bench.package()
    package.files[0].size = 6 * MB
    bench.device()
    plan = bench.plan(package)
    assert quota_rule(bench, plan).waits == "event"


def test_an_upgrade_that_is_not_confirmed_costs_nothing():
    bench = Bench()
    bench.center.quota = 1
    probe = bench.device()
    bench.plan(reject_min=10)
    assert probe.ask() == OFFER
    probe.report(1, 3)
    bench.wait(DAY)
    assert probe.ask() != [] and probe.device.used == 0
