"""`qsota flash` without --board: a board is recognised by what is on it."""

import json
from types import SimpleNamespace

import pytest
from usb_board import BLANK, BOARD, SETTINGS, UsbBoard, package_of

from qsota_tools import cli
from qsota_tools.common.errors import UserError
from qsota_tools.provision.factory import make_flash
from qsota_tools.provision.recognise import recognise


def link(build, own=None):
    """A link to a board of that build; own: what its board.json says it is."""
    found = {
        "identify": ((1, 29, 0), build, "a machine", 1 << 20, []),
        "content": None if own is None else json.dumps({"name": own}).encode(),
    }
    return SimpleNamespace(port="/dev/ttyACM0", call=lambda name, *args: found[name])


@pytest.mark.parametrize("build", ["RPI_PICO", "RPI_PICO2_W", "PYBD_SF6", "WEACTSTUDIO"])
def test_a_stock_board_is_known_by_the_build_of_its_micropython(build):
    assert recognise(link(build))["name"] == build


def test_a_provisioned_board_is_what_it_was_provisioned_as():
    assert recognise(link("PYBV11", own="PYBV11_W25Q128"))["name"] == "PYBV11_W25Q128"


@pytest.mark.parametrize(
    ("build", "own", "complaint"),
    [
        ("NO_SUCH_BOARD", None, "no board of `qsota boards`: name it with --board"),
        ("RPI_PICO", "MINE", "provisioned as MINE: name its board file with --board"),
        ("VCC_GND_H743VI", None, "With --board .* it can be served"),
        ("", None, "of an unknown build"),
    ],
)
def test_a_board_that_is_not_recognised_is_asked_for(build, own, complaint):
    with pytest.raises(UserError, match=complaint):
        recognise(link(build, own))


def test_a_damaged_board_file_on_the_board_is_no_name():
    stranger = link("RPI_PICO")
    stranger.call = lambda name, *args: {
        "identify": ((1, 29, 0), "RPI_PICO", "", 0, []),
        "content": b"\xff{",
    }[name]
    assert recognise(stranger)["name"] == "RPI_PICO"


def test_a_blank_board_is_recognised_and_provisioned(tmp_path, capsys, quick):
    app = tmp_path / "app.bin"
    app.write_bytes(package_of(tmp_path, "1_0_0"))
    with UsbBoard(tmp_path, BLANK) as board:
        line = ("flash", "--app", str(app), "--pk", SETTINGS["pk"], "--ps", SETTINGS["ps"])
        assert cli.main([*line, "--port", board.usb, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["board"] == "VIRTUAL" and told["running"] == "1_0_0 from slot A, confirmed"
        product = {name: SETTINGS[name] for name in ("pk", "ps")}
        assert board.flash.read_bytes() == make_flash(BOARD, app.read_bytes(), product)
