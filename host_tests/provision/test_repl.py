"""The virtual board's USB: mpremote finds there what it finds on a board."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import serial
from usb_board import BOARD, UsbBoard
from virtual_storage import storage

MPREMOTE = Path(sys.executable).with_name("mpremote")
COUNTER = "import time\nprint('started')\nwhile True: time.sleep_ms(10)"


@pytest.fixture
def power(tmp_path):
    running = []

    def start(boot="x = 5", main=COUNTER, board=BOARD, **options):
        running.append(UsbBoard(tmp_path, storage(boot, main, board), board, **options))
        running[-1].start()
        return running[-1]

    yield start
    for board in running:
        board.stop()


def mpremote(board, *args):
    """The exit code and the output of an mpremote command."""
    command = [MPREMOTE, "connect", board.usb, *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout


def test_exec_interrupts_the_program_and_sees_what_boot_py_left(power):
    board = power()
    board.wait_for("log", text="started")
    assert mpremote(board, "exec", "print(x, __name__)") == (0, "5 __main__\n")
    assert board.wait_for("boot", cause="soft-reset")
    assert mpremote(board, "resume", "eval", "1 + 1") == (0, "2\n")


def test_an_exception_is_shown_and_fails(power):
    code, text = mpremote(power(), "exec", "1 / 0")
    assert code == 1
    assert text.endswith("ZeroDivisionError: divide by zero\n")


def test_files_are_copied_listed_and_read(power, tmp_path):
    board = power()
    (tmp_path / "notes.txt").write_text("kept\n" * 1000)
    assert mpremote(board, "cp", str(tmp_path / "notes.txt"), ":notes.txt")[0] == 0
    assert mpremote(board, "cat", "notes.txt") == (0, "kept\n" * 1000)
    assert "notes.txt" in mpremote(board, "ls")[1]


def test_a_soft_reset_runs_boot_py_only(power):
    board = power(boot="print('boot')")
    board.wait_for("log", text="started")
    assert mpremote(board, "soft-reset")[0] == 0
    board.wait_for("log", text="boot")
    board.wait_for("repl")
    before = len(board.events)
    assert not [e for e in board.events[before:] if e.get("text") == "started"]


def test_ctrl_d_at_the_friendly_repl_runs_main_py(power):
    board = power(main="print('started')")
    board.wait_for("repl")
    with serial.Serial(board.usb, timeout=5) as port:
        port.write(b"\r")
        assert port.read_until(b">>> ").endswith(b">>> ")
        port.write(b"\x04")
        assert port.read_until(b"MPY: soft reboot\r\n").endswith(b"MPY: soft reboot\r\n")
        assert b"started" in port.read_until(b">>> ")


def test_ctrl_c_interrupts_a_program_in_the_repl(power):
    board = power(main="")
    board.wait_for("repl")
    with serial.Serial(board.usb, timeout=5) as port:
        port.read_until(b">>> ")
        port.write(b"while True: pass\r\r")
        port.read_until(b"... ")
        port.read_until(b"\r\n")  # before that it would only take back the line
        time.sleep(0.3)
        port.write(b"\x03")
        assert b"KeyboardInterrupt" in port.read_until(b">>> ")


def test_ctrl_c_in_a_collection_of_garbage_leaves_a_heap_that_works(power):
    main = """
import gc, time
kept = [bytearray(8) for i in range(5000)]
print("started")
while True:
    for i in range(10): gc.collect()
    time.sleep_ms(3)
"""
    board = power(main=main)
    for _ in range(3):
        board.wait_for("log", text="started")
        code = "print(sum(len(bytes(9)) for i in range(1000)))"
        assert mpremote(board, "exec", code, "reset") == (0, "9000\n")


def test_ctrl_c_does_not_break_into_a_flash_operation(power):
    main = """
import rp2, time
flash = rp2.Flash()
print("started")
while True:
    flash.ioctl(6, 100)
    time.sleep_ms(5)
"""
    board = power(main=main, timing="real")
    board.wait_for("log", text="started")
    with serial.Serial(board.usb) as port:
        port.write(b"\x03")
        board.wait_for("log", text="KeyboardInterrupt: ")
    assert not [e for e in board.events if "nor.py" in e.get("text", "")]


def test_a_program_reads_what_is_typed(power):
    board = power(main="import sys\nprint('started')\nprint('got', sys.stdin.read(3))")
    board.wait_for("log", text="started")
    with serial.Serial(board.usb, timeout=5) as port:
        port.write(b"abc")
        board.wait_for("log", text="got abc")


def test_a_reset_drops_off_usb_and_comes_back(power):
    board = power(main="print('started')")
    board.wait_for("repl")
    with serial.Serial(board.usb, timeout=5) as port:
        port.write(b"import machine; machine.reset()\r")
        with pytest.raises(serial.SerialException):
            while port.read(100):
                pass
    assert board.wait_for("boot", cause="reset")
    board.wait_for("log", text="started")
    assert mpremote(board, "eval", "3") == (0, "3\n")


def test_a_watchdog_outlives_a_soft_reset(power):
    board = power(main="import machine; machine.WDT(timeout=3000)\nprint('armed')")
    board.wait_for("log", text="armed")
    assert mpremote(board, "eval", "1")[0] == 0
    board.wait_for("wdt")
    assert board.wait_for("boot")["cause"] == "watchdog"


def test_the_watchdog_is_stopped_through_its_register(power):
    main = """
import machine
wdt = machine.WDT(timeout=200)
machine.mem32[0x4005B000] = 1 << 30
wdt.feed()
print("stopped")
"""
    board = power(main=main)
    board.wait_for("log", text="stopped")
    with pytest.raises(TimeoutError):
        board.wait_for("wdt", timeout=0.5)


def test_a_host_that_does_not_read_does_not_stop_the_board(power):
    main = "for i in range(3000): print('line', i, 'x' * 60)\nprint('done')"
    board = power(main=main)
    with serial.Serial(board.usb):
        board.wait_for("log", text="done")
