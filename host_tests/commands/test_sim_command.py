"""`qsota sim` and RealTimeSim in real time, driven by a plain serial client."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

import pytest
import serial

from qsota_tools import cli
from qsota_tools.center.plan import Component, Plan
from qsota_tools.commands.board import boards
from qsota_tools.common.paths import TOOLS
from qsota_tools.module.realtime import RealTimeSim
from qsota_tools.package.make import make_package

SEED_SIZE = 27954
QUICK = ["--baud", "0", "--option", "connect_ms=20", "--timeout", "30"]


class Mcu:
    """What a simple firmware does: one command at a time, events remembered."""

    def __init__(self, url):
        self._serial = serial.serial_for_url(str(url), 115200, timeout=5)
        self._events = []

    def close(self):
        self._serial.close()

    def line(self):
        text = self._serial.readline()
        assert text.endswith(b"\n"), f"silence after {text!r}"
        return text.strip().decode()

    def at(self, command):
        """The lines of the response, with its final result code."""
        self._serial.write(command.encode() + b"\r\n")
        lines = []
        while not lines or lines[-1] not in ("OK", "ERROR"):
            text = self.line()
            if text.startswith("+QIOTEVT"):
                self._events.append(text)
            elif text and text != command:
                lines.append(text)
        return lines

    def event(self, code):
        """Wait for an event with that code."""
        while True:
            text = self._events.pop(0) if self._events else self.line()
            if f",{code}" in text:
                return text

    def read(self, start, length):
        self._serial.write(b"AT+QIOTOTARD=%d,%d\r\n" % (start, length))
        while not (text := self.line()).startswith("+QIOTOTARD: "):
            assert text != "ERROR"
        at, count = map(int, text[12:].split(","))
        assert at == start
        data = self._serial.read(count)
        while self.line() != "OK":
            pass
        return data

    def connect(self):
        self.at("AT+QIOTREG=1")
        self.event("10200")
        while "3,10200" not in self.event("10200"):
            pass

    def accept(self):
        """Ask for the plan, confirm it and wait for the block; the bytes to read."""
        assert self.at("AT+QIOTOTAREQ=1") == ["OK"]
        self.event(10700)
        time.sleep(0.1)
        assert self.at("AT+QIOTUPDATE=1") == ["OK"]
        return int(self.event(10703).split(",")[-1])

    def read_all(self, size, start=0):
        data = b""
        while len(data) < size - start:
            data += self.read(start + len(data), 1024)
        return data

    def finish(self, name, version, code):
        assert self.at("AT+QIOTUPDATE=3") == ["OK"]
        self.event(10704)
        assert self.at(f'AT+QIOTMCUVER="{name}","{version}"') == ["OK"]
        self.event(code)

    def upgrade(self, name, version, code=10705):
        data = self.read_all(self.accept())
        self.finish(name, version, code)
        return data


class Sim:
    """The command in a process of its own."""

    def __init__(self, *args):
        command = [sys.executable, "-m", "qsota_tools.cli", "sim", *map(str, args)]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(TOOLS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        self.port = json.loads(first)["port"] if "--json" in args else first.split(" at ")[1][:-1]

    def end(self):
        """(exit code, standard output) once it has ended by itself."""
        out, err = self.process.communicate(timeout=40)
        assert err == ""
        return self.process.returncode, out

    def events(self):
        code, out = self.end()
        return code, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def sim():
    started = []

    def start(*args):
        started.append(Sim(*args))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def seed(tmp_path):
    path = tmp_path / "seed.bin"
    path.write_bytes(bytes(i * i // 7 & 0xFF for i in range(SEED_SIZE)))
    return path


def plain(path, component="STM32", target="2_0_0"):
    return ["--package", path, "--component", component, "--target", target]


def test_the_flow_of_the_seed_document(sim, seed, tmp_path):
    link = tmp_path / "modem"
    options = ["--option", "known=on", "--option", "qind=on"]
    run = sim("--link", link, *plain(seed), *QUICK, *options, "--until", "10705", "--transcript")
    mcu = Mcu(link)
    assert mcu.at("AT+QIOTREG=1") == ["OK"]
    mcu.event("10200")
    mcu.event("10200")
    mcu.at("ATE0")
    assert mcu.at('AT+QIOTMCUVER="STM32","1_0_0"') == ["OK"]
    assert mcu.upgrade("STM32", "2_0_0") == seed.read_bytes()
    code, out = run.end()
    assert code == 0
    heads = [entry.split("\n")[0] for entry in out.split("\n\n") if entry.startswith("[")]
    reads = [
        line
        for start in range(0, SEED_SIZE, 1024)
        for line in (
            f"[TX]AT+QIOTOTARD={start},1024",
            f"[RX]+QIOTOTARD: {start},{min(1024, SEED_SIZE - start)}",
        )
    ]
    assert [line.partition(',"')[0] for line in heads] == [
        "[TX]AT+QIOTREG=1",
        "[RX]AT+QIOTREG=1",
        "[RX]OK",
        "[RX]+QIOTEVT: 2,10200",
        "[RX]+QIOTEVT: 3,10200",
        "[TX]ATE0",
        "[RX]ATE0",
        "[RX]OK",
        '[TX]AT+QIOTMCUVER="STM32"',
        "[RX]OK",
        "[TX]AT+QIOTOTAREQ=1",
        "[RX]OK",
        "[RX]+QIOTEVT: 7,10700",
        "[TX]AT+QIOTUPDATE=1",
        "[RX]OK",
        "[RX]+QIOTEVT: 7,10701",
        "[RX]+QIOTEVT: 7,10702",
        "[RX]+QIOTEVT: 7,10703",
        *reads,
        "[TX]AT+QIOTUPDATE=3",
        "[RX]OK",
        "[RX]+QIOTEVT: 7,10704",
        '[TX]AT+QIOTMCUVER="STM32"',
        "[RX]OK",
        '[RX]+QIND: "FOTA"',
        "[RX]+QIOTEVT: 7,10705",
    ]
    words = "".join(seed.read_bytes()[at : at + 4][::-1].hex() + "\n" for at in range(0, 16, 4))
    assert f"[RX]+QIOTOTARD: 0,1024\n\n{words}...\n\nOK\n" in out
    assert not link.is_symlink()


def test_the_json_events_tell_the_progress(sim, seed):
    run = sim(*plain(seed), *QUICK, "--json")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.upgrade("STM32", "2_0_0")
    code, events = run.events()
    assert code == 0
    kinds = list(dict.fromkeys(event["event"] for event in events))
    assert kinds == [
        "peer",
        "connected",
        "versions",
        "offered",
        "status",
        "confirmed",
        "download",
        "block",
        "read",
        "verdict",
        "plan-ended",
        "done",
    ]
    reads = [event for event in events if event["event"] == "read"]
    assert sum(event["length"] for event in reads) == SEED_SIZE
    assert reads[-1]["start"] + reads[-1]["length"] == reads[-1]["total"] == SEED_SIZE
    assert events[-1]["ok"] is True
    times = [event["t"] for event in events[:-1]]
    assert times == sorted(times)


def test_component_and_version_come_from_a_qsota_package(sim, tmp_path):
    package = tmp_path / "app.qsota"
    package.write_bytes(make_package(b"image" * 100, boards.load("VIRTUAL"), "MCU", "3.1"))
    run = sim("--package", package, *QUICK)
    mcu = Mcu(run.port)
    mcu.connect()
    assert mcu.upgrade("MCU", "3.1") == package.read_bytes()
    assert run.end()[0] == 0


def test_several_packages_are_several_plans_with_a_verdict_each(sim, tmp_path):
    packages = []
    for version in ("1.1", "1.2"):
        path = tmp_path / version
        path.write_bytes(make_package(b"x", boards.load("VIRTUAL"), "MCU", version))
        packages += ["--package", path]
    run = sim(*packages, *QUICK, "--until", "10705,10706")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.upgrade("MCU", "1.1")
    mcu.upgrade("MCU", "1.1", code=10706)
    code, out = run.end()
    assert code == 0
    assert "done: upgrade failed (10706)" in out


def test_one_plan_for_several_packages(sim, tmp_path):
    packages = []
    for name in ("A", "B"):
        path = tmp_path / name
        path.write_bytes(make_package(b"x", boards.load("VIRTUAL"), name, "2"))
        packages += ["--package", path]
    run = sim(*packages, "--multi", *QUICK, "--until", "10705")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.upgrade("A", "2")
    size = int(mcu.event(10703).split(",")[-1])
    mcu.read_all(size)
    mcu.finish("B", "2", 10705)
    assert run.end()[0] == 0


def test_another_verdict_than_asked_for_is_exit_code_1(sim, seed):
    run = sim(*plain(seed), *QUICK, "--until", "10705")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.accept()
    mcu.finish("STM32", "1_0_0", 10706)
    code, out = run.end()
    assert code == 1
    assert "done: plan 1: upgrade failed (10706), not 10705" in out


def test_no_verdict_in_time_is_exit_code_1(sim, seed):
    run = sim(*plain(seed), "--timeout", "0.3")
    code, out = run.end()
    assert code == 1 and "done: timeout" in out


def test_without_a_package_the_time_just_ends(sim):
    assert sim("--timeout", "0.3").end()[0] == 0


def test_a_tcp_client_may_go_and_come_back(sim, seed):
    run = sim("--tcp", "0", *plain(seed), *QUICK, "--json")
    mcu = Mcu(run.port)
    mcu.connect()
    size = mcu.accept()
    first = mcu.read_all(10240)
    mcu.close()
    time.sleep(0.1)
    again = Mcu(run.port)
    data = first + again.read_all(size, len(first))
    again.finish("STM32", "2_0_0", 10705)
    assert data == seed.read_bytes()
    code, events = run.events()
    assert code == 0
    assert [e["connected"] for e in events if e["event"] == "peer"] == [True, False, True]


def test_a_pty_may_be_closed_and_opened_again(sim, seed, tmp_path):
    link = tmp_path / "modem"
    run = sim("--link", link, *plain(seed), *QUICK, "--json")
    mcu = Mcu(link)
    mcu.connect()
    size = mcu.accept()
    first = mcu.read_all(10240)
    mcu.close()
    time.sleep(0.1)
    # Not even the mode of the line is set this time: it must still be transparent.
    fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"AT+QIOTOTARD=10240,1024\r\n")
    data = b""
    while not data.endswith(b"\r\n\r\nOK\r\n"):
        data += os.read(fd, 4096)
    os.close(fd)
    assert seed.read_bytes()[10240:11264] in data
    again = Mcu(link)
    assert first + again.read_all(size, len(first)) == seed.read_bytes()
    again.finish("STM32", "2_0_0", 10705)
    code, events = run.events()
    assert code == 0
    assert [e["connected"] for e in events if e["event"] == "peer"][:3] == [True, False, True]


def test_a_serial_port_is_served_too(sim, seed):
    master, slave = os.openpty()
    run = sim("--serial", os.ttyname(slave), *plain(seed), *QUICK)
    os.write(master, b"ATE0\r\nAT+CSQ\r\n")
    data = b""
    while data.count(b"OK") < 2:
        data += os.read(master, 100)
    assert b"\r\n+CSQ: 24,99\r\n\r\nOK\r\n" in data
    run.process.send_signal(signal.SIGINT)
    assert run.end()[0] == 130


def test_the_line_is_paced_at_its_baud_rate():
    with RealTimeSim(baud=9600, response_ms=0, imei="8" * 300) as sim:
        mcu = Mcu(sim.name)
        assert mcu.at("ATE0") == ["OK"]
        start = time.monotonic()
        assert mcu.at("AT+GSN") == ["8" * 300, "OK"]
        took = time.monotonic() - start
        mcu.close()
    # 8 bytes there, 310 back at 10 bits each
    assert 318 / 960 - 0.01 < took < 318 / 960 + 0.25


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_being_stopped_removes_the_link_and_says_nothing(sim, tmp_path, number, code):
    link = tmp_path / "modem"
    run = sim("--link", link)
    assert link.is_symlink()
    run.process.send_signal(number)
    assert run.end()[0] == code
    assert not link.is_symlink()


def test_a_stale_link_is_replaced(sim, tmp_path):
    link = tmp_path / "modem"
    link.symlink_to("/nonexistent")
    sim("--link", link, "--timeout", "5")
    mcu = Mcu(link)
    assert mcu.at("AT") == ["OK"]


def test_an_option_of_the_module(sim):
    run = sim("--option", "signal=3", "--option", "echo=off", "--option", "imei=12", *QUICK)
    mcu = Mcu(run.port)
    assert mcu.at("AT+CSQ") == ["+CSQ: 3,99", "OK"]
    assert mcu.at("AT+GSN") == ["12", "OK"]


@pytest.mark.parametrize(
    "args, message",
    [
        (["--package", "FILE"], "no qsota package; name it by --component"),
        (["--package", "MISSING"], "MISSING: No such file or directory"),
        (["--link", "FILE"], "File exists"),
        (["--tcp", "x"], "no TCP port: x"),
        (["--serial", "MISSING"], "MISSING"),
        (["--until", "10705"], "--until: 1 verdicts for 0 plans"),
        (["--package", "GOOD", "--until", "10707"], "--until: must be 10705 or 10706, not 10707"),
        (["--package", "GOOD", "--until", "10705,10705"], "--until: 2 verdicts for 1 plans"),
        (["--option", "nosuch=1"], "--option nosuch: the module has none"),
        (["--option", "signal=high"], "--option signal: must be a number, not high"),
        (["--option", "qind=1"], "--option qind: must be on or off, not 1"),
        (["--option", "payload=base64"], "payload must be one of raw, hex, hexwords"),
    ],
)
def test_errors_are_one_clear_line(tmp_path, monkeypatch, capsys, args, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_bytes(b"text")
    (tmp_path / "GOOD").write_bytes(make_package(b"x", boards.load("VIRTUAL"), "MCU", "1"))
    assert cli.main(["sim", *args]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err and err.startswith("qsota: ") and err.count("\n") == 1


@pytest.mark.parametrize("option", ["--baud=-1", "--speed=0", "--flash-free=x", "--push-every=-1"])
def test_numbers_are_checked(option, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["sim", option])
    assert ended.value.code == 2
    assert f"argument {option.split('=')[0]}: " in capsys.readouterr().err


# In-process


def test_an_upgrade_in_process_with_a_restart_of_the_module():
    events = queue.Queue()
    plan = Plan([Component("MCU", "2", b"data" * 1000)])
    sim = RealTimeSim([plan], on_event=events.put, baud=0, connect_ms=20, boot_ms=50)
    with sim:
        mcu = Mcu(sim.name)
        mcu.connect()
        mcu.at("AT+QIOTREG=2")
        size = mcu.accept()
        sim.call(sim.module.reboot)
        mcu.event(10703)
        assert mcu.read_all(size) == b"data" * 1000
        mcu.finish("MCU", "2", 10705)
        mcu.close()
    assert sim.error is None and sim.cloud.results == [10705]
    seen = [events.get_nowait()["event"] for _ in range(events.qsize())]
    assert seen[0] == "listening"
    assert seen.index("power-down") < seen.index("power-up") < seen.index("verdict")


def test_stopping_lets_the_peer_read_the_last_bytes_and_may_be_repeated():
    sim = RealTimeSim(baud=9600).start()
    mcu = Mcu(sim.name)
    mcu.at("ATE0")
    sim.call(sim.module.urc, "x" * 500)
    time.sleep(0.1)
    stopping = threading.Thread(target=sim.stop)
    stopping.start()
    time.sleep(0.7)  # all is sent, nothing is read
    assert mcu._serial.read(504) == b"\r\n" + b"x" * 500 + b"\r\n"
    stopping.join(timeout=1)
    assert not stopping.is_alive()
    sim.stop()


def test_what_is_sent_while_nobody_is_attached_is_lost():
    with RealTimeSim(baud=0) as sim:
        sim.call(sim.module.urc, "EARLY")
        time.sleep(0.1)
        mcu = Mcu(sim.name)
        assert mcu.at("AT") == ["OK"]


def test_a_peer_that_reads_late_loses_nothing():
    with RealTimeSim(baud=0) as sim:
        mcu = Mcu(sim.name)
        mcu.at("ATE0")
        sim.call(sim.module.urc, "x" * 50000)  # many times what the kernel buffers
        time.sleep(0.2)
        assert mcu._serial.read(50004) == b"\r\n" + b"x" * 50000 + b"\r\n"


def test_a_failing_callback_ends_the_simulation_with_its_error():
    seen = queue.Queue()

    def on_trace(direction, text):
        raise RuntimeError("no space")

    sim = RealTimeSim(on_event=seen.put, on_trace=on_trace, baud=0).start()
    Mcu(sim.name)._serial.write(b"AT\r")
    while (event := seen.get(timeout=5))["event"] != "error":
        pass
    sim.stop()
    assert event["reason"] == "no space"
    assert isinstance(sim.error, RuntimeError)
