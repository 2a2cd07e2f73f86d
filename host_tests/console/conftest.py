"""Fixtures of the console's tests."""

import pytest
from console_requests import API, make_package, plan_fields
from fastapi.testclient import TestClient

from qsota_tools.center.service import Service
from qsota_tools.console import web_app
from qsota_tools.console.console import Console
from qsota_tools.console.workbench import Bench


@pytest.fixture
def console(tmp_path):
    """A running console, without boards."""
    with Service(f"sqlite:///{tmp_path}/center.db", tmp_path / "files") as service:
        made = Console(service, Bench(service, tmp_path / "boards", timing="none"))
        yield made
        made.stop()


@pytest.fixture
def client(console):
    """Asks it from this host, without a token."""
    with TestClient(web_app.create(console), base_url="http://127.0.0.1") as made:
        yield made


@pytest.fixture
def product(client):
    client.post(API + "/products", json={"key": "p1", "name": "Diffuser"})
    client.post(API + "/devices", json={"product": "p1", "keys": ["d1", "d2"]})
    return "p1"


@pytest.fixture
def package(client):
    """The id of a package that is not one of ours."""
    return make_package(client)


@pytest.fixture
def plan(client, product, package):
    """The id of a plan that can be activated."""
    made = client.post(f"{API}/plans", json=plan_fields(client)).json()["id"]
    rows = [{"identifier": "MCU", "package": package}]
    client.put(f"{API}/plans/{made}/components", json={"components": rows})
    return made
