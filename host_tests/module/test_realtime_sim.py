"""The simulated module in real time, in the process of a test."""

import queue
import threading
import time

from sim_mcu import Mcu

from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.realtime import RealTimeSim


def test_an_upgrade_in_process_with_a_restart_of_the_module():
    events = queue.SimpleQueue()
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
    seen = queue.SimpleQueue()

    def on_trace(direction, text):
        raise RuntimeError("no space")

    sim = RealTimeSim(on_event=seen.put, on_trace=on_trace, baud=0).start()
    Mcu(sim.name)._serial.write(b"AT\r")
    while (event := seen.get(timeout=5))["event"] != "error":
        pass
    sim.stop()
    assert event["reason"] == "no space"
    assert isinstance(sim.error, RuntimeError)
