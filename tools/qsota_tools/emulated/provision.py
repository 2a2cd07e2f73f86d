"""Provisions a blank emulated Pico as `qsota flash` does, over mpremote on a pty."""

import subprocess
import sys
import time
from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.provision import usb as usb_provision
from qsota_tools.provision.repl_link import Link

_LOOK_S = 0.1


def provision(board: Board, uf2: Path, wanted: bytes, folder: Path) -> dict:
    """Make the storage of a blank Pico equal to the wanted bytes, and leave it in a file of the
    folder; returns figures. UserError if that fails."""
    began = time.monotonic()
    storage, port = folder / "storage.bin", folder / "usb"
    storage.unlink(missing_ok=True)
    options = ["--uf2", uf2, "--flash", storage, "--repl", f"pty:{port}"]
    command = [sys.executable, "-m", "qsota_tools.cli", "board", "--emulated", *map(str, options)]
    with (folder / "provision.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log)
        try:
            written = _write(process, port, board, wanted)
        finally:
            process.terminate()
            process.wait()
    problems = [] if storage.read_bytes() == wanted else ["the storage holds something else"]
    host_s = round(time.monotonic() - began, 1)
    return {"step": "provision", "written": written, "problems": problems, "host_s": host_s}


def _write(process: subprocess.Popen, port: Path, board: Board, wanted: bytes) -> int:
    """How many erase units were written. The board is not restarted: so its application has not
    run when the measured runs begin."""
    while not port.is_symlink():
        if process.poll() is not None:
            raise UserError("the emulated board has ended")
        time.sleep(_LOOK_S)  # however long it takes on this host
    with Link(str(port)) as link:
        link.soft_reset()
        usb_provision.check_identity(link, board)
        return usb_provision.write_image(link, board, wanted)
