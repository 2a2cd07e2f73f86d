"""The REST API: what scripts and the console's pages do, over HTTP."""

import json

from console_requests import API, make_package, upload
from fastapi.testclient import TestClient

from qsota_tools import boards
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.console import web_app
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package as make_ours


def test_an_upload_reads_the_package_and_names_the_fields_of_the_form(client):
    board = boards.load("VIRTUAL")
    image = build_image(EXAMPLES / "sensor_node_2_0_0")
    found = upload(client, make_ours(image, board, "MCU", "2_0_0"), "node_2.bin").json()
    assert found["inspection"] == {
        "ours": True,
        "name": "node_2",
        "component_type": "mcu",
        "package_type": "full",
        "source_version": "",
        "target_version": "2_0_0",
        "component": "MCU",
        "board": "VIRTUAL",
        "signed_by": "nobody",
    }


def test_a_package_that_is_not_ours_is_accepted_with_a_remark(client):
    found = upload(client).json()
    assert not found["inspection"]["ours"] and found["inspection"]["remark"]
    assert make_package(client)


def test_an_uploaded_file_can_be_downloaded(client):
    sha256 = upload(client, b"content").json()["sha256"]
    assert client.get(f"{API}/files/{sha256}").content == b"content"


def test_times_of_a_plan_may_be_local_to_its_zone(client, product):
    fields = {"name": "p", "product": product, "zone": "Asia/Shanghai"}
    fields |= {"start": "2030-01-01T08:00", "end": "2030-01-02T08:00"}
    made = client.post(f"{API}/plans", json=fields).json()
    assert (made["start"], made["end"]) == (1893456000000, 1893542400000)


def test_the_dry_run_tells_who_gets_it_and_who_does_not(client, plan):
    client.patch(f"{API}/plans/{plan}", json={"blacklist": ["d2"]})
    found = client.get(f"{API}/plans/{plan}/rehearsal").json()
    assert (found["gets"], found["gets_not"]) == (1, 1)
    assert found["no"] == {"blacklist": 1} and found["offline"] == 1
    assert found["examples"]["blacklist"] == ["d2"]


def test_a_plan_lives_from_its_activation_to_its_end(client, plan):
    for action, status in (
        ("activate", "active"),
        ("suspend", "suspended"),
        ("resume", "active"),
        ("terminate", "terminated"),
    ):
        assert client.post(f"{API}/plans/{plan}/{action}").json()["status"] == status
    assert client.get(f"{API}/plans/{plan}/counts").json()["failed"] == 2


def test_a_batch_of_retries_tells_who_cannot_and_why(client, plan):
    client.post(f"{API}/plans/{plan}/activate")
    found = client.post(f"{API}/plans/{plan}/retry", json={"devices": ["d1"]}).json()
    assert found["retried"] == 0
    assert [(row["device"], row["code"]) for row in found["hindered"]] == [
        ("d1", "plan-not-upgrading")
    ]


def test_why_not_names_each_rule_and_the_next_chance(client, plan):
    query = {"product": "p1", "key": "d1", "plan": plan}
    found = client.get(f"{API}/device/why-not", params=query).json()
    against = [rule["code"] for rule in found["rules"] if not rule["ok"]]
    assert not found["ok"] and {"status", "online"} <= set(against)


def test_a_verification_is_shown_with_its_package_and_on_its_devices_page(client, package, plan):
    fields = {"package": package, "product": "p1", "device": "d1", "component": "MCU"}
    run = client.post(f"{API}/verifications", json=fields).json()
    assert run["strategy"] == {"retries": 5, "battery": 30, "signal": -113}
    query = {"product": "p1", "key": "d1", "plan": run["id"]}
    assert client.get(f"{API}/device/why-not", params=query).json()["ok"] is False
    for page in (client.get(f"/packages/{package}"), client.get("/device", params=query)):
        assert page.status_code == 200 and 'class="stepbar"' in page.text


def test_a_list_is_exported_as_csv_and_json(client, plan):
    lines = client.get(f"{API}/plans/{plan}/export?form=csv").text.splitlines()
    assert lines[0].startswith("product,device,status") and len(lines) == 3
    rows = json.loads(client.get(f"{API}/plans/{plan}/export?form=json").text)
    assert [row["device"] for row in rows] == ["d1", "d2"]


def test_the_clock_is_paused_hurried_and_moved_on(client):
    before = client.get(f"{API}/clock").json()
    after = client.post(f"{API}/clock/jump-to-slot").json()
    assert before["slot"] <= after["now"] < after["slot"]
    assert client.post(f"{API}/clock/pause").json()["speed"] == 0
    assert client.post(f"{API}/clock/run", json={"speed": 60}).json()["speed"] == 60


def test_complaints_are_in_the_language_that_is_asked_for(client):
    for language, text in (("en", "must be given"), ("zh", "必须填写")):
        headers = {"accept-language": language}
        response = client.post(f"{API}/products", json={}, headers=headers)
        assert response.json()["errors"][0]["text"] == text


def test_with_a_token_nobody_is_answered_without_it(console):
    app = web_app.create(console, token="right")
    with TestClient(app, base_url="http://192.0.2.1", follow_redirects=False) as asked:
        assert asked.get(f"{API}/products").status_code == 401
        assert asked.get("/").headers["location"] == "/login"
        wrong = {"authorization": "Bearer wrong"}
        assert asked.get(f"{API}/products", headers=wrong).status_code == 401
        right = {"authorization": "Bearer right"}
        assert asked.get(f"{API}/products", headers=right).status_code == 200
        assert asked.post("/login", data={"token": "wrong"}).status_code == 403
        answer = asked.post("/login", data={"token": "right"})
        assert answer.status_code == 303
        for word in ("HttpOnly", "SameSite=strict"):
            assert word in answer.headers["set-cookie"]
        assert asked.get(f"{API}/products").status_code == 200


def test_no_page_loads_anything_from_elsewhere_or_runs_what_stands_in_it(client):
    answer = client.get("/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.text.count("http://") + answer.text.count("https://") == 0
