"""The ports of `qsota sim`: TCP, a pty, a serial device, each of which may come and go."""

import os
import signal
import time

from sim_mcu import QUICK, Mcu, plain

from qsota_tools.module.realtime import RealTimeSim


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


def test_a_stale_link_is_replaced(sim, tmp_path):
    link = tmp_path / "modem"
    link.symlink_to("/nonexistent")
    sim("--link", link, "--timeout", "5")
    mcu = Mcu(link)
    assert mcu.at("AT") == ["OK"]
