"""Which components of a plan a device gets: protocol.md 6.2 and 6.5."""

from center_bench import Bench, slot
from qsota_tools.center.decide import decide
from qsota_tools.center.monitoring import component_statuses
from qsota_tools.center.plan import MODULE
from qsota_tools.module.states import (
    DOWNLOADERROR,
    DOWNLOADSTART,
    DOWNLOADSUCCESS,
    UPDATEERROR,
    UPDATESUCCESS,
)


def rows(*pairs, **more):
    return [dict(more, identifier=name, package=package.id) for name, package in pairs]


def standing(bench, plan, key="d1"):
    """{component: why it is needed or not}, as the "why not?" view tells it."""
    decision = decide(bench.center, plan, bench.center.device("p1", key))
    (rule,) = [rule for rule in decision.rules if rule.code == "version"]
    return {name: text for name, text, _ in rule.facts["components"]}


def test_a_full_package_is_for_every_version():
    bench = Bench()
    unknown, old = bench.device("d1"), bench.device("d2", MCU="0_1")
    bench.plan()
    assert unknown.ask() == old.ask() == [[("MCU", "2_0_0")]]


def test_a_full_package_with_specified_versions_is_for_those_only():
    bench = Bench()
    first, second = bench.device("d1", MCU="1_0"), bench.device("d2", MCU="1_2")
    row = rows(("MCU", bench.package()), versions="1_0;1_1")[0]
    plan = bench.plan(row)
    assert first.ask() == [[("MCU", "2_0_0")]] and second.ask() == []
    assert standing(bench, plan, "d2") == {"MCU": "not-specified"}
    second.versions(MCU="1_1")
    assert second.ask() == [[("MCU", "2_0_0")]]


def test_a_delta_is_for_exactly_its_source_version():
    bench = Bench()
    probe = bench.device(MCU="1_0")
    plan = bench.plan(bench.package(source_version="1_1"))
    assert probe.ask() == [] and standing(bench, plan) == {"MCU": "other-source"}
    probe.versions(MCU="1_1")
    assert probe.ask() == [[("MCU", "2_0_0")]]
    assert plan.components[0].source == "1_1"


def test_a_component_at_its_target_needs_no_update():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()
    probe.versions(MCU="2_0_0")
    task = bench.task(plan)
    assert task.status == "not-needed" and probe.ask() == []
    assert component_statuses(plan, probe.device) == [["MCU", "2_0_0", "2_0_0", "not-needed"]]


def test_the_device_must_be_told_apart_by_the_identifier_exactly():
    bench = Bench()
    probe = bench.device(mcu="2_0_0")
    plan = bench.plan()
    assert standing(bench, plan) == {"MCU": "needed"} and probe.ask() == [[("MCU", "2_0_0")]]


def test_components_are_upgraded_in_the_order_in_which_they_were_added():
    bench = Bench()
    probe = bench.device(MCU="1", NET="1")
    pair = rows(("NET", bench.package("n2")), ("MCU", bench.package("m2")))
    plan = bench.plan(*pair)
    assert probe.ask() == [[("NET", "n2"), ("MCU", "m2")]]
    probe.confirm()
    assert [f.component for f in probe.urls] == ["NET"]
    probe.report(UPDATESUCCESS, component="NET", versions={"MCU": "1", "NET": "n2"})
    bench.wait(1000)
    assert [f.component for f in probe.urls] == ["NET", "MCU"]
    probe.report(UPDATESUCCESS, component="NET", versions={"MCU": "1", "NET": "n2"})  # once more
    assert bench.task(plan).status == "in-progress"
    probe.report(UPDATESUCCESS, versions={"MCU": "m2", "NET": "n2"})
    assert bench.task(plan).status == "upgraded"


def test_a_failed_component_ends_the_plan_for_the_device():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(*rows(("NET", bench.package("n2")), ("MCU", bench.package("m2"))))
    probe.ask()
    probe.confirm()
    probe.report(UPDATEERROR, component="NET")
    bench.wait(1000)
    assert bench.task(plan).status == "failed" and len(probe.urls) == 1
    shown = [row[3] for row in component_statuses(plan, probe.device)]
    assert shown == ["failed", "confirmed"]


def test_a_component_that_is_switched_off_is_left_out():
    bench = Bench()
    probe = bench.device()
    off = rows(("NET", bench.package("n2")), upgrade=False)
    plan = bench.plan(*(off + rows(("MCU", bench.package()))))
    assert probe.ask() == [[("MCU", "2_0_0")]]
    assert standing(bench, plan)["NET"] == "switched-off"
    probe.upgrade()
    assert bench.task(plan).status == "upgraded"


def test_a_component_that_does_not_fit_yet_is_offered_when_it_does():
    bench = Bench()
    probe = bench.device(MCU="1", NET="0")
    delta = rows(("NET", bench.package("n2", source_version="n1")))
    plan = bench.plan(*(delta + rows(("MCU", bench.package()))))
    assert probe.ask() == [[("MCU", "2_0_0")]]
    probe.confirm()
    probe.report(UPDATESUCCESS, versions={"MCU": "2_0_0", "NET": "0"})
    assert bench.task(plan).status == "not-upgraded"
    probe.versions(MCU="2_0_0", NET="n1")
    assert probe.ask() == [[("NET", "n2")]]


def test_the_firmware_of_the_module_is_a_component_as_well():
    bench = Bench()
    probe = bench.device()
    probe.device.module_version = "M1"
    package = bench.package("M2", component_type="module", files=2)
    plan = bench.plan(*rows(("MODULE", package)))
    probe.ask()
    probe.confirm("MODULE")
    assert probe.urls[0].kind == MODULE
    probe.device.module_version = "M2"
    probe.report(UPDATESUCCESS, component="MODULE")
    assert bench.task(plan).status == "upgraded"


def test_the_offer_and_the_url_have_the_strategy_and_the_sums_of_the_file():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan(battery=55, signal=-99)
    probe.ask()
    (component,) = plan.components
    assert (component.battery, component.signal, component.space) == (55, -99, 1000)
    probe.confirm()
    (firmware,) = probe.urls
    assert firmware.size == 1000 and len(firmware.md5) == 32 and len(firmware.sha256) == 64


def test_the_url_is_sent_again_as_often_as_the_strategy_says():
    for retries in (0, 2, 5):
        bench = Bench()
        probe = bench.device()
        plan = bench.plan(retries=retries)
        probe.ask()
        probe.confirm()
        for _ in range(retries):
            probe.report(DOWNLOADSTART, DOWNLOADERROR)
            bench.wait(1000)
        assert len(probe.urls) == 1 + retries and bench.task(plan).status == "in-progress"
        probe.report(DOWNLOADSTART, DOWNLOADERROR)
        bench.wait(1000)
        assert len(probe.urls) == 1 + retries
        assert (bench.task(plan).status, bench.task(plan).reason) == ("failed", "retries")


def test_the_url_waits_for_the_connection():
    bench = Bench()
    probe = bench.device()
    bench.plan()
    bench.until(slot(10, 10))
    probe.report(1, 2)
    probe.online = False
    bench.wait(60000)
    assert probe.urls == []
    probe.reconnect()
    bench.wait(1000)
    assert len(probe.urls) == 1


def test_each_report_shows_as_the_components_status():
    bench = Bench()
    probe = bench.device()
    plan = bench.plan()

    def shown():
        return component_statuses(plan, probe.device)[0][3]

    assert shown() == "plan-not-received"
    bench.until(slot(10, 10))
    assert shown() == "plan-not-received"
    steps = ((1, "plan-received"), (2, "confirmed"), (4, "waiting-to-download"))
    steps += ((5, "downloading"), (6, "download-failed"), (DOWNLOADSUCCESS, "downloaded"))
    for status, text in steps + ((9, "upgrading"), (12, "failed")):
        probe.report(status)
        assert shown() == text
