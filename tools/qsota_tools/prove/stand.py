"""What is on the bench: a board with a REPL on one port and its UART on another."""

import shlex
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from qsota_tools.boards import Board
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import PROGRAM
from qsota_tools.provision.repl_link import Link
from qsota_tools.virtual.virtual_board import VirtualBoard

VIRTUAL, EMULATED, REAL = RUNGS = ("virtual", "emulated", "board")
_OFF_S = 2  # until what is stored in the supply has gone
_LOOK_S = 0.1


class Stand(NamedTuple):
    """repl: the port of the REPL; power: fn that takes the power away and gives it back, or None;
    faults(): what the board did that would have destroyed a real one."""

    rung: str
    repl: str
    power: Callable[[], None] | None
    faults: Callable[[], list[str]]

    def reset(self) -> None:
        """Restart the board over its REPL, whatever it is doing. UserError if it does not hear."""
        with Link(self.repl) as link:
            link.restart()


@contextmanager
def real(port: str, power: str | None):
    """A board on a USB port; power: a command that takes `off` or `on` as its last word."""
    switch = (lambda: _switch(power)) if power else None
    yield Stand(REAL, port, switch, list)


def _switch(command: str) -> None:
    for word in ("off", "on"):
        try:
            done = subprocess.run([*shlex.split(command), word], capture_output=True, text=True)
        except OSError as error:
            raise UserError(f"--power {command}: {error.strerror}") from None
        if done.returncode:
            reason = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise UserError(f"{command} {word}: {reason}")
        time.sleep(_OFF_S)


@contextmanager
def virtual(board: Board, module: str, folder: Path):
    """A blank virtual board whose UART is wired to that port."""
    stores = _blank_stores(board, folder)
    usb = folder / "usb"
    with VirtualBoard(
        *(board, stores["flash"], module),
        storage=stores.get("storage"),
        repl=f"pty:{usb}",
        timing="real",
    ) as run:

        def faults() -> list[str]:
            return [event["text"] for event in run.events if event["event"] == "violation"]

        yield Stand(VIRTUAL, str(usb), run.power_cycle, faults)


def _blank_stores(board: Board, folder: Path) -> dict[str, Path]:
    stores = {name: folder / f"{name}.bin" for name in ("flash", "storage") if name in board}
    for name, path in stores.items():
        path.write_bytes(b"\xff" * board[name]["size"])
    return stores


class _Emulated:
    """The process of an emulated board; its power goes with it."""

    def __init__(self, board: Board, image: Path, module: str, folder: Path):
        self.usb = folder / "usb"
        options = ["--board", board["name"], "--image", image, "--repl", f"pty:{self.usb}"]
        options += ["--uart", module, "--flash", folder / "flash.bin"]
        options += ["--root", folder / "root.bin"] if "storage" in board else []
        start = [*PROGRAM, "board", "--emulated"]
        self._command = [*start, *map(str, options)]
        self._log = (folder / "board.log").open("w")
        self._process: subprocess.Popen | None = None

    def on(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=self._log)
        while not self.usb.is_symlink():
            if self._process.poll() is not None:
                raise UserError("the emulated board has ended")
            time.sleep(_LOOK_S)  # however long it takes on this host

    def off(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()

    def cycle(self) -> None:
        self.off()
        self.on()

    def close(self) -> None:
        self.off()
        self._log.close()


@contextmanager
def emulated(board: Board, image: Path, module: str, folder: Path):
    """A blank emulated board with that MicroPython."""
    run = _Emulated(board, image, module, folder)
    try:
        run.on()
        yield Stand(EMULATED, str(run.usb), run.cycle, list)
    finally:
        run.close()
