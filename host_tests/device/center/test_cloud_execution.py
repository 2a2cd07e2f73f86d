# The simulated cloud follows an upgrade to its verdict.

from cloud_bench import confirm, plan, request
from module_bench import IMAGE, SOON, Bench, component
from qsota_tools.center.plan import Plan
from qsota_tools.module.download import DROP, STALL, STATUS


def upgrade(bench, version="2_0_0", name="STM32"):
    """From an accepted plan, or a URL, to the version report; the codes from there on."""
    bench.until(8)
    bench.at("AT+QIOTUPDATE=3")
    bench.wait(SOON)
    bench.at('AT+QIOTMCUVER="%s","%s"' % (name, version))
    return bench.codes()


# Execution


def test_a_whole_upgrade():
    bench = Bench([plan()])
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert request(bench) == [10700]
    assert bench.at("AT+QIOTUPDATE=1") == ["OK"]
    assert bench.codes(1000) == [10701, 10702, 10703]
    assert upgrade(bench) == [10705]
    assert bench.reports() == [1, 2, 4, 5, 8, 9, 11]
    assert bench.cloud.verdicts == [10705] and bench.cloud.results == [10705]
    assert bench.cloud.versions == {"STM32": "2_0_0"}
    assert bench.cloud.plan is None


def test_the_url_follows_the_confirmation_by_half_a_second():
    bench = Bench([plan()])
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    bench.until(2)
    assert bench.codes(499) == []
    assert bench.codes(1) == [10701]


def test_the_log_has_time_status_and_component():
    bench = Bench([plan()])
    request(bench)
    ms, status, name = bench.cloud.log[0]
    assert (status, name) == (1, "STM32") and 300 < ms <= bench.clock.now()


def test_a_wrong_version_fails_the_plan():
    bench = Bench([plan()])
    request(bench)
    confirm(bench)
    assert upgrade(bench, "1_0_0") == [10706]
    assert bench.cloud.verdicts == [10706] and bench.cloud.results == [10706]
    assert request(bench) == []


def test_success_is_granted_on_the_reported_version():
    bench = Bench([plan()])
    request(bench)
    confirm(bench)
    bench.cloud.report(11, "STM32", [("STM32", "1_0_0")])
    assert bench.cloud.verdicts == [10706]


def test_plans_are_executed_one_after_the_other():
    bench = Bench([plan(), plan(component(target="3_0_0"))])
    for version in ("2_0_0", "3_0_0"):
        bench.at("AT+QIOTOTAREQ=1")
        events = bench.events(1000)
        assert events == ['10700,"STM32","","%s",30,-113,2500' % version]
        confirm(bench)
        assert upgrade(bench, version) == [10705]
    assert bench.cloud.results == [10705, 10705]


def test_a_plan_can_be_added_later():
    bench = Bench()
    bench.cloud.add(plan())
    assert request(bench) == [10700]
    confirm(bench)
    assert upgrade(bench) == [10705]


def test_a_failed_download_is_tried_again():
    bench = Bench([plan()])
    bench.cloud.storage.faults = [STATUS, DROP]
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    assert bench.codes(10000) == [10701, 10702, 10702, 10702, 10702, 10703]
    assert bench.reports() == [1, 2, 4, 6, 4, 5, 6, 4, 5, 8]
    assert upgrade(bench) == [10705]


def test_the_sixth_failed_download_is_the_last():
    bench = Bench([plan()])
    bench.cloud.storage.faults = [STATUS] * 6
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    assert bench.codes(60000) == [10701] + [10702] * 5 + [10706]
    assert bench.cloud.verdicts == [10706]


def test_a_plan_with_fewer_retries_ends_without_an_event():
    bench = Bench([plan(retries=1)])
    bench.cloud.storage.faults = [STATUS] * 6
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    assert bench.codes(60000) == [10701, 10702]
    assert bench.cloud.verdicts == [10706]


def test_a_stalled_download_is_tried_again():
    bench = Bench([plan()])
    bench.cloud.storage.faults = [STALL]
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    assert bench.codes(12000) == [10701] + [10702] * 4 + [10703]
    assert bench.reports() == [1, 2, 4, 5, 5, 6, 4, 5, 8]


def test_a_slow_download_ends_by_a_report_of_the_running_version():
    bench = Bench([plan()])
    bench.cloud.storage.speed = 0.1
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    assert bench.codes(60000) == [10701] + [10702] * 12
    bench.at('AT+QIOTMCUVER="STM32","1_0_0"')
    assert bench.codes(60000) == [10706]
    assert bench.cloud.results == [10706]


def test_a_restart_of_the_module_leads_to_a_second_download():
    bench = Bench([plan()])
    bench.at("AT+QIOTREG=2")
    request(bench)
    confirm(bench)
    bench.module.reboot()
    assert bench.codes(10000) == [10701, 10702, 10703]
    assert upgrade(bench) == [10705]


def test_a_url_that_could_not_be_sent_follows_the_connection():
    bench = Bench([plan()])
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    bench.wait(100)
    bench.take()
    bench.link.drop(back_ms=3000)
    assert bench.codes(4000) == []
    assert bench.codes(1000) == [10701, 10702, 10703]


def test_a_failure_that_was_reported_late_ends_the_plan():
    bench = Bench([plan()])
    request(bench)
    bench.link.drop(back_ms=40000)
    bench.at("AT+QIOTUPDATE=1")  # the cloud does not hear of it
    assert bench.codes(60000) == [10706]
    assert bench.cloud.results == [10706]


# Several components


def both():
    return [component("A", "a2"), component("B", "b2", IMAGE[:700])]


def test_components_follow_each_other_without_a_new_offer():
    bench = Bench([Plan(both())])
    assert request(bench) == [10700, 10700]
    assert bench.at("AT+QIOTUPDATE=1") == ["+QIOTEVT: 7,10707", "OK"]
    assert upgrade(bench, "a2", "A") == [10705]
    assert bench.cloud.results == []
    assert bench.codes(1000) == [10701, 10702, 10703]
    assert upgrade(bench, "b2", "B") == [10705]
    assert bench.cloud.verdicts == [10705, 10705] and bench.cloud.results == [10705]


def test_each_component_has_its_own_retries():
    bench = Bench([Plan(both(), retries=1)])
    bench.cloud.storage.faults = [DROP, None, DROP, None]
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    for name, version in (("A", "a2"), ("B", "b2")):
        assert upgrade(bench, version, name) == [10705]
    assert bench.cloud.results == [10705]


def test_a_failed_component_ends_the_plan():
    bench = Bench([Plan(both())])
    request(bench)
    bench.at("AT+QIOTUPDATE=1")
    assert upgrade(bench, "a1", "A") == [10706]
    assert bench.codes(60000) == []
    assert bench.cloud.verdicts == [10706] and bench.cloud.results == [10706]


def test_a_component_at_its_target_is_left_out():
    bench = Bench([Plan(both())])
    bench.at('AT+QIOTMCUVER="A","a2"')
    bench.at("AT+QIOTOTAREQ=1")
    assert bench.events(1000) == ['10700,"B","","b2",30,-113,700']
    assert bench.at("AT+QIOTUPDATE=1") == ["OK"]  # one component: no 10707
    assert upgrade(bench, "b2", "B") == [10705]
    assert bench.cloud.results == [10705]


# Observation


def test_an_observer_hears_of_every_step():
    bench = Bench([plan()])
    seen = []
    bench.cloud.on_event = lambda kind, fields: seen.append((kind, fields))
    request(bench)
    confirm(bench)
    bench.send("AT+QIOTOTARD=0,1024")
    bench.take()
    upgrade(bench)
    kinds = []
    for kind, _ in seen:
        if kind not in kinds:
            kinds.append(kind)
    assert kinds == [
        "versions",
        "offered",
        "status",
        "confirmed",
        "download",
        "block",
        "read",
        "verdict",
        "plan-ended",
    ]
    fields = dict(seen)
    assert fields["offered"] == {"components": [["STM32", "2_0_0"]]}
    assert fields["download"] == {"received": 2500, "total": 2500}
    assert fields["block"] == {"component": "STM32", "start": 0, "size": 2500}
    assert fields["read"] == {"start": 0, "length": 1024, "total": 2500}
    assert fields["verdict"] == {"code": 10705, "component": "STM32", "target": "2_0_0"}
    assert fields["plan-ended"] == {"result": 10705, "components": ["STM32"]}


def test_the_trace_shows_lines_in_both_directions():
    bench = Bench(echo=True)
    seen = []
    bench.module.on_trace = lambda direction, text: seen.append((direction, text))
    bench.at("AT+QIOTREG?")
    bench.module.urc("RDY")
    assert seen == [
        ("TX", "AT+QIOTREG?"),
        ("RX", "AT+QIOTREG?"),
        ("RX", "+QIOTREG: 1\n\nOK"),
        ("RX", "RDY"),
    ]
