"""The ports of `qsota board --emulated`, around a stand-in for the emulated Pico."""

import os
import threading
import time
from types import SimpleNamespace

from qsota_tools import boards
from qsota_tools.emulated.live import Live

BOARD = boards.load("RPI_PICO")
PATIENCE_S = 10


class StandIn:
    """Has what Live uses of a Pico; its USB comes up after `up_at` seconds."""

    def __init__(self, up_at=0.0):
        self.seconds = 0.0
        self.stopped = False
        self.up_at = up_at
        self.typed, self.received = bytearray(), bytearray()
        self.usb = SimpleNamespace(up=False, on_data=None, type=self.typed.extend)
        uart = SimpleNamespace(send=self.received.extend, on_byte=None)
        self.uarts = {BOARD["uart"]["id"]: uart}
        self.uart = uart
        self.on_boot = None

    def run(self, seconds):
        self.seconds += seconds
        self.usb.up = self.seconds >= self.up_at


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


def wait_for(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def exchange(path, data, count):
    """Send data to a pty; the first count bytes that come from it."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(port, data)
    got = b""
    while len(got) < count:
        got += os.read(port, count - len(got))
    os.close(port)
    return got


def test_usb_and_uart_are_passed_on_both_ways(tmp_path):
    pico = StandIn()
    with Running(pico, tmp_path) as board:
        wait_for(board.usb.is_symlink)
        pico.usb.on_data(b">>> ")
        for byte in b"AT\r":
            pico.uart.on_byte(byte)
        assert exchange(board.usb, b"\x03", 4) == b">>> "
        assert exchange(board.uart, b"OK", 3) == b"AT\r"
        wait_for(lambda: (pico.typed, pico.received) == (b"\x03", b"OK"))
    assert not board.usb.is_symlink()
    assert not board.uart.is_symlink()


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
    pico.usb.on_data(b"27.0 C\r\nlost")
    pico.on_boot("reset")
    pico.usb.on_data(b"again\r\n")
    live.stop()
    live.run(None)
    lines = [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["| 27.0 C", "boot after reset", "| again"]
