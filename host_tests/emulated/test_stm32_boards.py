"""STM32 images and the boards that are made of them: needs neither an emulator nor a firmware."""

import struct

import pytest

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.emulated.families import NAMES, family_of
from qsota_tools.emulated.stm32.firmware_file import read_firmware
from qsota_tools.emulated.stm32.flash_layout import BASE, LAYOUTS
from qsota_tools.emulated.stm32.soldered import WIRINGS
from qsota_tools.provision.factory import make_flash, make_storage

LAYOUT = LAYOUTS["F405"]
NAME = b"MicroPython v1.25.0"


def dfu(*parts):
    elements = b"".join(struct.pack("<II", at, len(data)) + data for at, data in parts)
    target = struct.pack("<6sB4x255xII", b"Target", 0, len(elements), len(parts))
    return struct.pack("<5sBIB", b"DfuSe", 1, 0, 1) + target + elements + bytes(16)


def record(kind, address, data):
    body = bytes([len(data), *address.to_bytes(2, "big"), kind]) + data
    return f":{(body + bytes([-sum(body) & 0xFF])).hex().upper()}\r\n"


def intel_hex(*parts):
    text = ""
    for at, data in parts:
        text += record(4, 0, (at >> 16).to_bytes(2, "big")) + record(0, at & 0xFFFF, data)
    return (text + record(5, 0, bytes(4)) + record(1, 0, b"")).encode()


def read(tmp_path, data, storage=LAYOUT.storage):
    path = tmp_path / "firmware"
    path.write_bytes(data)
    return read_firmware(path, LAYOUT.size, storage, "PYBV11")


@pytest.mark.parametrize("make", [dfu, intel_hex])
def test_an_image_lands_where_its_file_says_and_the_rest_is_blank(tmp_path, make):
    flash = read(tmp_path, make((BASE, b"vectors"), (BASE + 0x20000, NAME)))
    assert len(flash) == LAYOUT.size
    assert flash[:7] == b"vectors" and flash[0x20000 : 0x20000 + len(NAME)] == NAME
    assert not flash[7:0x20000].strip(b"\xff") and not flash[0x20000 + len(NAME) :].strip(b"\xff")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "neither a .dfu nor a .hex file"),
        (b"DfuSe", "neither a .dfu nor a .hex file"),
        (dfu((BASE, NAME))[:300], "neither a .dfu nor a .hex file"),
        (dfu((BASE, NAME)).replace(b"Target", b"target"), "neither a .dfu nor a .hex file"),
        (intel_hex((BASE, NAME))[:-13], "neither a .dfu nor a .hex file"),
        (intel_hex((BASE, NAME)).replace(b"4D69", b"4D68"), "neither a .dfu nor a .hex file"),
        (dfu((BASE - 1, NAME)), "does not fit the flash of PYBV11"),
        (dfu((BASE + LAYOUT.size - 3, NAME)), "does not fit the flash of PYBV11"),
        (dfu((BASE, b"something else")), "is no MicroPython image for PYBV11"),
        (dfu((BASE, NAME), (BASE + 0x4000, b"x")), "is no MicroPython image for PYBV11"),
    ],
)
def test_what_is_wrong_with_an_image_is_said(tmp_path, data, problem):
    with pytest.raises(UserError, match=problem):
        read(tmp_path, data)


def test_where_to_get_a_missing_image_is_said(tmp_path):
    with pytest.raises(UserError, match=r"micropython.org/download/PYBV11"):
        read_firmware(tmp_path / "none.dfu", LAYOUT.size, LAYOUT.storage, "PYBV11")
    with pytest.raises(UserError, match=r"--image PATH, a .dfu or .hex file of PYBV11"):
        board = boards.load("PYBV11_W25Q128")
        family_of(board).image(board, None)


@pytest.mark.parametrize("name", WIRINGS)
def test_a_board_holds_its_stores_where_its_firmware_looks(tmp_path, name):
    board = boards.load(name)
    family = family_of(board)
    path = tmp_path / "firmware.dfu"
    path.write_bytes(dfu((BASE, NAME)))
    blank = family.blank(board, path)
    flash = make_flash(board)
    root = make_storage(board) if "storage" in board else b""
    filled = family.fill(board, blank, flash, root)
    assert family.stores(board, filled) == (flash, root)
    assert len(filled.inside) == len(blank.inside) == LAYOUTS[WIRINGS[name].chip].size
    if root:
        assert len(root) == LAYOUTS[WIRINGS[name].chip].storage[1]


def test_only_some_boards_are_emulated():
    with pytest.raises(UserError, match=f"PYBD_SF2 is not emulated, only {', '.join(NAMES)}"):
        family_of(boards.load("PYBD_SF2"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--repl", "pty:x"], "the console of PYBV11_W25Q128 is on USB, which it lacks here"),
        ([], "--root FILE is for boards with slots on an SPI flash"),
        (["--root", "r"], "PYBV11_W25Q128 needs the firmware: --image PATH"),
    ],
)
def test_what_a_board_that_stays_up_needs_and_lacks(options, problem, capsys):
    command = ["board", "--emulated", "--board", "PYBV11_W25Q128", "--flash", "f", *options]
    assert cli.main(command) == 1
    assert problem in capsys.readouterr().err
