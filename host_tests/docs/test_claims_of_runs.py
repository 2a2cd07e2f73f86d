"""What documents and help say of a run, shown by a run."""

import re
import subprocess

import pytest
from usb_board import BOARD, UsbBoard, package_of

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import TOOLS
from qsota_tools.module import option_text
from qsota_tools.proof import demonstration
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.vm_process import find_micropython

TREE = TOOLS.parent
SPI_BOARDS = [name for name in boards.known() if "storage" in boards.load(name)]

# An application that leaves a message, and runs for ever.
TELLS = """
import time
from qsota import log
from qsota.device import Device
Device()
log.write("evidence")
while True:
    time.sleep_ms(20)
"""


def text_of(name):
    return (TREE / name).read_text()


def helped(name, capsys):
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    return " ".join(capsys.readouterr().out.split())


# The demo


def test_the_demo_names_the_micropython_that_runs_not_the_python_that_it_speaks(tmp_path):
    demo = demonstration.Demo(boards.load("VIRTUAL"), tmp_path / "demo", print, print)
    version = "import sys; print('%d.%d.%d' % sys.implementation[1][:3])"
    vm = subprocess.run([find_micropython(), "-c", version], capture_output=True, text=True)
    assert demo.interpreter == f"MicroPython {vm.stdout.strip()}"
    recorded = text_of("docs/pictures/demo.txt").splitlines()[0]
    assert re.fullmatch(r"virtual board VIRTUAL runs 1_0_0 on MicroPython 1\.\d+\.\d+", recorded)


@pytest.mark.slow
def test_the_demo_runs_on_a_board_of_the_other_port_as_its_help_says(tmp_path, capsys):
    assert "any board without a flash chip of its own" in helped("demo", capsys)
    assert boards.load("PYBD_SF2")["port"] == "stm32"
    assert cli.main(["demo", "--board", "PYBD_SF2", "--dir", str(tmp_path / "demo")]) == 0
    assert "virtual board PYBD_SF2 runs 1_0_0" in capsys.readouterr().out


@pytest.mark.parametrize("name", SPI_BOARDS)
def test_the_demo_says_at_once_that_a_board_with_a_flash_chip_is_not_for_it(
    name, tmp_path, capsys
):
    assert cli.main(["demo", "--board", name, "--dir", str(tmp_path / "demo")]) == 1
    out, err = capsys.readouterr()
    assert out == "" and f"{name} has a flash chip of its own" in err
    assert not (tmp_path / "demo").exists()


# Help


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_help_of_a_command_names_no_file_that_an_installed_package_does_not_have(name, capsys):
    named = re.findall(r"[\w./-]+/[\w-]+\.py\b|\btools/\S+|\bfirmware/\S+", helped(name, capsys))
    assert named == []


def test_the_options_of_the_module_are_listed_and_each_is_one(capsys):
    listed = helped("sim", capsys).split("some are on or off: ")[1].split(" examples:")[0]
    names = listed.split(", ")
    assert names == option_text.names() and len(names) > 30
    for name in names:
        try:
            assert option_text.parse(f"{name}=?")[0] == name
        except UserError as error:
            assert f"--option {name}: must be" in str(error)


# Troubleshooting


@pytest.mark.parametrize(
    "command", ["status", "log", pytest.param("doctor", marks=pytest.mark.slow)]
)
def test_what_troubleshooting_begins_with_shows_the_messages_before_it_clears_them(
    command, tmp_path, capsys
):
    assert f"`qsota {command}`" in text_of("docs/troubleshooting.md")
    content = make_flash(BOARD, package_of(tmp_path, "1_0_0", TELLS))
    board = UsbBoard(tmp_path, content, BOARD)
    board.start()
    try:
        board.wait_for("log", text="evidence")
        cli.main([command, "--port", str(board.usb)])
    finally:
        board.stop()
    shown = capsys.readouterr().out
    assert "evidence" in shown and "boot: slot 0" in shown
