"""`qsota board --emulated`: an emulated board that stays up, its UART and console on ports."""

import argparse
import signal
import time
from pathlib import Path

from qsota_tools import boards
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import Port
from qsota_tools.emulated.families import DEFAULT, family_of
from qsota_tools.emulated.lines import Lines
from qsota_tools.emulated.machine import Machine
from qsota_tools.provision.factory import check_root, make_flash, make_storage

_VIRTUAL_ONLY = ("until", "cut", "json")
_SLICE_S = 0.005
_BACKLOG = 65536  # bytes kept for a slow reader, more are lost


def run(args: argparse.Namespace) -> int:
    """Run the board until a signal or the timeout ends it; its stores are kept in args.flash and
    args.root."""
    board = _load_board(args)
    family = family_of(board)
    contents = family.blank(board, family.image(board, args.image))
    flash, root = family.stores(board, contents)
    if args.app:
        flash = make_flash(board, files.read(args.app))
        root = make_storage(board) if root else b""
    flash = _kept(args.flash, flash, board)
    root = _kept(args.root, root, board)
    family.require()
    machine = family.start(board, family.fill(board, contents, flash, root))
    live = Live(machine, board, args.repl, args.uart)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: live.stop())
    try:
        live.run(args.timeout)
    finally:
        flash, root = family.stores(board, machine.contents())
        files.write(args.flash, flash)
        if args.root:
            files.write(args.root, root)
    return 0


def _load_board(args: argparse.Namespace) -> boards.Board:
    """The board file of the emulated board; UserError for options that only others have."""
    for name in _VIRTUAL_ONLY:
        if getattr(args, name):
            raise UserError(f"--{name} is for the virtual board, not for the emulated one")
    board = boards.load(DEFAULT if args.board == "VIRTUAL" else args.board)
    if args.repl and not family_of(board).has_console(board):
        raise UserError(
            f"the console of {board['name']} is on USB, which it lacks here: no --repl"
        )
    check_root(board, args.root)
    return board


def _kept(path: Path | None, fresh: bytes, board: boards.Board) -> bytes:
    """What the file holds, if there is one."""
    if path is None or not path.exists():
        return fresh
    content = files.read(path)
    if len(content) != len(fresh):
        raise UserError(f"{path}: the storage of {board['name']} has {len(fresh)} bytes")
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

    def __init__(self, machine: Machine, board: boards.Board, repl: str | None, uart: str | None):
        self._machine = machine
        self._ending = False
        baud = board["uart"]["baud"]
        self._usb, self._uart = _Wire(repl, baud), _Wire(uart, baud)
        machine.line.on_byte = lambda byte: self._uart.put(bytes((byte,)))
        self._lines = Lines(lambda text: self._say(f"| {text}"))
        if machine.console:
            machine.console.on_data = self._usb.put if repl else self._lines.take
        machine.on_boot = self._boots

    def stop(self) -> None:
        """End run(), from a signal handler."""
        self._ending = True
        self._machine.stop()

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
            self._machine.run(_SLICE_S)
            self._serve()
            ahead = start + self._machine.seconds - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            else:
                start -= ahead

    def _serve(self) -> None:
        self._uart.port.reopen()
        self._machine.line.send(self._uart.serve())
        console = self._machine.console
        if console is None:
            return
        if console.up:
            self._usb.port.open()  # and kept through resets: a boot takes long here
        console.type(self._usb.serve())

    def _boots(self, cause: str) -> None:
        self._lines.cut()
        self._say(f"boot after {cause}")

    def _say(self, text: str) -> None:
        print(f"{self._machine.seconds:9.3f} {text}", flush=True)
