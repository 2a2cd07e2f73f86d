"""Applications that end, on the virtual board: the next version is installed all the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from test_end_to_end import BOARD, Bench, build, command
from usb_board import UsbBoard

from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.provision.factory import make_flash

MPREMOTE = Path(sys.executable).with_name("mpremote")
ENDS = {
    "returns": "x = 1\n",
    "raises": "from qsota.device import Device\nDevice()\n{}['zero']\n",
    "exits": "import sys\nsys.exit()\n",
    "is cancelled": "import asyncio\nraise asyncio.CancelledError\n",
    "resets": "import machine, time\ntime.sleep_ms(200)\nmachine.reset()\n",
    "does not compile any more": "import missing\n",
}
PROGRAM = """
import asyncio
from qsota.device import Device
device = Device()
import helper
print("version", device.version, device.trial, helper.VALUE)
async def main():
    task = asyncio.create_task(device.updater().run())
    await asyncio.sleep(1)
    print("runs", not task.done())
asyncio.run(main())
"""


def package(tmp_path, version, files):
    folder = tmp_path / f"app_{version}"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    path = tmp_path / f"{version}.bin"
    path.write_bytes(make_package(build_image(folder), BOARD, "MCU", version))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS)
def test_a_confirmed_application_that_ends_is_replaced_by_the_next_version(tmp_path, end):
    first = package(tmp_path, "1_0_0", {"main.py": ENDS[end]})
    bench = Bench(
        *(tmp_path, first, build(tmp_path, "2_0_0", "sensor_node_2_0_0")),
        until="10705",
        board_until="2_0_0",
    )
    assert bench.finish() == (0, 0)
    texts = [event.get("text", "") for event in bench.board_events]
    assert texts.count("boot: the updater alone") == 1
    boots = [event for event in bench.board_events if event["event"] == "boot"]
    assert len(boots) == 1 + 5 + 1  # power-on and its four resets, the updater, 2_0_0


def test_status_says_that_the_updater_runs_alone(tmp_path):
    first = package(tmp_path, "1_0_0", {"main.py": ENDS["raises"]})
    board = UsbBoard(tmp_path, make_flash(BOARD, first.read_bytes()), BOARD)
    board.start()
    try:
        board.wait_for("log", text="boot: the updater alone", timeout=240)
        board.wait_for("log", text="failed: no-answer", timeout=240)  # no module: so it runs
        status = command("status", "--port", board.usb)
        out, _ = status.communicate(timeout=240)
    finally:
        board.stop()
    assert "the updater alone: 1_0_0 ended five times" in out


def test_a_program_that_mpremote_runs_uses_the_library_and_the_image(tmp_path):
    first = package(
        tmp_path, "1_0_0", {"main.py": "while True: pass\n", "helper.py": "VALUE = 7\n"}
    )
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    board = UsbBoard(tmp_path, make_flash(BOARD, first.read_bytes()), BOARD)
    board.start()
    try:
        board.wait_for("log", text="boot: slot 0")
        done = subprocess.run(
            [MPREMOTE, "connect", board.usb, "run", program],
            capture_output=True,
            text=True,
            timeout=240,
        )
    finally:
        board.stop()
    assert done.returncode == 0, done.stdout
    assert "version 1_0_0 False 7" in done.stdout and "runs True" in done.stdout
