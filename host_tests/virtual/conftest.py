"""Fixtures of the virtual board's tests."""

import pytest
from virtual_storage import BOARD, storage

from qsota_tools.virtual.virtual_board import VirtualBoard


@pytest.fixture
def power(tmp_path):
    """power(boot, main, cut, port=..., timing=...) starts a board that stops after the test."""
    running = []

    def start(boot="", main="", cut=None, **options):
        flash = tmp_path / "flash.bin"
        if not flash.exists():
            flash.write_bytes(storage(boot, main))
        board = VirtualBoard(BOARD, flash, **options)
        running.append(board)
        if cut:
            board.cut_at(*cut)
        board.start()
        return board

    yield start
    for board in running:
        board.stop()
