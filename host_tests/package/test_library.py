"""A package that brings a copy of the library along."""

import json

import pytest

from qsota.resident import handover
from qsota_tools import boards, cli
from qsota_tools.package.image import image_files
from qsota_tools.package.payload import image_of

BOARD = boards.load("RPI_PICO")


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text("print(1)\n")
    return folder


def build(app, board="RPI_PICO"):
    target = app.parent / "made.bin"
    line = ["build", str(app), "--board", str(board), "--version", "2_0_0", "--library"]
    status = cli.main([*line, "-o", str(target)])
    return status, dict(image_files(image_of(target.read_bytes()))) if status == 0 else {}


def test_the_image_holds_every_phase_but_the_loader(app):
    status, files = build(app)
    assert status == 0
    names = {name.removeprefix("/").removeprefix("lib/qsota/") for name in files}
    assert {"device.mpy", "session/session.mpy", "update/target.mpy", "main.mpy"} <= names
    assert {"resident/updater.mpy", "command/exchange.mpy"} <= names
    assert not any(name.startswith("boot/") for name in names)
    assert not names & {f"resident/{name}.mpy" for name in ("handover", "phases", "program")}
    assert not names & {"log.mpy", "errors.mpy", "__init__.mpy", "keys.json"}


def content(files, name):
    return next(data for path, data in files.items() if path.endswith(name))


def test_it_says_for_which_loader_it_is(app):
    assert content(build(app)[1], "interface") == str(handover.INTERFACE).encode()


def test_it_brings_the_keys_of_the_board_file(app, tmp_path):
    key = "f1" * 383 + "f3"
    text = boards.path_of("RPI_PICO").read_text()
    board = tmp_path / "mine.toml"
    board.write_text(text.replace('component = "MCU"', f'component = "MCU"\nkeys = ["{key}"]'))
    assert json.loads(bytes(content(build(app, board)[1], "keys.json"))) == [key]


def test_an_application_that_has_such_files_itself_is_refused(app, capsys):
    (app / "lib" / "qsota").mkdir(parents=True)
    (app / "lib" / "qsota" / "device.py").write_text("")
    assert build(app)[0] == 1
    assert "this is where --library puts the library" in capsys.readouterr().err
