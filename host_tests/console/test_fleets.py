"""Simulated fleets: devices of a third kind in the console, on the Center's clock."""

import time

import pytest
from console_requests import API, make_package, plan_fields, upload

from cases import some
from qsota_tools import boards
from qsota_tools.console.fleets import DEVICES_MAX
from qsota_tools.package import make

PRODUCT = "p1SIMU"
WAIT_S = 120
GRID_MS = 600000


def wait_until(condition, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def add(client, devices, **more):
    response = client.post(f"{API}/fleets", json={"devices": devices, **more})
    assert response.status_code == 201, response.text
    return response.json()


def online(client):
    return client.get(f"{API}/devices", params={"online": True}).json()["total"]


def make_plan(client, version="2_0_0", **more):
    """Of a package that a fleet's devices take; its id."""
    data = make.make_package(b"image" * 200, boards.load("VIRTUAL"), "MCU", version)
    sha256 = upload(client, data).json()["sha256"]
    package = make_package(client, files=[sha256], target_version=version)
    plan = client.post(f"{API}/plans", json=plan_fields(client, product=PRODUCT, **more)).json()
    rows = [{"identifier": "MCU", "package": package}]
    client.put(f"{API}/plans/{plan['id']}/components", json={"components": rows})
    return plan["id"]


def counts(client, plan):
    """Nobody tries again, so a device that failed would stay so."""
    found = client.get(f"{API}/plans/{plan}").json()["counts"]
    assert found["failed"] == 0
    return found


@pytest.mark.parametrize("seconds", some([20, 240, 500], 3))
def test_devices_appear_with_their_modules_and_upgrade_when_the_clock_jumps_to_the_push(
    client, seconds
):
    add(client, 4)
    client.post(f"{API}/clock/run", json={"speed": 60})
    wait_until(lambda: online(client) == 4)
    plan = make_plan(client)
    next_but_one = client.get(f"{API}/clock").json()["slot"] + GRID_MS
    client.post(f"{API}/clock/jump", json={"ms": next_but_one - seconds * 1000})
    assert client.post(f"{API}/plans/{plan}/activate").status_code == 200
    client.post(f"{API}/clock/jump-to-slot")
    wait_until(lambda: counts(client, plan)["upgraded"] == 4)
    (fleet,) = client.get(f"{API}/fleets").json()
    assert (fleet["devices"], fleet["ready"], fleet["problems"]) == (4, 4, [])


@pytest.mark.parametrize("hours", some([0.05, 1, 12], 3))
def test_a_jump_in_the_middle_of_an_upgrade_costs_no_device_its_try(client, hours):
    add(client, 4)
    client.post(f"{API}/clock/run", json={"speed": 60})
    wait_until(lambda: online(client) == 4)
    plan = make_plan(client)
    assert client.post(f"{API}/plans/{plan}/activate").status_code == 200
    client.post(f"{API}/clock/jump-to-slot")
    client.post(f"{API}/clock/run", json={"speed": 10})  # so that there is a middle
    wait_until(lambda: counts(client, plan)["in-progress"])
    now = client.get(f"{API}/clock").json()["now"]
    client.post(f"{API}/clock/jump", json={"ms": now + int(hours * 3600000)})
    client.post(f"{API}/clock/run", json={"speed": 60})
    wait_until(lambda: counts(client, plan)["upgraded"] == 4)


def test_a_jump_of_days_takes_the_devices_along(client):
    add(client, 2)
    client.post(f"{API}/clock/run", json={"speed": 60})
    wait_until(lambda: online(client) == 2)
    now = client.get(f"{API}/clock").json()["now"]
    client.post(f"{API}/clock/jump", json={"ms": now + 3 * 86400000})
    time.sleep(0.5)
    assert online(client) == 2


def test_a_fleet_that_is_taken_away_goes_off_line_and_stays_known(client):
    name = add(client, 3)["name"]
    client.post(f"{API}/clock/run", json={"speed": 60})
    wait_until(lambda: online(client) == 3)
    assert client.delete(f"{API}/fleets/{name}").status_code == 204
    wait_until(lambda: online(client) == 0)
    assert client.get(f"{API}/devices").json()["total"] == 3
    assert client.get(f"{API}/fleets").json() == []


def test_what_a_fleet_cannot_be_is_refused_at_its_field(client):
    for fields, field, code in (
        ({}, "devices", "required"),
        ({"devices": 0}, "devices", "out-of-range"),
        ({"devices": DEVICES_MAX + 1}, "devices", "out-of-range"),
        ({"devices": 1, "cuts": 101}, "cuts", "out-of-range"),
        ({"devices": 1, "version": "a b"}, "version", "charset"),
        ({"devices": 1, "colour": "red"}, "colour", "unknown-field"),
    ):
        response = client.post(f"{API}/fleets", json=fields)
        assert response.status_code == 422
        assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, code)]
    assert client.delete(f"{API}/fleets/fleet-7").status_code == 404


def test_all_fleets_together_have_a_limit(client, monkeypatch):
    monkeypatch.setattr("qsota_tools.console.fleets.DEVICES_MAX", 3)
    add(client, 2)
    response = client.post(f"{API}/fleets", json={"devices": 2})
    assert response.json()["errors"][0]["code"] == "too-many"


def test_the_bench_shows_them(client):
    add(client, 1)
    assert "fleet-1" in client.get("/bench").text
