"""What the pages do, in JSON's terms: the seed document's procedure from the product to the end,
and every other action."""

import json

import pytest
from driven import DATA, HOUR, Driven, package, plan

from qsota_tools.center.complaints import BadInput


@pytest.fixture
def module(service, time):
    """A module that is connected, with version 1_0_0."""
    made = Driven(service, time)
    made.connect(service)
    return made


DEVICE = ("p1SIMU", "860000000000001")


def failing(service, module, id):
    """The device fails in that plan."""
    module.at("AT+QIOTOTAREQ=1")
    module.step(service, 1000)
    module.upgrade(service, "1_0_0")
    module.codes()
    assert service.monitor.counts(id)["failed"] == 1


def test_the_procedure_of_the_seed_document(service, time):
    # II. the product; III. 1: the version package
    assert service.products.create({"key": "p1SIMU", "name": "Aroma diffuser"})["devices"] == 0
    file = service.packages.upload("STM32_2_0_0.bin", [DATA[:1000], DATA[1000:]])
    assert file["size"] == len(DATA)
    made = service.packages.create(
        {
            "name": "STM32 2_0_0",
            "component_type": "mcu",
            "package_type": "full",
            "target_version": "2_0_0",
            "remarks": "first",
        },
        [file["sha256"]],
        uploader="ann",
    )
    assert (made["verified"], made["uploader"]) == (False, "ann")
    # 4 and 5: the device connects and tells its version
    module = Driven(service, time)
    module.connect(service)
    # 2: verification on a single device
    fields = {"package": made["id"], "product": DEVICE[0], "device": DEVICE[1], "component": "MCU"}
    run = service.packages.verify(fields)
    assert run["running"] and run["status"] == "not-upgraded"
    module.step(service, 100)
    assert module.codes() == [10700]
    module.upgrade(service, "2_0_0")
    assert module.codes()[-1] == 10705
    (run,) = service.packages.get(made["id"])["verifications"]
    assert service.packages.get(made["id"])["verified"] and run["status"] == "upgraded"
    # 3: the plan, i to v
    module.at('AT+QIOTMCUVER="MCU","1_0_0"')
    module.at('AT+QIOTINFO="up"')
    now = service.clock.get()["now"]
    made_plan = service.plans.create(
        {
            "name": "autumn",
            "product": DEVICE[0],
            "zone": "Asia/Shanghai",
            "start": now,
            "end": now + 9 * 24 * HOUR,
            "mode": "manual",
        }
    )
    id = made_plan["id"]
    service.plans.edit(id, {"retries": 3, "battery": 40, "signal": -100, "blacklist": []})
    service.plans.set_components(id, [{"identifier": "MCU", "package": made["id"]}])
    service.plans.set_text(id, "zh", "修复了风扇")
    with pytest.raises(BadInput) as caught:
        service.plans.activate(id)
    assert (caught.value.field, caught.value.code) == ("texts", "text-missing")
    service.plans.set_text(id, "en", "The fan is fixed")
    assert service.plans.rehearse(id)["no"] == {"consent": 1}
    assert service.plans.activate(id)["status"] == "active"
    # the user's app
    (shown,) = service.app.plans(*DEVICE)
    assert shown["texts"]["en"] == "The fan is fixed"
    assert service.app.confirm(id, *DEVICE)["confirmed"]
    module.step(service, 100)
    assert b'7,10700,"MCU","","2_0_0",40,-100,2560' in module.wire
    assert module.codes() == [10700]
    # 7 and 8: the device upgrades; IV: monitoring
    module.at("AT+QIOTUPDATE=1")
    module.step(service, 2000)
    assert service.app.details(id, *DEVICE)["deviceStatus"] == 1
    module.at("AT+QIOTOTARD=0,1024")
    assert service.app.details(id, *DEVICE)["upgradeProgress"] == 1024 / len(DATA)
    module.at("AT+QIOTUPDATE=3")
    module.step(service, 100)
    module.at('AT+QIOTMCUVER="MCU","2_0_0"')
    module.step(service, 200)
    (row,) = service.monitor.devices(id, status="upgraded")["rows"]
    assert row["components"][0] == {
        "identifier": "MCU",
        "version": "2_0_0",
        "target": "2_0_0",
        "status": "succeeded",
    }
    assert service.plans.get(id)["success_rate"] == 1
    kinds = [entry["kind"] for entry in service.monitor.log(id, DEVICE[1])]
    assert kinds[0] == "user-confirmed" and kinds[-1] == "plan-ended"


def test_everything_that_is_shown_is_json(service, module):
    id = plan(service, package(service))
    service.plans.activate(id)
    failing(service, module, id)
    shown = [
        service.products.find(),
        service.products.get(DEVICE[0]),
        service.devices.find(),
        service.devices.get(*DEVICE),
        service.devices.log(*DEVICE),
        service.devices.why_not(id, *DEVICE),
        service.packages.find(),
        service.plans.find(),
        service.plans.get(id),
        service.plans.rehearse(id),
        service.monitor.devices(id),
        service.monitor.log(id),
        service.app.plans(*DEVICE),
        service.app.details(id, *DEVICE),
        service.clock.get(),
    ]
    assert json.loads(json.dumps(shown)) == shown


def test_what_failed_is_tried_again_one_by_one_and_in_batches(service, module):
    id = plan(service, package(service))
    service.plans.activate(id)
    service.devices.add(DEVICE[0], ["other"])
    failing(service, module, id)
    assert service.monitor.retry(id, *DEVICE)["retry"] is False  # offered at once
    module.step(service, 100)
    assert module.codes() == [10700]
    module.upgrade(service, "1_0_0")
    module.codes()
    result = service.monitor.retry_batch(id, [DEVICE[1], "other"])
    assert result == {
        "retried": 1,
        "hindered": [
            {
                "device": "other",
                "code": "not-failed",
                "text": "device: the upgrade has not failed",
            }
        ],
    }
    module.step(service, 100)
    module.upgrade(service, "2_0_0")
    assert service.monitor.retry_batch(id) == {"retried": 0, "hindered": []}
    assert service.monitor.counts(id)["upgraded"] == 1


def test_the_why_not_view_names_every_rule(service, module):
    id = plan(service, package(service), window=[0, 2])
    service.plans.activate(id)
    decision = service.devices.why_not(id, *DEVICE)
    against = {rule["code"]: rule for rule in decision["rules"] if not rule["ok"]}
    assert set(against) == {"window", "grid"} and not decision["ok"]
    assert decision["next"] == against["window"]["next"] > decision["at"]
    assert against["window"]["text"] == "rule.window"
    assert service.devices.why_not(id, *DEVICE, "request")["ok"]
    with pytest.raises(BadInput, match="trigger: must be one of grid, request, now"):
        service.devices.why_not(id, *DEVICE, "magic")


def test_the_operator_pushes_and_gives_up(service, module):
    id = plan(service, package(service), window=[0, 2])
    service.plans.activate(id)
    assert service.monitor.push(id, *DEVICE) is True
    module.step(service, 100)
    assert module.codes() == [10700]
    module.at("AT+QIOTUPDATE=1")
    module.step(service, 100)
    assert service.monitor.push(id, *DEVICE) is False
    assert service.devices.give_up(id, *DEVICE)["reason"] == "given-up"
    with pytest.raises(BadInput, match="nothing is running"):
        service.devices.give_up(id, *DEVICE)


def test_the_apps_other_actions(service, module):
    id = plan(service, package(service), mode="manual")
    for language in ("zh", "en", "fr"):
        service.plans.set_text(id, language, "text")
    assert set(service.plans.delete_text(id, "fr")["texts"]) == {"zh", "en"}
    service.plans.activate(id)
    now = service.clock.get()["now"]
    row = service.app.appoint(id, *DEVICE, now + HOUR, now + 2 * HOUR)
    assert row["appointed"] == [now + HOUR, now + 2 * HOUR]
    assert service.app.forget(id, *DEVICE)["appointed"] is None
    assert service.app.auto_confirm(*DEVICE, True)["auto_confirm"] is True
    assert service.app.cancel(id, *DEVICE)["reason"] == "cancelled"


def test_the_life_of_a_plan(service):
    service.products.create({"key": "p1"})
    made = package(service)
    id = plan(service, made, "p1")
    other = plan(service, package(service, "3_0_0"), "p1", name="other")
    service.plans.copy_components(other, id)
    assert service.plans.get(other)["components"][0]["package"] == made["id"]
    assert [row["name"] for row in service.plans.find()["rows"]] == ["other", "plan"]
    service.plans.delete(other)
    assert service.plans.find()["total"] == 1
    assert service.plans.activate(id)["status"] == "active"
    assert service.plans.suspend(id)["status"] == "suspended"
    assert service.plans.find(status="suspended")["total"] == 1
    assert service.plans.resume(id)["status"] == "active"
    assert service.plans.terminate(id)["status"] == "terminated"
    with pytest.raises(BadInput, match="plan: is not known: 99"):
        service.plans.get(99)


def test_packages_are_found_edited_and_deleted_with_their_files(service):
    made = package(service)
    sha256 = made["files"][0]["sha256"]
    assert service.packages.path(sha256).read_bytes() == DATA
    assert service.packages.edit(made["id"], {"remarks": "good"})["remarks"] == "good"
    second = service.packages.create(
        {
            "name": "again",
            "component_type": "mcu",
            "package_type": "full",
            "target_version": "9",
        },
        [sha256],  # a file that another package has
    )
    service.packages.delete(made["id"])
    assert service.packages.path(sha256).is_file()
    kept = service.packages.upload("b.bin", [b"not in a package yet"])
    service.packages.delete(second["id"])
    with pytest.raises(BadInput, match="files: is not known"):
        service.packages.path(sha256)
    assert service.packages.path(kept["sha256"]).is_file()
    for bad in ("0" * 64, "../center.db", ""):
        with pytest.raises(BadInput, match="files: is not known"):
            service.packages.path(bad)
    with pytest.raises(BadInput, match="files: is not known"):
        package_of_nothing = {"name": "x", "component_type": "mcu", "package_type": "full"}
        service.packages.create(package_of_nothing, ["0" * 64])


def test_products_and_devices(service):
    service.products.create({"key": "p1"})
    assert service.products.rename("p1", {"name": "Fan"})["name"] == "Fan"
    service.devices.add("p1", ["d1"])
    assert service.devices.get("p1", "d1")["tasks"] == []
    service.devices.delete("p1", "d1")
    with pytest.raises(BadInput, match="device: is not known: d1"):
        service.devices.get("p1", "d1")
    service.products.delete("p1")
    with pytest.raises(BadInput, match="product: is not known: p1"):
        service.products.get("p1")
