"""Upgrades of the application on a virtual board, from a simulated module and cloud."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

APP = Path(__file__).parent / "app"
QSOTA = (sys.executable, "-m", "qsota_tools")
SUCCESS, FAILURE = "10705", "10706"  # the module's events after an upgrade
LIMIT = ("--timeout", "60")


@pytest.fixture
def upgrade(tmp_path):
    """upgrade(app, verdict): the cloud offers app as 1.0.1 to a board with 1.0.0."""

    def build(app, version):
        package = tmp_path / f"{version}.bin"
        command = ("build", app, "--board", "VIRTUAL", "--version", version, "-o", package)
        subprocess.run([*QSOTA, *command], check=True)
        return package

    def run(app, verdict):
        old, new = build(APP, "1.0.0"), build(app, "1.0.1")
        uart, flash = tmp_path / "uart", tmp_path / "flash.bin"
        sim = ("sim", "--link", uart, "--package", new, "--until", verdict, *LIMIT)
        with subprocess.Popen([*QSOTA, *sim]) as module:
            while not uart.exists():
                assert module.poll() is None
                time.sleep(0.05)
            command = ("board", "--flash", flash, "--uart", uart, "--app", old, *LIMIT)
            with subprocess.Popen([*QSOTA, *command]) as board:
                assert module.wait() == 0, f"no {verdict}"
                board.terminate()

    return run


def test_an_update_is_installed_and_confirmed(upgrade):
    upgrade(APP, SUCCESS)


def test_an_update_that_does_not_do_its_job_is_reverted(upgrade, tmp_path):
    broken = shutil.copytree(APP, tmp_path / "broken")
    main = broken / "main.py"
    main.write_text(main.read_text().replace("asyncio.create_task(work())", "pass"))
    upgrade(broken, FAILURE)
