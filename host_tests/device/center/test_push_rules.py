"""When a device gets a plan: protocol.md 6.4 and 6.11. The bench starts at 10:03."""

from center_bench import DAY, Bench, slot
from center_plans import OFFER, against, chance
from qsota_tools.center.decide import decide
from qsota_tools.center.push_rules import REQUEST
from qsota_tools.module.states import REFUSEDOTA, REVICEPLAN

# Who


def test_a_plan_without_lists_is_for_all_devices_of_the_product():
    bench = Bench()
    probes = [bench.device(key) for key in ("d1", "d2")]
    bench.plan()
    bench.until(slot(10, 10))
    assert [probe.take() for probe in probes] == [OFFER, OFFER]


def test_a_plan_is_only_for_devices_of_its_product():
    bench = Bench()
    stranger = bench.device("s1", product="p2")
    plan = bench.plan()
    bench.until(slot(10, 10))
    assert stranger.offers == []
    rules = decide(bench.center, plan, stranger.device).against
    assert [rule.code for rule in rules] == ["product"]


def test_with_a_whitelist_only_those_are_upgraded():
    bench = Bench()
    inside, outside = bench.device("d1"), bench.device("d2")
    plan = bench.plan(whitelist=["d1"])
    bench.until(slot(10, 10))
    assert inside.take() == OFFER and outside.take() == []
    assert "whitelist" in against(bench, plan, "d2")


def test_devices_in_the_blacklist_never_get_the_plan():
    bench = Bench()
    inside, outside = bench.device("d1"), bench.device("d2")
    plan = bench.plan(blacklist=["d1"])
    bench.until(slot(10, 10))
    assert inside.ask() == [] and outside.take() == OFFER
    assert "blacklist" in against(bench, plan, "d1")


def test_black_beats_white():
    bench = Bench()
    probe = bench.device("d1")
    plan = bench.plan(whitelist=["d1"], blacklist=["d1"])
    assert probe.ask() == [] and "blacklist" in against(bench, plan)


def test_a_device_that_comes_on_line_later_enters_the_flow():
    bench = Bench()
    bench.plan()
    bench.until(slot(10, 30))
    late = bench.device("late")
    bench.until(slot(10, 40))
    assert late.take() == OFFER


def test_an_offline_device_gets_nothing_until_it_is_back():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    probe.online = False
    bench.until(slot(10, 10))
    assert probe.take() == [] and against(bench, plan) == ["online"]
    probe.reconnect()
    assert probe.take() == []  # not with the connection, but on the grid
    bench.until(slot(10, 20))
    assert probe.take() == OFFER


# When


def test_plans_are_pushed_on_the_grid_of_ten_minutes_until_the_device_answers():
    bench = Bench()
    probe = bench.device()
    bench.plan()
    bench.until(slot(10, 10) - 1)
    assert probe.take() == []
    bench.until(slot(10, 10))
    assert probe.take() == OFFER
    bench.until(slot(10, 40))
    assert probe.take() == OFFER * 3
    probe.confirm()
    bench.until(slot(11, 40))
    assert probe.take() == []


def test_outside_of_the_planned_time_neither_the_grid_nor_a_request_brings_it():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(start=slot(11, 5), end=slot(12, 5))
    assert probe.ask() == [] and chance(bench, plan, REQUEST) == slot(11, 5)
    assert chance(bench, plan) == slot(11, 10)
    bench.until(slot(11, 10) - 1)
    assert probe.take() == []
    assert probe.ask() == OFFER * 2  # by the grid and by the request
    bench.until(slot(12, 5))
    assert probe.ask() == [] and chance(bench, plan) is None


def test_the_push_period_is_in_the_zone_of_the_plan():
    # The example of the platform: made at 10:00, period 00:00 to 02:00, first push at 00:00.
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(window=[0, 2])
    assert chance(bench, plan) == slot(0, 0, day=1)
    bench.until(slot(0, 0, day=1) - 1)
    assert probe.take() == []
    bench.until(slot(0, 0, day=1))
    assert probe.take() == OFFER
    bench.until(slot(1, 50, day=1))
    probe.take()
    bench.until(slot(23, 50, day=1))
    assert probe.take() == []


def test_a_push_period_in_another_zone():
    bench = Bench()
    plan = bench.plan(window=[0, 2], zone="UTC-05:00")
    bench.device()
    assert chance(bench, plan) == slot(13, 0)  # midnight there


def test_a_push_period_may_cross_midnight():
    bench = Bench()
    probe = bench.device()
    bench.plan(window=[23, 1])
    bench.until(slot(22, 50))
    assert probe.take() == []
    bench.until(slot(0, 50, day=1))
    assert len(probe.take()) == 12
    bench.until(slot(1, 0, day=1))
    assert probe.take() == []


def test_a_request_is_answered_outside_of_the_push_period():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(window=[0, 2])
    assert "window" in against(bench, plan) and probe.ask() == OFFER


def test_a_plan_that_is_not_pushed_actively_waits_for_the_request():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(active=False)
    bench.wait(DAY)
    assert probe.take() == [] and against(bench, plan) == ["push-actively", "grid"]
    assert probe.ask() == OFFER


def test_after_a_rejection_the_next_push_is_when_its_period_is_over():
    # The example of the platform: rejected at 10:10, 50 minutes, next push at 11:00.
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(reject_min=50)
    bench.until(slot(10, 10))
    probe.report(REVICEPLAN, REFUSEDOTA)
    probe.take()
    assert chance(bench, plan) == slot(11, 0) and "rejection" in against(bench, plan)
    bench.until(slot(10, 59))
    assert probe.take() == [] and probe.ask() == []
    bench.until(slot(11, 0))
    assert probe.take() == OFFER


def test_a_rejection_counts_for_silent_plans_that_are_pushed_only():
    bench = Bench()
    probe = bench.device()
    bench.plan(active=False)
    assert probe.ask() == OFFER
    probe.report(REVICEPLAN, REFUSEDOTA)
    assert probe.ask() == OFFER
