"""Fixtures of the tests of provisioning: boards on USB, and commands to them."""

import pytest
from usb_board import BOARD, UsbBoard, complaints, package_of

from qsota_tools import cli


@pytest.fixture
def power(tmp_path):
    """power(storage, board) starts a board on USB that stops after the test."""
    running = []

    def start(content, board=BOARD, **options):
        running.append(UsbBoard(tmp_path, content, board, **options))
        running[-1].start()
        return running[-1]

    yield start
    for board in running:
        board.stop()


@pytest.fixture
def qsota(tmp_path, capsys):
    """qsota(command, ...) with the board's port: (exit code, output, complaints)."""

    def run(command, *args):
        port = () if "--uf2" in args else ("--port", str(tmp_path / "usb"))
        code = cli.main([command, *port, *map(str, args)])
        shown = capsys.readouterr()
        return code, shown.out, complaints(shown.err)

    return run


@pytest.fixture
def app(tmp_path):
    """The file of a package with 1_0_0."""
    path = tmp_path / "app.bin"
    path.write_bytes(package_of(tmp_path, "1_0_0"))
    return path
