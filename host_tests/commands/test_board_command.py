"""`qsota board`: its options, its output and its exit codes."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from virtual_storage import BOARD, CUT_MAIN, FREE, SIZE, STATE, boot_record, storage

from qsota_tools import cli
from qsota_tools.commands import board as board_vm
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import PROGRAM, TOOLS
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

UPGRADED = f"""
import machine, rp2
staged = bytearray(512)
rp2.Flash(start={FREE}, len=4096).readblocks(0, staged)
rp2.Flash(start={STATE}, len=8192).writeblocks(0, staged, 0)
uart = machine.UART(0)
while not uart.any():
    pass
uart.write(b'AT+QIOTMCUVER="MCU","2_0_0"\\r')
while True:
    pass
"""


@pytest.fixture
def module(tmp_path):
    """The name of a port behind which somebody asks once and says OK to the answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            with server.accept()[0] as peer:
                answer = b""
                while b"QIOTMCUVER" not in answer:
                    peer.sendall(b"go")
                    time.sleep(0.02)
                    peer.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        answer += peer.recv(100)
                    peer.setblocking(True)
                peer.sendall(b"\r\nOK\r\n")
                peer.recv(1)

        thread = threading.Thread(target=talk)
        thread.start()
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_the_command_ends_once_the_version_is_confirmed_and_reported(tmp_path, module, capsys):
    flash = tmp_path / "flash.bin"
    image = bytearray(storage(main=UPGRADED))
    image[FREE : FREE + 512] = boot_record("2_0_0")
    flash.write_bytes(image)
    options = ["--flash", str(flash), "--uart", module, "--json", "--timing", "none"]
    assert cli.main(["board", *options, "--until", "2_0_0", "--timeout", "10"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds == ["power_on", "record", "boot", "record", "report", "done"]
    assert events[-1]["ok"]


def test_the_command_fails_when_the_version_does_not_come_in_time(tmp_path, capsys):
    flash = tmp_path / "flash.bin"
    flash.write_bytes(storage(main="print('up')"))
    options = ["--flash", str(flash), "--uart", f"pty:{tmp_path / 'uart'}"]
    assert cli.main(["board", *options, "--until", "2_0_0", "--timeout", "0.3"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("power on")
    assert any(line.endswith("| up") for line in lines)
    assert lines[-1].endswith("done: timeout")


def test_the_command_fails_on_a_violation(tmp_path, capsys):
    flash = tmp_path / "flash.bin"
    flash.write_bytes(storage(main="import rp2; rp2.Flash().ioctl(6, -1)"))
    assert cli.main(["board", "--flash", str(flash), "--uart", f"pty:{tmp_path / 'uart'}"]) == 1
    assert "VIOLATION: erase of 4096 bytes at -4096: outside" in capsys.readouterr().out


def test_the_command_cuts_the_power_on_demand(tmp_path, capsys):
    flash = tmp_path / "flash.bin"
    flash.write_bytes(storage(main=CUT_MAIN))
    options = ["--flash", str(flash), "--uart", f"pty:{tmp_path / 'uart'}"]
    assert cli.main(["board", *options, "--cut", "1:after", "--timeout", "0.4"]) == 0
    assert "power cut at flash operation 1 (after)" in capsys.readouterr().out
    assert flash.read_bytes()[FREE : FREE + 512] == b"a" * 512


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--uart", "/nowhere/tty"], "cannot open /nowhere/tty: No such file or directory"),
        (["--uart", "socket://nowhere"], "socket://nowhere: "),
        (["--uart", "pty:x", "--board", "NONE"], "unknown board NONE"),
        (["--uart", "pty:x", "--board", "PYBV11_W25Q128"], "--root FILE is for boards with"),
        (["--uart", "pty:x", "--board", "RPI_PICO"], "the flash of RPI_PICO has 1441792"),
    ],
)
def test_a_wrong_option_is_one_clear_line(tmp_path, monkeypatch, capsys, options, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flash.bin").write_bytes(bytes(SIZE))
    assert cli.main(["board", "--flash", "flash.bin", *options]) == 1
    complaints = capsys.readouterr().err.splitlines()
    assert len(complaints) == 1
    assert complaint in complaints[0]


def test_confirmed_alone_or_reported_alone_is_not_the_goal():
    record = {"event": "record", "active": 1, "versions": ["1", "2"]}
    report = {"event": "report", "component": "MCU", "version": "2"}
    goal = board_vm.Goal("MCU", "2")
    assert not goal.reached(report)
    assert not goal.reached({**record, "states": ["good", "trial"]})
    assert goal.reached({**record, "states": ["good", "good"]})
    assert not board_vm.Goal("OTHER", "2").reached(report)


@contextlib.contextmanager
def command_that_runs(tmp_path, *under):
    """The process of the command, its board up; under: a program that starts it."""
    flash = tmp_path / "flash.bin"
    flash.write_bytes(storage(main="print('up')\nwhile True: pass"))
    command = [*PROGRAM, "board", "--flash", str(flash)]
    process = subprocess.Popen(
        [*under, *command, "--uart", f"pty:{tmp_path / 'uart'}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(TOOLS), "PATH": os.defpath},
        text=True,
    )
    with process:
        # Up to its end, if it says no such thing.
        assert any(line.endswith("| up\n") for line in iter(process.stdout.readline, ""))
        yield process


def test_ctrl_c_takes_the_board_and_its_port_with_it(tmp_path):
    with command_that_runs(tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == ""
    assert process.returncode == 130
    assert not (tmp_path / "uart").is_symlink()


@pytest.mark.parametrize("under", [(), ("nohup",)])
def test_a_board_does_not_outlive_a_command_that_is_killed(tmp_path, under):
    with command_that_runs(tmp_path, *under) as process:
        threads = Path(f"/proc/{process.pid}/task").iterdir()
        (board,) = "".join((thread / "children").read_text() for thread in threads).split()
        process.kill()
    end = time.monotonic() + 10
    while runs(board):
        assert time.monotonic() < end
        time.sleep(0.05)


def runs(pid):
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # empty: a zombie
    except OSError:
        return False


def test_a_missing_flash_file_is_made_with_the_package(tmp_path, capsys):
    flash = tmp_path / "flash.bin"
    package = tmp_path / "app.bin"
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print('the application')")
    image = build_image(tmp_path / "app")
    package.write_bytes(make_package(image, BOARD, "MCU", "1_0_0"))
    options = ["--flash", str(flash), "--uart", f"pty:{tmp_path / 'uart'}", "--timeout", "0.5"]
    assert cli.main(["board", *options, "--install", str(package)]) == 0
    assert "| the application" in capsys.readouterr().out
    made = flash.read_bytes()
    assert cli.main(["board", *options, "--app", str(package)]) == 1
    assert "exists: --app is for a new one" in capsys.readouterr().err
    assert flash.read_bytes() == made


def test_no_flash_file_is_made_where_no_board_can_run(tmp_path, monkeypatch, capsys):
    def missing():
        raise UserError("the virtual board runs on MicroPython's unix port, which is missing")

    monkeypatch.setattr(board_vm, "find_micropython", missing)
    assert cli.main(["board", "--flash", str(tmp_path / "flash.bin"), "--uart", "pty:"]) == 1
    assert "unix port, which is missing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_flash_file_without_a_package_starts_in_recovery(tmp_path, capsys):
    options = ["--flash", str(tmp_path / "flash.bin"), "--uart", f"pty:{tmp_path / 'uart'}"]
    assert cli.main(["board", *options, "--timeout", "0.3"]) == 0
    shown = capsys.readouterr()
    assert "starts in recovery" in shown.err
    assert "record 0: A empty, B empty; active A" in shown.out
