"""Board files: what ships is sound, and every mistake is named by its field."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError


@pytest.mark.parametrize("name", boards.known())
def test_a_board_that_ships_is_sound_and_called_like_its_file(name):
    assert boards.load(name)["name"] == name


@pytest.mark.parametrize("name", boards.known())
def test_the_areas_use_the_flash_to_its_end(name):
    board = boards.load(name)
    sizes = {name: size for name, (_, size) in board["areas"].items()}
    if "storage" in board:
        assert sizes.pop("root") == board["storage"]["size"]
    assert sum(sizes.values()) == board["flash"]["size"]


# From the boards' sources in MicroPython: bytes of storage, where it starts in the flash (rp2).
_STORAGE = {
    "RPI_PICO": (1408, 0x0A0000),
    "RPI_PICO_W": (848, 0x12C000),
    "RPI_PICO2": (3072, 0x100000),
    "RPI_PICO2_W": (2560, 0x180000),
    "WEACTSTUDIO": (15360, 0x100000),
    "PYBD_SF2": (2048, None),
    "PYBD_SF6": (2048, None),
    "WEACT_F411_BLACKPILL_4M": (4096, None),
    "WEACT_F411_BLACKPILL_8M": (8192, None),
    "WEACTSTUDIO_MINI_STM32H743": (8192, None),
    "SPARKFUN_MICROMOD_STM32": (16384, None),
}


@pytest.mark.parametrize("name", _STORAGE)
def test_the_storage_is_what_the_firmware_of_the_board_exposes(name):
    board = boards.load(name)
    flash = board["flash"]
    assert (flash["size"] // 1024, flash.get("offset")) == _STORAGE[name]
    assert flash["kind"] == ("pyb" if flash.get("offset") is None else "rp2")
    assert ("chip" in board) == (flash["kind"] == "rp2")
    assert board.get("chip", "") in board["title"]


@pytest.mark.parametrize("name", _STORAGE)
def test_two_slots_of_256_kb_are_there(name):
    assert boards.load(name)["areas"]["slot_a"][1] >= 256 * 1024


@pytest.mark.parametrize("name", boards.unsupported())
def test_a_board_that_cannot_be_served_is_refused_with_a_reason_and_a_way_out(name):
    found = boards.unsupported()[name]
    assert set(found["use"]) <= set(boards.known())
    with pytest.raises(UserError) as caught:
        boards.load(name)
    assert str(caught.value).startswith(f"{name} is not supported: ")
    assert found["reason"] in str(caught.value) and found["use"][0] in str(caught.value)
    assert name not in boards.known()


@pytest.mark.parametrize(
    "name", ["PYBV11", "WEACT_F411_BLACKPILL", "NUCLEO_WB55", "NUCLEO_H743ZI", "NUCLEO_H723ZG"]
)
def test_building_for_it_says_the_same(name, capsys, tmp_path):
    command = ["build", "app", "--board", name, "--version", "1", "-o", str(tmp_path / "x.bin")]
    assert cli.main(command) == 1
    assert f"{name} is not supported: " in capsys.readouterr().err


def test_an_unknown_board_is_guessed_at_or_lists_the_known_ones():
    with pytest.raises(UserError, match="unknown board PICO, did you mean RPI_PICO or RPI_PICO2"):
        boards.load("PICO")
    with pytest.raises(UserError, match="unknown board ESP32; there are .*RPI_PICO, RPI_PICO2"):
        boards.load("ESP32")


def test_a_board_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes((boards.BOARDS / "RPI_PICO.toml").read_bytes().replace(b"115200", b"921600"))
    assert boards.load(str(path))["uart"]["baud"] == 921600


def test_a_board_file_that_is_not_toml(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"name = \n")
    with pytest.raises(UserError, match="mine.toml: .*line 1"):
        boards.load(str(path))


def test_a_board_file_with_several_mistakes_shows_them_all(tmp_path):
    path = tmp_path / "mine.toml"
    text = (boards.BOARDS / "RPI_PICO.toml").read_text()
    path.write_text(text.replace("baud = 115200", "speed = 9600"))
    with pytest.raises(UserError) as caught:
        boards.load(str(path))
    assert "uart.baud: missing" in str(caught.value)
    assert "uart.speed: unknown key" in str(caught.value)


def test_the_json_of_the_device_says_the_same_as_the_toml():
    toml = tomllib.loads((boards.BOARDS / "VIRTUAL.toml").read_text())
    assert json.loads(boards.to_json(boards.load("VIRTUAL"))) == toml


def test_overrides_reach_the_device_but_not_the_board(board):
    changed = json.loads(boards.to_json(board, uart={"baud": 921600}, component="BLE"))
    assert (changed["uart"]["baud"], changed["uart"]["rxbuf"]) == (921600, 4096)
    assert changed["component"] == "BLE"
    assert board["uart"]["baud"] == 115200


def test_overrides_are_checked(board):
    with pytest.raises(UserError, match="module.chunk"):
        boards.to_json(board, module={"chunk": 4096})


def test_board_files_can_be_checked(tmp_path, capsys):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    text = (boards.BOARDS / "RPI_PICO.toml").read_text()
    good.write_text(text)
    bad.write_text(text.replace("115200", "115201"))
    assert cli.main(["boards", str(good)]) == 0
    assert capsys.readouterr().out == f"{good} is valid\n"
    assert cli.main(["boards", str(good), str(bad)]) == 1
    assert "uart.baud: must be one of" in capsys.readouterr().out
    assert cli.main(["boards", "--json", str(good), str(bad)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found[str(good)] is None and "uart.baud" in found[str(bad)]


def test_one_bad_board_file_does_not_hide_the_others(tmp_path, monkeypatch, capsys):
    for path in boards.BOARDS.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "AAA.toml").write_text("name = 1")
    monkeypatch.setattr(boards, "BOARDS", tmp_path)
    assert cli.main(["boards"]) == 1
    shown = capsys.readouterr()
    assert "RPI_PICO " in shown.out and "AAA.toml is not valid" in shown.err


def test_the_table_of_boards(capsys):
    assert cli.main(["boards"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines]
    table = lines.index("")
    heading = lines.index("Not served, for want of heap:")
    without = [row[0] for row in rows[heading + 1 : lines.index("Not supported:") - 1]]
    assert [row[0] for row in rows[1:table]] == [b for b in boards.known() if b not in without]
    # With an STM32F411: 80 KB.
    assert without == ["WEACT_F411_BLACKPILL_4M", "WEACT_F411_BLACKPILL_8M"]
    pico = next(line for line in lines if line.startswith("RPI_PICO "))
    assert re.split("  +", pico) == [
        *("RPI_PICO", "RP2040", "1408 KB", "604 KB", "GP0 TX, GP1 RX", "0, 115200 baud, pull"),
        "174 KB (140 KB)",
        "Raspberry Pi Pico (RP2040, 2 MB flash)",
    ]
    assert "15 KB (none)" in next(line for line in lines if line.startswith("PYBV11_W25Q128 "))
    assert [line.split()[0] for line in lines[-len(boards.unsupported()) :]] == list(
        boards.unsupported()
    )


def test_the_manual_lists_every_board_with_its_slots():
    text = (Path(__file__).parent.parent.parent / "docs" / "boards.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]
    shown = {
        name: int(row[4].removesuffix(" KB"))
        for row in rows
        if len(row) == 8 and row[4].endswith(" KB")
        for name in re.findall("`([^`]+)`", row[1])
    }
    sizes = {name: boards.load(name)["areas"]["slot_a"][1] // 1024 for name in boards.known()}
    assert shown == sizes
