"""Fixtures of the console's tests."""

import signal
import socket
import subprocess
import time

import pytest
from console_requests import API, ask, make_package, plan_fields
from fastapi.testclient import TestClient

from qsota_tools.center.service import Service
from qsota_tools.common.paths import PROGRAM
from qsota_tools.console import web_app
from qsota_tools.console.console import Console
from qsota_tools.console.workbench import Bench

PROGRAM_STARTS_S = 120


@pytest.fixture
def start_program(tmp_path):
    """Start `qsota center` with those arguments: (process, port that it listens at)."""
    started = []

    def start(*arguments):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [*PROGRAM, "center", "--port", str(port)]
        command += ["--data", str(tmp_path / "center"), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        started.append(process)
        end = time.monotonic() + PROGRAM_STARTS_S
        while not answers(port):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.2)
        return process, port

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130)


def answers(port):
    try:
        return ask(port, "GET", f"{API}/clock")[0] == 200
    except OSError:
        return False


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
