"""Whatever people and devices call things, it is text on every page: no markup, no path."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from console_requests import API, make_package, plan_fields, upload

from qsota_tools.console import pages

EVIL = "</p><script>a()</script>\"'><img src=x onerror=a()><a href='javascript:a()'>../../passwd\0"
TEXT = EVIL.replace("\0", "")  # forms refuse control characters; devices send what they like


class Markup(HTMLParser):
    """What a browser would take for elements."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "script":
            assert dict(attrs)["src"].startswith("/static/")


@pytest.fixture
def places(client, console):
    """Everything that has a name, with that one; what to put into the addresses of pages."""
    client.post(f"{API}/products", json={"key": "p1", "name": TEXT})
    sha256 = upload(client, name=TEXT + ".bin").json()["sha256"]
    package = make_package(client, TEXT, remarks=TEXT, files=[sha256])
    plan = client.post(f"{API}/plans", json=plan_fields(client, name=TEXT, mode="manual")).json()
    rows = [{"identifier": "MCU", "package": package}]
    client.put(f"{API}/plans/{plan['id']}/components", json={"components": rows})
    for language in ("zh", "en"):
        text = {"text": TEXT}
        assert client.put(f"{API}/plans/{plan['id']}/texts/{language}", json=text).is_success
    device(console.service, "p1", EVIL)
    device(console.service, EVIL, EVIL)
    client.post(f"{API}/plans/{plan['id']}/activate")
    return {"plan": plan["id"], "package": package, "language": "en"}


def device(service, product, key):
    """One that says such things of itself, on its UART and to the cloud."""
    with service.operation() as center:
        made = center.register(product, key)
        made.versions, made.module_version = {EVIL: EVIL}, EVIL
        center.emit("refused", made, None, reason=EVIL, **{EVIL: EVIL})


def addresses(places, unit):
    paths = [route.path.format(**places) for route in pages.router.routes]
    who = [("p1", EVIL), (EVIL, EVIL), (unit["product"], unit["device"])]
    paths.remove("/device")
    paths += [f"/device?{urlencode({'product': p, 'key': k})}" for p, k in who]
    paths += [f"{path}?text={urlencode({'': TEXT})[1:]}" for path in ("/devices", "/packages")]
    return paths


def test_no_page_takes_a_name_for_markup(client, console, places):
    unit = console.bench.attach("listen:127.0.0.1:0")
    console.bench.known(unit["name"])._traced("RX", EVIL)
    with console.service.operation() as center:
        center.register(unit["product"], unit["device"])
    paths = addresses(places, unit)
    assert len(paths) > 15
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        found = Markup(page.text)
        assert "img" not in found.tags, path
        for name, value in found.attributes:
            assert not name.startswith("on") and "script:" not in (value or "")[:20], (path, name)


def test_no_name_becomes_a_path(client, console, places, tmp_path):
    kept = {path.name for path in console.service.files.directory.iterdir()}
    assert all(len(name) == 64 and name.isalnum() for name in kept)
    (name,) = kept
    assert "passwd" not in client.get(f"{API}/files/{name}").headers["content-disposition"]
    for form in ("csv", "json"):
        answer = client.get(f"{API}/plans/{places['plan']}/export", params={"form": form})
        assert answer.headers["content-disposition"].endswith(f'plan-{places["plan"]}.{form}"')


def test_names_come_back_from_the_api_as_they_are(client, places):
    assert client.get(f"{API}/plans/{places['plan']}").json()["name"] == TEXT
    rows = client.get(f"{API}/devices", params={"product": "p1"}).json()["rows"]
    assert [row["key"] for row in rows] == [EVIL] and rows[0]["versions"] == {EVIL: EVIL}
