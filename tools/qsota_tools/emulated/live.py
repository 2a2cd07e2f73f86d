"""`qsota board --emulated`: an emulated Pico that stays up, its UART and its USB on ports."""

import argparse
import signal
import time
from pathlib import Path

from qsota_tools import boards
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import Port
from qsota_tools.emulated import require
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.emulated.lines import Lines
from qsota_tools.emulated.rp2040.firmware import read_uf2
from qsota_tools.provision.factory import make_flash

BOARD = "RPI_PICO"
_VIRTUAL_ONLY = ("root", "until", "cut", "json")
_SLICE_S = 0.005
_BACKLOG = 65536  # bytes kept for a slow reader, more are lost


def run(args: argparse.Namespace) -> int:
    """Run the board until a signal or the timeout ends it; its storage is kept in args.flash."""
    board = _load_board(args)
    flash = bytearray(read_uf2(find_image(args.uf2, CACHE), board))
    start, size = board["flash"]["offset"], board["flash"]["size"]
    flash[start : start + size] = _storage(args.flash, board, args.install)
    require()
    from qsota_tools.emulated.rp2040.pico import Pico

    pico = Pico(bytes(flash))
    live = Live(pico, board, args.repl, args.uart)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: live.stop())
    try:
        live.run(args.timeout)
    finally:
        files.write(args.flash, pico.content(start, size))
    return 0


def _load_board(args: argparse.Namespace) -> boards.Board:
    """The board file of the emulated board; UserError for options that only others have."""
    if not args.uf2:
        raise UserError("--emulated needs the firmware: --uf2 PATH")
    for name in _VIRTUAL_ONLY:
        if getattr(args, name):
            raise UserError(f"--{name} is for the virtual board, not for the emulated one")
    board = boards.load(BOARD if args.board == "VIRTUAL" else args.board)
    if board["build"] != BOARD:
        raise UserError(f"{board['name']} is not emulated, only {BOARD} is")
    return board


def _storage(path: Path, board: boards.Board, install: Path | None) -> bytes:
    size = board["flash"]["size"]
    if not path.exists():
        return make_flash(board, files.read(install)) if install else b"\xff" * size
    content = files.read(path)
    if len(content) != size:
        raise UserError(f"{path}: the storage of {board['name']} has {size} bytes")
    return content


class _Wire:
    """A port and what is on the way to it."""

    def __init__(self, name: str | None, baud: int):
        self.port = Port(name, baud)
        self._out = bytearray()

    def put(self, data: bytes) -> None:
        if len(self._out) < _BACKLOG:
            self._out += data

    def serve(self) -> bytes:
        """Send what can be sent; returns what has arrived."""
        del self._out[: self.port.write(bytes(self._out))]
        return self.port.read()


class Live:
    """A board in real time, or slower where the host cannot keep up: never faster."""

    def __init__(self, pico, board: boards.Board, repl: str | None, uart: str | None):
        self._pico = pico
        self._ending = False
        baud = board["uart"]["baud"]
        self._usb, self._uart = _Wire(repl, baud), _Wire(uart, baud)
        self._chip_uart = pico.uarts[board["uart"]["id"]]
        self._chip_uart.on_byte = lambda byte: self._uart.put(bytes((byte,)))
        self._lines = Lines(lambda text: self._say(f"| {text}"))
        pico.usb.on_data = self._usb.put if repl else self._lines.take
        pico.on_boot = self._boots

    def stop(self) -> None:
        """End run(), from a signal handler."""
        self._ending = self._pico.stopped = True

    def run(self, timeout: float | None) -> None:
        """Until stop() or so many seconds of this host are over."""
        self._uart.port.open()
        end = timeout and time.monotonic() + timeout
        try:
            self._loop(end)
        finally:
            self._uart.port.close()
            self._usb.port.close()

    def _loop(self, end: float | None) -> None:
        start = time.monotonic()
        while not self._ending and not (end and time.monotonic() > end):
            self._pico.run(_SLICE_S)
            self._serve()
            ahead = start + self._pico.seconds - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            else:
                start -= ahead

    def _serve(self) -> None:
        self._uart.port.reopen()
        self._chip_uart.send(self._uart.serve())
        if self._pico.usb.up:
            self._usb.port.open()  # and kept through resets: a boot takes long here
        self._pico.usb.type(self._usb.serve())

    def _boots(self, cause: str) -> None:
        self._lines.cut()
        self._say(f"boot after {cause}")

    def _say(self, text: str) -> None:
        print(f"{self._pico.seconds:9.3f} {text}", flush=True)
