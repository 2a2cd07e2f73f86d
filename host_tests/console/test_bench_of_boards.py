"""Virtual boards from the API, their faults, and the verbs of the command line, for real."""

import socket
import threading
import time

import pytest
import uvicorn
from console_requests import API, upload

from qsota_tools import boards, cli
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.console import demo_start, web_app
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

WAIT_S = 90


def wait_until(condition):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def demo(console):
    demo_start.fill(console)
    return console


def device(client):
    rows = client.get(f"{API}/devices").json()["rows"]
    return rows[0] if rows else {"versions": {}, "online": False}


def test_a_board_upgrades_whatever_goes_wrong_and_a_lie_is_seen(demo, client):
    wait_until(lambda: device(client)["online"])
    for fault in ("cut-power", "lose-link", "restart-module"):
        assert client.post(f"{API}/boards/board-1/{fault}").status_code == 200
    wait_until(lambda: device(client)["versions"].get("MCU") == "2_0_0")
    (unit,) = client.get(f"{API}/boards").json()
    assert unit["kind"] == "virtual" and unit["fault"] is None
    query = {"product": unit["product"], "key": unit["device"]}
    lines = client.get(f"{API}/device/transcript", params=query).json()
    assert any("AT+QIOTOTARD=" in line["text"] for line in lines)
    lie = {"component": "MCU", "version": "9_9_9"}
    client.post(f"{API}/boards/board-1/lie", json=lie)
    wait_until(lambda: "9_9_9" in str(client.get(f"{API}/device/log", params=query).json()))
    assert client.delete(f"{API}/boards/board-1").status_code == 204
    wait_until(lambda: not device(client)["online"])


def test_a_board_that_is_not_there_has_no_faults(client):
    assert client.post(f"{API}/boards/board-1/cut-power").status_code == 404


def test_a_port_has_a_module_but_no_power_to_cut(console, client):
    console.bench.attach("listen:127.0.0.1:0")
    (unit,) = client.get(f"{API}/boards").json()
    assert unit["kind"] == "port" and unit["port"].startswith("socket://127.0.0.1:")
    assert client.post(f"{API}/boards/{unit['name']}/cut-power").status_code == 422


def test_a_package_that_no_board_can_start_with_is_refused(client):
    sha256 = upload(client).json()["sha256"]
    fields = {"name": "a", "component_type": "mcu", "package_type": "full"}
    fields |= {"target_version": "2", "files": [sha256]}
    made = client.post(f"{API}/packages", json=fields).json()
    response = client.post(f"{API}/boards", json={"package": made["id"]})
    assert response.status_code == 422 and response.json()["errors"][0]["code"] == "failed"


@pytest.fixture
def served(console):
    """The address of that console, over HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = web_app.create(console, token="right")
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_the_verbs_do_what_the_pages_do(console, served, tmp_path, capsys):
    where = ("--url", served, "--token", "right")
    console.service.products.create({"key": "p1"})
    board = boards.load("VIRTUAL")
    path = tmp_path / "node.bin"
    path.write_bytes(make_package(build_image(EXAMPLES / "sensor_node_2_0_0"), board, "MCU", "2"))
    assert cli.main(["center", "upload", *where, str(path)]) == 0
    package = console.service.packages.find()["rows"][0]
    assert (package["name"], package["target_version"]) == ("node", "2")
    plan = ["--name", "spring", "--product", "p1", "--component", "MCU"]
    assert cli.main(["center", "plan", *where, *plan, "--package", str(package["id"])]) == 0
    made = str(console.service.plans.find()["rows"][0]["id"])
    assert cli.main(["center", "activate", *where, made]) == 0
    assert cli.main(["center", "watch", *where, made]) == 0
    capsys.readouterr()
    assert cli.main(["center", "export", *where, made]) == 0
    assert capsys.readouterr().out.startswith("product,device,status")
    assert cli.main(["center", "activate", *where, made]) == 1
    assert "status: cannot be done while the status is active" in capsys.readouterr().err


def test_the_network_is_not_let_in_without_a_token(capsys, tmp_path):
    assert cli.main(["center", "--host", "0.0.0.0", "--data", str(tmp_path)]) == 1
    assert "a --token is needed" in capsys.readouterr().err


def test_a_port_that_is_taken_or_a_host_that_is_not_here_is_told_before_any_address(
    capsys, tmp_path
):
    def serve(*where):
        return cli.main(["center", "--data", str(tmp_path / "center"), *where])

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert serve("--port", port) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"qsota: 127.0.0.1:{port}: Address already in use")
    assert serve("--host", "no.invalid", "--token", "right") == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("qsota: no.invalid:8000: ")
