"""The service: operations, messages of real (simulated) modules, watchers, the clock."""

import threading
import time as real

import pytest
from driven import DATA, HOUR, Driven, package, plan
from sqlalchemy.exc import OperationalError

from qsota_tools.center.complaints import BadInput
from qsota_tools.center.service import Service
from qsota_tools.center.wall_clock import WallClock
from qsota_tools.common.errors import UserError

MINUTE = 60000


def test_a_device_appears_when_its_module_connects_and_upgrades_for_real(service, time):
    module = Driven(service, time)
    assert service.devices.find()["total"] == 0
    module.at("AT+QIOTREG=1")
    module.step(service, 2000)
    (device,) = service.devices.find()["rows"]
    assert (device["product"], device["key"]) == ("p1SIMU", "860000000000001")
    assert device["online"] and device["module_version"] == "SIM01A01"

    id = plan(service, package(service))
    service.plans.activate(id)
    module.at('AT+QIOTMCUVER="MCU","1_0_0"')
    module.at("AT+QIOTOTAREQ=1")
    module.step(service, 1000)
    assert module.codes() == [10700]
    module.at("AT+QIOTUPDATE=1")
    module.step(service, 2000)
    assert module.codes() == [10701, 10702, 10703]
    module.at("AT+QIOTOTARD=0,1024")
    assert module.wire.split(b"+QIOTOTARD: 0,1024\r\n")[1][:1024] == DATA[:1024]
    (row,) = service.monitor.devices(id)["rows"]
    assert (row["status"], row["step"]) == ("in-progress", "download")
    assert row["progress"] == {"kind": "read", "start": 0, "length": 1024, "total": len(DATA)}
    module.at("AT+QIOTUPDATE=3")
    module.step(service, 100)
    module.at('AT+QIOTMCUVER="MCU","2_0_0"')
    module.step(service, 100)
    assert service.monitor.counts(id)["upgraded"] == 1
    kinds = [entry["kind"] for entry in service.monitor.log(id)]
    for kind in ("offered", "confirmed", "url", "status", "verdict", "plan-ended"):
        assert kind in kinds
    log = service.devices.log("p1SIMU", device["key"])
    assert "requested" in [entry["kind"] for entry in log]
    assert service.devices.latest_log("p1SIMU", device["key"], 3) == log[-3:]


def test_the_device_key_is_the_dk_if_one_was_set(service, time):
    module = Driven(service, time)
    module.at('AT+QIOTCFG="productinfo","PK1","PS1"')
    module.at('AT+QIOTCFG="dk_ds","fan-7","secret"')
    module.at("AT+QIOTREG=1")
    module.step(service, 2000)
    assert service.devices.get("PK1", "fan-7")["online"]
    module.at("AT+QIOTREG=0")
    module.step(service, 200)
    assert not service.devices.get("PK1", "fan-7")["online"]


def test_a_module_with_another_key_is_another_device(service, time):
    module = Driven(service, time)
    for key in ("fan-7", "fan-8"):
        module.at("AT+QIOTREG=0")
        module.step(service, 200)
        module.at(f'AT+QIOTCFG="dk_ds","{key}","secret"')
        module.at("AT+QIOTREG=1")
        module.step(service, 2000)
    assert not service.devices.get("p1SIMU", "fan-7")["online"]
    assert service.devices.get("p1SIMU", "fan-8")["online"]


def test_names_from_devices_are_text(service, time):
    module = Driven(service, time)
    module.at('AT+QIOTCFG="productinfo","<b>../\x01","PS"')
    module.at('AT+QIOTMCUVER="<script>","\'-- DROP TABLE devices"')
    module.at("AT+QIOTREG=1")
    module.step(service, 2000)
    (device,) = service.devices.find()["rows"]
    assert device["product"] == "<b>../?"
    assert device["versions"] == {"<script>": "'-- DROP TABLE devices"}


def test_many_modules_are_told_apart(service, time):
    modules = [Driven(service, time, imei=f"86000000000000{n}") for n in range(5)]
    for module in modules:
        module.at("AT+QIOTREG=1")
        module.step(service, 2000)
    assert service.devices.find(online=True)["total"] == 5
    service.plans.activate(plan(service, package(service)))
    modules[3].at("AT+QIOTOTAREQ=1")
    for module in modules:
        module.step(service, 1000)
    assert [module.codes() for module in modules] == [[], [], [], [10700], []]
    modules[3].session.detach()
    assert service.devices.find(online=False)["total"] == 1


def test_lists_are_filtered_and_paged(service):
    service.products.create({"key": "p1"})
    service.devices.add("p1", [f"d{n:05}" for n in range(10000)])
    page = service.devices.find(text="d000", start=10, limit=5)
    assert page["total"] == 100
    assert [row["key"] for row in page["rows"]] == [f"d000{n}" for n in range(10, 15)]
    id = plan(service, package(service), "p1")
    begun = real.process_time()
    page = service.monitor.devices(id, status="not-upgraded", start=9990, limit=50)
    assert page["total"] == 10000 and len(page["rows"]) == 10
    assert service.monitor.counts(id)["not-upgraded"] == 10000
    assert real.process_time() - begun < 2


def test_an_export_has_a_row_for_each_device_and_no_formulas(service):
    service.products.create({"key": "p1"})
    service.devices.add("p1", ["d1", "-2"])
    id = plan(service, package(service), "p1")
    lines = "".join(service.monitor.export(id)).splitlines()
    assert lines[0].startswith("product,device,status,reason")
    assert lines[1].startswith("p1,'-2,not-upgraded,,False") and len(lines) == 3
    assert '"device": "d1"' in "".join(service.monitor.export(id, "json"))
    with pytest.raises(BadInput, match="form: must be one of csv, json"):
        service.monitor.export(id, "xlsx")


def test_watchers_hear_of_what_is_saved(service, time):
    with service.subscribe() as events:
        service.products.create({"key": "p1"})
        service.devices.add("p1", ["d1"])
        (event,) = events.get(0)
        assert (event["kind"], event["device"], event["ms"]) == ("registered", "d1", time.ms)
        assert events.get(0) == []
    service.devices.add("p1", ["d2"])
    assert events.get(0) == []


def test_a_slow_watcher_loses_the_oldest_and_knows(service):
    with service.subscribe() as events:
        for _ in range(3):
            events._feed.put([{"n": n} for n in range(4000)])
        assert events.lost == 2000 and events.get(0)[0] == {"n": 2000}


def test_nothing_is_told_or_sent_before_it_is_saved(service, time, monkeypatch):
    module = Driven(service, time)
    module.at("AT+QIOTREG=1")
    module.step(service, 2000)
    service.plans.activate(plan(service, package(service)))
    module.at("AT+QIOTOTAREQ=1")

    def broken(*_):
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    with service.subscribe() as events, monkeypatch.context() as patch:
        patch.setattr(service.store, "save", broken)
        time.ms += 1000
        service.tick()
        with pytest.raises(UserError, match="the database cannot be written: disk I/O error"):
            service.flush()
        with pytest.raises(UserError, match="cannot be written"):
            service.products.create({"key": "p2"})
        assert events.get(0) == [] and module._calls == []
        assert [p["key"] for p in service.products.find()] == ["p1SIMU"]
        patch.undo()
        module.step(service, 200)
        assert module.codes() == [10700] and service.failure is None
        assert "offered" in [event["kind"] for event in events.get(0)]


def test_an_input_that_is_refused_changes_nothing(service):
    with pytest.raises(BadInput):
        service.products.create({"key": "a b"})
    assert service.products.find() == []


def test_operations_of_many_threads_do_not_get_in_each_others_way(service):
    service.start()
    service.products.create({"key": "p1"})

    def work(number):
        for n in range(10):
            service.devices.add("p1", [f"d{number}-{n}"])
            service.devices.find(text=f"d{number}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert service.devices.find()["total"] == 80


# The clock


def test_the_clock_can_be_paused_hurried_and_moved_on(service, time):
    start = service.clock.get()["now"]
    service.clock.pause()
    time.ms += HOUR
    assert service.clock.get() == {"now": start, "speed": 0, "slot": start + 7 * MINUTE}
    service.clock.run(60)
    time.ms += 1000
    assert service.clock.get()["now"] == start + MINUTE
    assert service.clock.jump_to_slot()["now"] == start + 7 * MINUTE
    with pytest.raises(BadInput, match="speed: must be one of"):
        service.clock.run(7)
    with pytest.raises(BadInput, match="ms: is over already"):
        service.clock.jump(start)


def test_a_jump_leads_to_the_next_window_of_a_plan(service, time):
    service.products.create({"key": "p1"})
    service.devices.add("p1", ["d1"])
    id = plan(service, package(service), "p1", window=[0, 2])
    service.plans.activate(id)
    now = service.clock.jump_to_window(id)["now"]
    assert now == time.ms + 13 * HOUR + 57 * MINUTE  # from 10:03 to midnight in Shanghai
    assert service.clock.jump_to_window(id)["now"] == now


def test_a_jump_over_a_day_pushes_once(service, time):
    module = Driven(service, time)
    module.at("AT+QIOTREG=1")
    module.step(service, 2000)
    service.plans.activate(plan(service, package(service)))
    service.clock.jump(service.clock.get()["now"] + 24 * HOUR)
    module.step(service, 200)
    assert module.codes() == [10700]


def test_the_clock_goes_on_after_a_restart_where_it_was(tmp_path, time):
    url, files = f"sqlite:///{tmp_path}/c.db", tmp_path / "files"
    first = Service(url, files, WallClock(time))
    first.clock.jump(time.ms + 100 * HOUR)
    first.clock.run(10)
    first.stop()
    time.ms += 1000
    second = Service(url, files, WallClock(time))
    assert second.clock.get()["now"] == time.ms - 1000 + 100 * HOUR + 10000
    second.stop()


def test_after_a_restart_everything_is_there_and_goes_on(tmp_path, time):
    url, files = f"sqlite:///{tmp_path}/c.db", tmp_path / "files"
    first = Service(url, files, WallClock(time))
    module = Driven(first, time)
    module.at("AT+QIOTREG=2")
    module.step(first, 2000)
    id = plan(first, package(first))
    first.plans.activate(id)
    module.at("AT+QIOTOTAREQ=1")
    module.step(first, 1000)
    module.at("AT+QIOTUPDATE=1")
    module.step(first, 100)
    assert first.monitor.counts(id)["in-progress"] == 1
    first.stop()

    second = Service(url, files, WallClock(time))
    assert second.devices.find(online=False)["total"] == 1
    session = second.session(module.session._call)
    session.attach(module.module)
    module.module.link._cloud = session
    module.module.link.drop(back_ms=100)
    module.codes()
    module.step(second, 3000)
    assert module.codes() == [10701, 10702, 10703]
    assert second.packages.get(1)["name"] == "app 2_0_0"
    second.stop()
