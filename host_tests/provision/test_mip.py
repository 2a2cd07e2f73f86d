"""The library as a mip package."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from usb_board import BLANK, UsbBoard

TREE = Path(__file__).parent.parent.parent
PACKAGE = json.loads((TREE / "package.json").read_text())
LIBRARY = TREE / "firmware" / "qsota"
MODULES = sorted(path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.py"))


def test_the_package_lists_every_file_of_the_library():
    wanted = [[f"qsota/{name}", f"firmware/qsota/{name}"] for name in MODULES]
    assert PACKAGE["urls"] == wanted, "package.json has to list firmware/qsota/**/*.py in order"


def test_the_package_has_the_version_of_the_tools():
    project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
    assert PACKAGE["version"] == project["version"]


@pytest.fixture
def board(tmp_path):
    board = UsbBoard(tmp_path, BLANK)
    board.start()
    yield board
    board.stop()


@pytest.mark.slow
def test_what_its_page_shows_installs_it_on_a_board_which_does_not_update_without_a_loader(board):
    def mpremote(*args):
        command = [Path(sys.executable).with_name("mpremote"), "connect", board.usb, *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=TREE)

    page = (TREE / "docs" / "mip.md").read_text()
    install, look = re.search(r"```console\n(.*?)```", page, re.S)[1].splitlines()
    installed = mpremote(*shlex.split(install)[1:])
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert mpremote(*shlex.split(look)[1:]).stdout == "<class 'Device'>\n"
    program = "import os, qsota.device; print(sorted(os.listdir('/lib/qsota')), qsota.__file__)"
    top = sorted({name.partition("/")[0] for name in MODULES})
    assert mpremote("exec", program).stdout == f"{top} /lib/qsota/__init__.py\n"
    assert "`Device()` says so: `not-started`" in page
    alone = mpremote("exec", "from qsota.device import Device; Device()")
    assert "not-started" in alone.stdout + alone.stderr
