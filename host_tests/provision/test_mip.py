"""The library as a mip package."""

import json
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


def test_mpremote_installs_it_on_a_board(board):
    def mpremote(*args):
        command = [Path(sys.executable).with_name("mpremote"), "connect", board.usb, *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=TREE)

    installed = mpremote("mip", "install", "./package.json")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    program = "import os, qsota.device; print(sorted(os.listdir('/lib/qsota')), qsota.__file__)"
    top = sorted({name.partition("/")[0] for name in MODULES})
    assert mpremote("exec", program).stdout == f"{top} /lib/qsota/__init__.py\n"
