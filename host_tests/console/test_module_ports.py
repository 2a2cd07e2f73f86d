"""`qsota center --module PORT`: a board behind a port of this host is a device in the console that
nobody has made there, and upgrades like any other."""

import os
import select
import threading
import time
import tty
from urllib.parse import urlencode

import pytest
from console_requests import API, ask

from qsota_tools import boards, cli
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.virtual_board import VirtualBoard

WAIT_S = 90


class NullModem:
    """Two serial devices, wired to each other."""

    def __init__(self):
        pairs = [os.openpty() for _ in range(2)]
        self._masters = [master for master, _ in pairs]
        self._slaves = [slave for _, slave in pairs]
        for fd in self._masters + self._slaves:
            tty.setraw(fd)
        self.names = [os.ttyname(slave) for slave in self._slaves]
        self._stopping = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        other = dict(zip(self._masters, reversed(self._masters), strict=True))
        while not self._stopping:
            for fd in select.select(self._masters, [], [], 0.1)[0]:
                os.write(other[fd], os.read(fd, 4096))

    def stop(self):
        self._stopping = True
        self._thread.join()
        for fd in self._masters + self._slaves:
            os.close(fd)


@pytest.fixture
def serial():
    """(the module's end, the board's end) of a serial line."""
    modem = NullModem()
    yield modem.names
    modem.stop()


@pytest.fixture
def tcp():
    return "listen:127.0.0.1:0", None  # the console says which port it is


def package(version):
    board = boards.load("VIRTUAL")
    image = build_image(EXAMPLES / f"sensor_node_{version}")
    return make_package(image, board, board["component"], version)


def wait_for(condition):
    end = time.monotonic() + WAIT_S
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tcp", "serial"])
def test_a_board_behind_a_port_appears_and_upgrades(kind, request, start_program, tmp_path):
    module, wired = request.getfixturevalue(kind)
    _, port = start_program("--module", module)
    (unit,) = ask(port, "GET", f"{API}/boards")[1]
    assert unit["kind"] == "port"
    flash = tmp_path / "board.bin"
    board = boards.load("VIRTUAL")
    flash.write_bytes(make_flash(board, package("1_0_0")))
    with VirtualBoard(board, flash, wired or unit["port"]):
        device = wait_for(lambda: devices(port, "1_0_0"))
        assert (device["product"], device["key"]) == (unit["product"], unit["device"])
        make_plan(port, device["product"], tmp_path)
        device = wait_for(lambda: devices(port, "2_0_0"))
        where = urlencode({"product": device["product"], "key": device["key"]})
        (task,) = ask(port, "GET", f"{API}/device?{where}")[1]["tasks"]
        assert task["status"] == "upgraded"


def devices(port, version):
    """The one device, if it is on-line with that version."""
    rows = ask(port, "GET", f"{API}/devices?online=true")[1]["rows"]
    return next((row for row in rows if row["versions"].get("MCU") == version), None)


def make_plan(port, product, folder):
    """By the verbs of the command line; and the clock is moved on to its first push."""
    path = folder / "node.bin"
    path.write_bytes(package("2_0_0"))
    url = ("--url", f"http://127.0.0.1:{port}")
    assert cli.main(["center", "upload", *url, str(path)]) == 0
    plan = ["--name", "spring", "--product", product, "--component", "MCU", "--package", "1"]
    assert cli.main(["center", "plan", *url, *plan]) == 0
    made = ask(port, "GET", f"{API}/plans")[1]["rows"][0]["id"]
    assert cli.main(["center", "activate", *url, str(made)]) == 0
    assert ask(port, "POST", f"{API}/clock/jump-to-slot")[0] == 200
