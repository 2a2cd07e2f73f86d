from cloud_bench import confirm, plan, request
from module_bench import Bench, component
from qsota_tools.center.cloud import NOT_NEEDED

MINUTE = 60000


GRID = 10 * MINUTE


def test_a_request_is_answered_by_the_current_plan():
    bench = Bench([plan()])
    assert request(bench) == [10700]


def test_without_a_plan_a_request_is_not_answered():
    bench = Bench()
    assert request(bench) == []


def test_plans_are_pushed_on_the_grid_until_the_device_answers():
    bench = Bench([plan()])
    bench.wait(GRID - bench.clock.now() - 1)
    assert bench.codes(0) == []
    assert bench.codes(1) == [10700]
    assert bench.codes(GRID - 1) == []
    assert bench.codes(1) == [10700]
    confirm(bench)
    bench.cloud.push()
    assert bench.codes(1000) == []


def test_the_grid_follows_the_time_of_day():
    bench = Bench([plan()], cloud={"epoch_ms": 9 * MINUTE})
    assert bench.codes(MINUTE) == [10700]


def test_a_cloud_without_grid_waits_for_the_request():
    bench = Bench([plan()], cloud={"grid_ms": 0})
    assert bench.codes(100 * GRID) == []
    assert request(bench) == [10700]


def test_a_passive_plan_waits_for_the_request():
    bench = Bench([plan(active=False)])
    assert bench.codes(3 * GRID) == []
    assert request(bench) == [10700]


def test_an_offline_device_gets_no_offer():
    bench = Bench([plan()], online=False)
    assert bench.codes(3 * GRID) == []


def test_a_plan_can_be_pushed_again_at_any_time():
    bench = Bench([plan()])
    request(bench)
    bench.cloud.push()
    assert bench.codes() == [10700]


def test_a_refusal_counts_for_two_hours():
    bench = Bench([plan()])
    request(bench)
    bench.at("AT+QIOTUPDATE=0")
    assert request(bench) == []
    # Refused in the first minute: the push at 2:00 is too early, the one at 2:10 is not.
    bench.take()
    assert bench.codes(130 * MINUTE - bench.clock.now() - 1) == []
    assert bench.codes(1) == [10700]


def test_the_refusal_period_is_part_of_the_plan():
    bench = Bench([plan(reject_min=10)])
    request(bench)
    bench.at("AT+QIOTUPDATE=0")
    assert request(bench) == []
    bench.wait(10 * MINUTE)
    bench.take()
    assert request(bench) == [10700]


def test_a_delta_is_offered_for_its_source_only():
    bench = Bench([plan(component(source="1_1_0"))])
    assert request(bench) == []
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert request(bench) == []
    bench.at('AT+QIOTMCUVER="STM32","1_1_0"')
    assert request(bench) == [10700]


def test_a_plan_at_its_target_is_not_needed():
    bench = Bench([plan(), plan(component(target="3_0_0"))])
    bench.at('AT+QIOTMCUVER="STM32","2_0_0"')
    bench.at("AT+QIOTOTAREQ=1")
    assert bench.events(1000) == ['10700,"STM32","","3_0_0",30,-113,2500']
    assert bench.cloud.results == [NOT_NEEDED]
    assert bench.cloud.verdicts == []


def test_the_cloud_judges_by_the_version_that_was_uploaded():
    bench = Bench([plan()])
    bench.at('AT+QIOTMCUVER="STM32","2_0_0"')  # changes the table, not the cloud
    bench.cloud.push()
    assert bench.codes() == [10700]
