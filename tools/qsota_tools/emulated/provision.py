"""Provisions a blank emulated board as `qsota flash` does, over mpremote on a pty."""

import subprocess
import time
from pathlib import Path

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import PROGRAM
from qsota_tools.emulated.took import Took
from qsota_tools.provision import usb as usb_provision
from qsota_tools.provision.repl_link import Link

_LOOK_S = 0.1


def provision(board: Board, image: Path, flash: bytes, root: bytes, folder: Path) -> dict:
    """Make the stores of a blank board equal to those bytes, and leave them in the folder: see
    stored(); root is that of a board with slots on an SPI flash, else b"". Returns figures.
    UserError if it fails."""
    took = Took()
    files, port = _files(folder), folder / "usb"
    for file in files:
        file.unlink(missing_ok=True)
    options = ["--board", board["name"], "--image", image, "--repl", f"pty:{port}"]
    options += ["--flash", files[0], *(("--root", files[1]) if root else ())]
    command = [*PROGRAM, "board", "--emulated", *map(str, options)]
    with (folder / "provision.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log)
        try:
            written = _write(process, port, board, flash, root)
        finally:
            process.terminate()
            process.wait()
    problems = [] if stored(folder) == (flash, root) else ["the storage holds something else"]
    return {"step": "provision", "written": written, "problems": problems, **took.figures()}


def stored(folder: Path) -> tuple[bytes, bytes]:
    """The flash and the root that provision() left."""
    flash, root = (file.read_bytes() if file.exists() else b"" for file in _files(folder))
    return flash, root


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "storage.bin", folder / "root.bin"


def _write(process: subprocess.Popen, port: Path, board: Board, flash: bytes, root: bytes) -> int:
    """How many erase units were written. The board is not restarted: so its application has not
    run when the measured runs begin."""
    while not port.is_symlink():
        if process.poll() is not None:
            raise UserError("the emulated board has ended")
        time.sleep(_LOOK_S)  # however long it takes on this host
    with Link(str(port)) as link:
        link.soft_reset()
        usb_provision.check_identity(link, board)
        return usb_provision.write_image(link, board, flash, root=root)
