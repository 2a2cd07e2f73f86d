"""Mistakes that only a stock image on a strict chip shows; QSOTA_STM32_IMAGE names one for
NUCLEO_H743ZI (a .dfu or .hex file)."""

import copy
import importlib.util
import os
import re
from base64 import b64encode
from pathlib import Path

import pytest

from qsota_tools import boards
from qsota_tools.common.paths import TOOLS
from qsota_tools.emulated.families import family_of
from qsota_tools.provision.factory import make_flash, make_storage

IMAGE = os.environ.get("QSOTA_STM32_IMAGE")
pytestmark = [
    pytest.mark.skipif(not IMAGE, reason="QSOTA_STM32_IMAGE names no image for NUCLEO_H743ZI"),
    pytest.mark.skipif(not importlib.util.find_spec("unicorn"), reason="no unicorn"),
]
BOARD = boards.load("NUCLEO_H743ZI_W25Q128")
FAMILY = family_of(BOARD)
STORAGE, SECTOR, BLOCK = 0x180000, 0x20000, 512
FORMAT_S, ANSWER_S, CONNECT_S = 30, 4, 8


@pytest.fixture(scope="module")
def blank():
    return FAMILY.blank(BOARD, Path(IMAGE))


# The storage that MicroPython mounts: a sector is erased, and written again from RAM later


@pytest.fixture(scope="module")
def formatted(blank):
    """A new board after its first start, which makes a file system."""
    machine = FAMILY.start(BOARD, blank)
    printed = bytearray()
    machine.console.on_data = printed.extend
    assert machine.run(FORMAT_S, lambda: printed.endswith(b">>> "))
    return machine.contents()


class Prompt:
    """A board at its prompt."""

    def __init__(self, contents):
        self.machine = FAMILY.start(BOARD, contents)
        self.printed = bytearray()
        self.machine.console.on_data = self.printed.extend
        assert self.machine.run(ANSWER_S, lambda: self.printed.endswith(b">>> "))
        self.do("import pyb; f = pyb.Flash(start=0, len=0x80000); f.ioctl(1, 1)")

    def do(self, code):
        self.printed.clear()
        self.machine.console.type(code.encode() + b"\r\n")
        assert self.machine.run(ANSWER_S, lambda: self.printed.endswith(b">>> "))
        assert b"Error" not in self.printed

    def write(self, block, byte):
        self.do(f"f.writeblocks({block}, bytearray(b'\\x{byte:02x}' * 512), 0)")

    def block(self, number):
        start = STORAGE + number * BLOCK
        return set(self.machine.contents().inside[start : start + BLOCK])


@pytest.fixture
def prompt(formatted):
    return Prompt(formatted)


def test_what_was_synced_is_in_the_flash(prompt):
    prompt.write(200, 0x55)
    prompt.do("f.ioctl(3, 0)")
    assert prompt.machine.run(5, lambda: prompt.block(200) == {0x55})


def test_without_a_sync_a_power_cut_takes_the_whole_sector_with_it(prompt):
    prompt.write(200, 0x55)
    prompt.do("f.ioctl(3, 0)")
    assert prompt.machine.run(5, lambda: prompt.block(200) == {0x55})
    prompt.write(201, 0xAA)
    prompt.machine.run(2)
    prompt.machine.power_fails()
    prompt.machine.run(0.001)
    assert prompt.block(201) == {0xFF}
    assert prompt.block(200) == {0xFF}, "also what was there before"
    assert prompt.block(0) == {0xFF}, "also the file system"


def test_a_power_cut_in_the_erase_leaves_half_a_sector(prompt):
    prompt.write(10, 0x55)
    prompt.write(250, 0x55)
    prompt.do("f.ioctl(3, 0)")
    assert prompt.machine.run(5, lambda: prompt.block(250) == {0x55})

    found = []

    def cut(operation):
        found.append(operation.kind)
        prompt.machine.power_fails()
        return 0.5

    prompt.machine.on_operation = cut
    prompt.machine.console.type(b"f.writeblocks(201, bytearray(512), 0)\r\n")
    assert prompt.machine.run(2, lambda: found == ["erase"])
    assert (prompt.block(10), prompt.block(250)) == ({0xFF}, {0x55})


def test_without_a_sync_it_is_written_after_five_seconds(prompt):
    prompt.write(201, 0xAA)
    prompt.machine.run(4)
    assert prompt.block(201) == {0xFF}
    prompt.machine.run(4)
    assert prompt.block(201) == {0xAA}


# The code that provisions a board, at its raw REPL

ON_BOARD = [TOOLS / "qsota_tools" / "provision" / f"on_board{name}.py" for name in ("_first", "")]
SYNC = "_device.ioctl(3, 0)"
PIECE, PIECE_S = 128, 0.02  # that the REPL takes in at once


def run_raw(prompt, code):
    """Run code at the raw REPL, as mpremote does."""
    prompt.printed.clear()
    data = b"\x01" + code.encode() + b"\x04"
    for at in range(0, len(data), PIECE):
        prompt.machine.console.type(data[at : at + PIECE])
        prompt.machine.run(PIECE_S)
    assert prompt.machine.run(ANSWER_S, lambda: prompt.printed.endswith(b"\x04>"))
    assert prompt.printed.endswith(b"OK\x04\x04>"), bytes(prompt.printed)


def provision_a_block(prompt, number, on_board):
    """What `qsota flash` does for one block, and the power that goes as soon as it is done."""
    run_raw(prompt, on_board[0])
    run_raw(prompt, on_board[1])
    run_raw(prompt, f"open_flash('pyb', 0, {0x80000}, {BLOCK}, None); erase({number})")
    run_raw(prompt, f"program({number}, 0, {b64encode(b'U' * BLOCK).decode()!r}); sync()")
    prompt.machine.power_fails()
    prompt.machine.run(0.001)


def test_what_was_provisioned_survives_that_the_plug_is_pulled(prompt):
    provision_a_block(prompt, 200, [path.read_text() for path in ON_BOARD])
    assert prompt.block(200) == {ord("U")}


def test_a_missing_flush_of_the_cache_is_noticed(prompt):
    first, on_board = (path.read_text() for path in ON_BOARD)
    assert on_board.count(SYNC) == 1
    provision_a_block(prompt, 200, [first, on_board.replace(SYNC, "pass")])
    assert prompt.block(200) == {0xFF}


# Wrong board files, and a firmware that is wrong itself


def talks(blank, board=BOARD):
    """Whether a board that was provisioned by that board file speaks to its module in time."""
    contents = FAMILY.fill(board, blank, make_flash(board), make_storage(board))
    machine, sent = FAMILY.start(board, contents), []
    machine.line.on_byte = sent.append
    return machine.run(CONNECT_S, lambda: bytes(sent).startswith(b"AT\r"))


def changed(section, **values):
    board = copy.deepcopy(BOARD)
    board[section].update(values)
    return board


def test_the_board_file_as_it_is_works(blank):
    assert talks(blank)


@pytest.mark.parametrize(
    ("section", "values"),
    [("uart", {"id": 6}), ("spi", {"cs": "D25"}), ("spi", {"id": 1})],
    ids=["another UART's pins", "another pin selects the chip", "another SPI's pins"],
)
def test_a_wrong_pin_in_the_board_file_is_noticed(blank, section, values):
    assert not talks(blank, changed(section, **values))


@pytest.mark.parametrize("request_", ["SPI3_TX", "SPI3_RX"])
def test_a_dma_request_of_another_peripheral_is_noticed(blank, request_, monkeypatch):
    from qsota_tools.emulated.stm32 import h743

    monkeypatch.setitem(h743._REQUESTS, request_, 43)  # USART2_RX
    assert not talks(blank)


def test_a_receiver_on_another_pad_hears_nothing(blank, monkeypatch):
    from qsota_tools.emulated.stm32.h743 import H743

    monkeypatch.delitem(H743.functions, ("D6", 7))
    contents = FAMILY.fill(BOARD, blank, make_flash(BOARD), make_storage(BOARD))
    machine, sent = FAMILY.start(BOARD, contents), bytearray()

    def answer(byte):
        sent.append(byte)
        if byte == ord("\r"):
            machine.line.send(b"\r\nOK\r\n")

    machine.line.on_byte = answer
    machine.run(CONNECT_S)
    assert sent.startswith(b"AT\r") and b"QIOT" not in sent
    assert machine.line.received == 0


# A program at the prompt that writes to the flash itself, word of the error correction or not

FLASH, UNLOCK, INCERR = 0x52002100, (0x45670123, 0xCDEF89AB), 1 << 21  # bank 2 (RM0433, 4.9)
SPARE = 0x08160000  # a sector of bank 2 that nobody uses


def store(prompt, start):
    """Put 32 bytes there, 4 at a time; returns the status of the bank."""
    prompt.do(f"from machine import mem32; b = {FLASH}; w = {start}")
    for key in UNLOCK:
        prompt.do(f"mem32[b + 4] = {key}")
    prompt.do("mem32[b + 12] = 0x32; r = [0x55555555] * 8")
    prompt.printed.clear()
    line = b"for i, v in enumerate(r): mem32[w + 4 * i] = v\r\n\r\nprint('is', mem32[b + 16])\r\n"
    prompt.machine.console.type(line)
    assert prompt.machine.run(ANSWER_S, lambda: re.search(rb"is (\d+)\r", prompt.printed))
    return int(re.search(rb"is (\d+)\r", prompt.printed)[1])


def in_flash(prompt, start):
    return prompt.machine.contents().inside[start - 0x08000000 :][:32]


def test_a_whole_word_of_the_error_correction_is_programmed(prompt):
    assert not store(prompt, SPARE) & INCERR
    assert in_flash(prompt, SPARE) == b"\x55" * 32


def test_a_word_that_is_not_aligned_is_flagged_and_not_programmed(prompt):
    assert store(prompt, SPARE + 16) & INCERR
    assert in_flash(prompt, SPARE) + in_flash(prompt, SPARE + 32) == b"\xff" * 64
