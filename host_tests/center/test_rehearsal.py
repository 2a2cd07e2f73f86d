"""The dry run: who gets a plan, who does not and why, before it is activated."""

from center_bench import DAY, Bench, slot
from qsota_tools.center import plan_forms
from qsota_tools.center.rehearsal import rehearse


def codes(result):
    return [code for code, _ in result.remarks]


def test_it_counts_who_gets_it_and_who_does_not_and_why():
    bench = Bench()
    for key, version in (("a", "1"), ("b", "1"), ("c", "2_0_0"), ("d", "0")):
        bench.device(key, MCU=version)
    bench.device("off", MCU="1").online = False
    plan = bench.saved(
        {"identifier": "MCU", "package": bench.package().id, "versions": ["1"]}, blacklist=["b"]
    )
    result = rehearse(bench.center, plan)
    assert (result.gets, result.offline) == (2, 1)
    assert result.no == {"blacklist": 1, "version": 3}  # d1 has told no version
    assert result.examples["blacklist"] == ["b"]
    assert plan.status == "saved" and plan.tasks == {}


def test_it_tells_when_the_first_push_is():
    bench = Bench()
    bench.device()
    assert rehearse(bench.center, bench.saved()).first == slot(10, 10)
    plan = bench.saved(window=[0, 2])
    assert rehearse(bench.center, plan).first == slot(0, day=1)
    plan = bench.saved(start=slot(9, day=3), end=slot(9, day=9))
    assert rehearse(bench.center, plan).first == slot(9, day=3)


def test_what_it_says_is_what_happens():
    bench = Bench()
    probes = {key: bench.device(key, MCU=version) for key, version in (("a", "1"), ("b", "2"))}
    plan = bench.saved(bench.package(source_version="1"), whitelist=["a", "b"])
    result = rehearse(bench.center, plan)
    plan_forms.activate(bench.center, plan.id)
    bench.until(result.first - 1)
    assert probes["a"].take() == []
    bench.until(result.first)
    assert probes["a"].take() == [[("MCU", "2_0_0")]] and probes["b"].take() == []
    assert result.gets == 1 and result.no == {"whitelist": 1, "version": 1}


def test_a_push_period_that_is_never_within_the_planned_time_is_remarked():
    bench = Bench()
    bench.device()
    plan = bench.saved(window=[0, 2], end=slot(20))
    result = rehearse(bench.center, plan)
    assert result.first is None and codes(result) == ["never-in-window"]


def test_a_plan_for_nobody_is_remarked():
    bench = Bench()
    bench.device()
    result = rehearse(bench.center, bench.saved(whitelist=[]))
    assert codes(result) == ["nobody"] and result.gets == 0


def test_a_delta_that_skips_devices_is_remarked():
    bench = Bench()
    bench.device("a", MCU="1")
    bench.device("b", MCU="0")
    result = rehearse(bench.center, bench.saved(bench.package(source_version="1")))
    assert ("delta-skips", {"component": "MCU", "count": 2}) in result.remarks


def test_another_plan_for_the_same_devices_is_remarked():
    bench = Bench()
    bench.device()
    bench.plan(name="first")
    result = rehearse(bench.center, bench.saved(bench.package("3_0_0")))
    assert result.remarks == [("other-plan", {"plan": "first", "count": 1})]
    assert result.gets == 1  # in its turn


def test_names_that_a_module_cannot_hold_are_remarked():
    bench = Bench()
    bench.device()
    plan = bench.saved({"identifier": "x" * 33, "package": bench.package().id})
    assert codes(rehearse(bench.center, plan)) == ["module-cannot"]


def test_more_devices_than_the_platform_upgrades_at_once_are_remarked():
    bench = Bench()
    for number in range(10001):
        bench.center.register("p1", f"n{number}")
    plan = bench.saved()
    result = rehearse(bench.center, plan)
    assert "capacity" in codes(result) and result.gets == 10002
    assert result.offline == 10002


def test_a_manual_plan_waits_for_its_users():
    bench = Bench()
    bench.device()
    result = rehearse(bench.center, bench.saved(mode="manual", end=bench.now + DAY))
    assert result.no == {"consent": 1}
