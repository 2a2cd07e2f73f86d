"""Bad input: the API answers 4xx with the field and the reason, and nothing changes."""

import pytest
from console_requests import API, plan_fields, upload

from qsota_tools.center.version_packages import FILE_MAX


def errors(response, status):
    assert response.status_code == status, response.text
    found = response.json()["errors"]
    assert all(set(error) == {"field", "code", "text", "facts"} for error in found)
    return [(error["field"], error["code"]) for error in found]


def test_an_empty_file_is_refused(client):
    assert errors(upload(client, b""), 422) == [("files", "file-empty")]


def test_a_file_of_another_type_is_refused(client):
    assert errors(upload(client, name="app.exe"), 422) == [("files", "file-type")]


def test_a_file_that_is_too_large_is_refused_and_nothing_is_kept_of_it(client, console):
    piece = b"\xff" * (1 << 20)

    def pieces():
        for _ in range(FILE_MAX // len(piece) + 1):
            yield piece

    assert errors(upload(client, pieces()), 413) == [("files", "file-too-large")]
    assert list(console.service.files.directory.iterdir()) == []


def test_a_full_disk_during_an_upload_is_told_and_nothing_is_kept(client, console, monkeypatch):
    import errno

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("qsota_tools.center.store.files._copy", full)
    response = upload(client)
    assert errors(response, 507) == [("", "failed")]
    assert "disk is full" in response.json()["errors"][0]["text"]
    assert list(console.service.files.directory.iterdir()) == []


def test_a_form_that_is_too_large_is_refused(client):
    response = client.post(f"{API}/products", json={"key": "k", "name": "n" * (3 << 20)})
    assert errors(response, 413)


def test_what_is_no_json_is_refused(client):
    headers = {"content-type": "application/json"}
    assert errors(client.post(f"{API}/products", content=b"{", headers=headers), 422)
    assert errors(client.post(f"{API}/products", json=[1]), 422)


def test_a_package_name_is_taken_once(client, package):
    sha256 = upload(client).json()["sha256"]
    fields = {"name": "app", "component_type": "mcu", "package_type": "full"}
    fields |= {"target_version": "3", "files": [sha256]}
    response = client.post(f"{API}/packages", json=fields)
    assert errors(response, 422) == [("name", "duplicate")]


def test_all_that_is_wrong_with_a_form_is_told_at_once(client):
    response = client.post(f"{API}/packages", json={"name": "x", "target_version": "a b"})
    assert errors(response, 422) == [
        ("component_type", "required"),
        ("package_type", "required"),
        ("target_version", "charset"),
        ("files", "file-missing"),
    ]


def test_a_file_that_nobody_uploaded_is_refused(client):
    fields = {"name": "a", "component_type": "mcu", "package_type": "full"}
    response = client.post(
        f"{API}/packages", json=fields | {"target_version": "2", "files": ["0" * 64]}
    )
    assert errors(response, 422) == [("files", "unknown")]


@pytest.mark.parametrize(
    "wrong, field, code",
    [
        ({"whitelist": ["d1", "nobody"]}, "whitelist", "unknown-devices"),
        ({"window": [3, 3]}, "window", "shorter-than-an-hour"),
        ({"window": [3, 4.5]}, "window", "whole-hours"),
        ({"zone": "Moon/Base"}, "zone", "unknown-zone"),
        ({"product": "none"}, "product", "unknown"),
        ({"end": 0}, "end", "end-before-start"),
        ({"start": "yesterday"}, "start", "wrong-type"),
        ({"retries": 6}, "retries", "out-of-range"),
        ({"colour": "red"}, "colour", "unknown-field"),
        ({"name": "a\nb"}, "name", "control-character"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_at_its_field(client, product, wrong, field, code):
    response = client.post(f"{API}/plans", json=plan_fields(client, **wrong))
    assert (field, code) in errors(response, 422)
    assert client.get(f"{API}/plans").json()["total"] == 0


def test_a_manual_plan_without_its_texts_is_not_activated(client, plan):
    client.patch(f"{API}/plans/{plan}", json={"mode": "manual"})
    response = client.post(f"{API}/plans/{plan}/activate")
    assert errors(response, 422) == [("texts", "text-missing")]
    assert client.get(f"{API}/plans/{plan}").json()["status"] == "saved"


def test_nothing_is_edited_after_the_activation(client, plan):
    client.post(f"{API}/plans/{plan}/activate")
    for response in (
        client.patch(f"{API}/plans/{plan}", json={"name": "other"}),
        client.put(f"{API}/plans/{plan}/components", json={"components": []}),
        client.delete(f"{API}/plans/{plan}"),
        client.post(f"{API}/plans/{plan}/activate"),
    ):
        assert errors(response, 409) == [("status", "not-in-status")]


def test_what_is_in_use_is_not_deleted(client, plan, package):
    assert errors(client.delete(f"{API}/packages/{package}"), 409) == [("package", "in-use")]
    response = client.delete(f"{API}/product", params={"product": "p1"})
    assert errors(response, 409) == [("product", "in-use")]
    client.patch(f"{API}/plans/{plan}", json={"whitelist": ["d1"]})
    response = client.delete(f"{API}/device", params={"product": "p1", "key": "d1"})
    assert errors(response, 409) == [("device", "in-use")]


@pytest.mark.parametrize(
    "path",
    [
        "/plans/99",
        "/packages/99",
        "/product?product=x",
        "/device?product=x&key=y",
        "/plans/99/devices",
        "/plans/99/log",
        "/device/log?product=x&key=y",
        "/files/" + "0" * 64,
        "/files/..%2f..%2fcenter.db",
        "/nothing",
    ],
)
def test_what_there_is_not_is_not_found(client, path):
    assert errors(client.get(API + path), 404)


def test_whoever_asks_for_a_page_is_told_on_a_page(client):
    for path in ("/plans/99", "/device?product=x&key=<b>", "/nothing", "/packages?start=x"):
        page = client.get(path, headers={"accept": "text/html", "accept-language": "zh"})
        assert page.status_code in (404, 422)
        assert "无法显示" in page.text and "<b>" not in page.text.split("<main")[1]
    assert errors(client.get("/plans/99"), 404)


def test_a_page_of_another_site_changes_nothing(client):
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        response = client.post(f"{API}/products", json={"key": "p9"}, headers=headers)
        assert errors(response, 403)
    assert client.get(f"{API}/products").json() == []


def test_a_name_of_elsewhere_that_points_here_is_refused(client):
    response = client.get(f"{API}/products", headers={"host": "evil.example"})
    assert errors(response, 403)
