"""Requests that many of the console's tests make."""

import http.client
import json

API = "/api/v1"


def upload(client, content=b"\x00\x01" * 100, name="app.bin"):
    return client.post(f"{API}/files", params={"name": name}, content=content)


def make_package(client, name="app", **more):
    fields = {"name": name, "component_type": "mcu", "package_type": "full"}
    fields |= {"target_version": "2_0_0", "files": [upload(client).json()["sha256"]]}
    return client.post(f"{API}/packages", json=fields | more).json()["id"]


def plan_fields(client, **more):
    now = client.get(f"{API}/clock").json()["now"]
    fields = {"name": "spring", "product": "p1", "zone": "Asia/Shanghai"}
    return fields | {"start": now, "end": now + 86400000} | more


def ask(port, method, path, body=None):
    """Of a console that is a program of its own: (status, JSON)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, json.loads(response.read() or "null")
