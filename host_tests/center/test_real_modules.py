"""Modules behind ports of this host, on threads of their own, with a service in real time."""

import re
import socket
import time

import pytest

from qsota_tools.center.service import Service
from qsota_tools.module.realtime import RealTimeSim

DATA = bytes(range(256)) * 20
QUICK = {"echo": False, "connect_ms": 10, "event_ms": 5, "response_ms": 1, "boot_ms": 50}


class Mcu:
    """The other end of the module's UART."""

    def __init__(self, sim):
        host, port = re.search(r"([\d.]+|localhost):(\d+)", sim.name).groups()
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._seen = b""

    def at(self, line):
        self._socket.sendall(line.encode() + b"\r\n")
        self.wait_for("\r\nOK\r\n")

    def confirm(self):
        """T15: not at once, since the module takes the state after it has printed the event."""
        time.sleep(0.1)
        self.at("AT+QIOTUPDATE=1")

    def wait_for(self, text, seconds=10):
        """Until the module has said that; what came up to it."""
        end = time.monotonic() + seconds
        while text.encode() not in self._seen:
            assert time.monotonic() < end, (text, self._seen)
            self._seen += self._socket.recv(4096)
        before, _, self._seen = self._seen.partition(text.encode())
        return before

    def close(self):
        self._socket.close()


@pytest.fixture
def started(tmp_path):
    """Make services on the same database, one after the other."""
    made = []

    def start():
        if made:
            made.pop().stop()
        made.append(Service(f"sqlite:///{tmp_path}/c.db", tmp_path / "files").start())
        return made[0]

    yield start
    made.pop().stop()


def module(service, number=1):
    options = {"imei": f"86000000000000{number}", "baud": 0, **QUICK}
    return RealTimeSim(port="listen:127.0.0.1:0", connect=service.session, **options)


def activate(service, target="2_0_0"):
    wait_until(service.products.find)  # a module says 3,10200 before the Center hears of it
    file = service.packages.upload("app.bin", [DATA])
    fields = {"name": target, "component_type": "mcu", "package_type": "full"}
    package = service.packages.create({**fields, "target_version": target}, [file["sha256"]])
    now = service.clock.get()["now"]
    fields = {"name": target, "product": "p1SIMU", "zone": "UTC", "start": now}
    plan = service.plans.create({**fields, "end": now + 86400000})
    service.plans.set_components(plan["id"], [{"identifier": "MCU", "package": package["id"]}])
    return service.plans.activate(plan["id"])["id"]


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def finish(mcu, version="2_0_0"):
    mcu.wait_for("10703")
    mcu.at("AT+QIOTUPDATE=3")
    mcu.wait_for("10704")
    mcu.at(f'AT+QIOTMCUVER="MCU","{version}"')
    mcu.wait_for("10705")


def test_two_modules_upgrade_side_by_side(started):
    service = started()
    with module(service, 1) as one, module(service, 2) as two:
        mcus = [Mcu(one), Mcu(two)]
        for mcu in mcus:
            mcu.at("AT+QIOTREG=2")
            mcu.wait_for("3,10200")
        plan = activate(service)
        for mcu in mcus:
            mcu.at("AT+QIOTOTAREQ=1")
            mcu.wait_for("10700")
            mcu.confirm()
        for mcu in mcus:
            finish(mcu)
            mcu.close()
        wait_until(lambda: service.monitor.counts(plan)["upgraded"] == 2)
        assert service.devices.find(online=True)["total"] == 2
    assert service.devices.find(online=False)["total"] == 2


def test_the_grid_reaches_a_module_when_the_clock_is_moved_on(started):
    service = started()
    with module(service) as sim:
        mcu = Mcu(sim)
        mcu.at("AT+QIOTREG=2")
        mcu.wait_for("3,10200")
        activate(service)
        service.clock.jump_to_slot()
        mcu.wait_for('10700,"MCU","","2_0_0",30,-113,5120')
        mcu.close()


def test_an_upgrade_goes_on_after_a_restart_of_the_center_and_its_module(started):
    service = started()
    with module(service) as sim:
        mcu = Mcu(sim)
        mcu.at('AT+QIOTMCUVER="MCU","1_0_0"')
        mcu.at("AT+QIOTREG=2")
        mcu.wait_for("3,10200")
        plan = activate(service)
        mcu.at("AT+QIOTOTAREQ=1")
        mcu.wait_for("10700")
        mcu.confirm()
        mcu.wait_for("10703")
        mcu.close()
    service = started()
    with module(service) as sim:
        # As after a restart of a real module: connected by itself, the download from the start.
        mcu = Mcu(sim)
        mcu.wait_for("10701")
        finish(mcu)
        mcu.close()
        wait_until(lambda: service.monitor.counts(plan)["upgraded"] == 1)
    (device,) = service.devices.find()["rows"]
    assert device["versions"] == {"MCU": "2_0_0"}


def test_what_comes_for_a_module_that_was_stopped_is_dropped(tmp_path):
    called = []
    sim = RealTimeSim(port="listen:127.0.0.1:0").start()
    sim.stop()
    with (tmp_path / "file").open("wb", buffering=0):  # it may have the number of the pipe's end
        for _ in range(3):
            sim.call(called.append, 1)
    assert called == [] and (tmp_path / "file").read_bytes() == b""
