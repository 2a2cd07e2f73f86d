"""A board's raw REPL over mpremote: found, entered, and used to call the functions of on_board."""

import argparse
import ast
import contextlib
import io
import os
import struct
import time
from pathlib import Path

from mpremote.transport import TransportError, TransportExecError
from serial.tools import list_ports

from qsota_tools.common.errors import UserError
from qsota_tools.common.ports import check_device, check_terminal
from qsota_tools.common.progress import waiting
from qsota_tools.provision.devices import BOARD, devices
from qsota_tools.provision.patience import VARIABLE, PatientTransport, stretch

_PATIENCE_S = 15  # a board in a boot loop can be interrupted in a few moments only
_ABSENCE_S = 3  # a board that resets comes back on USB in this time
_ANSWER_S = 3
_SILENCE_S = 10
_BOOT_S = 10  # that a boot.py may take
_RETRY_S = 0.3
_SETTLE_S = 0.2
_LEAVING_S = 1.5  # on_board.hide_drive() is off USB for a second
_NO_ACCESS = "failed to access"  # how mpremote begins
_GONE = (TransportError, OSError, struct.error)

_FIRST, _ON_BOARD = (
    Path(__file__).with_name(f"{name}.py") for name in ("on_board_first", "on_board")
)


def add_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="serial port (default: the only board on USB)")


def find_port() -> str:
    """The port of the only board on USB; UserError if there is none, or a choice."""
    found = devices()
    # A module or an adapter beside the only board is no choice.
    found = [each for each in found if each.kind == BOARD] or found
    if not found:
        raise UserError("no board found on USB: plug one in, or name its port with --port")
    if len(found) > 1:
        names = ", ".join(f"{each.port} ({each.description})" for each in found)
        raise UserError(f"more than one USB serial port, choose with --port: {names}")
    return found[0].port


def _serial_number(name: str) -> str | None:
    return next(
        (port.serial_number for port in list_ports.comports() if port.device == name), None
    )


def _muted() -> contextlib.AbstractContextManager:
    return contextlib.redirect_stdout(io.StringIO())  # mpremote prints what it does not expect


class Link:
    """The board on a port, its program interrupted; `close` leaves it at the friendly REPL.

    found: what on_board_first.running() told of that program, until a soft reset. Every method
    raises UserError when the board goes away or reports an exception.
    """

    def __init__(self, port: str | None):
        self.port = port or find_port()
        if "://" not in self.port:
            check_device(self.port)
        self._transport = self._attach()
        try:
            self._prepare()
        except BaseException:
            self.give_up()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _attach(self) -> PatientTransport:
        with waiting(f"waiting for the board on {self.port}"):
            return self._find()

    def _find(self) -> PatientTransport:
        began = present = time.monotonic()
        while True:
            try:
                return self._enter()
            except _GONE as error:
                now = time.monotonic()
                if not str(error).startswith(_NO_ACCESS):
                    present = now
                if now > min(began + stretch(_PATIENCE_S), present + stretch(_ABSENCE_S)):
                    raise UserError(self._why(error)) from None
            time.sleep(_RETRY_S)

    def _prepare(self) -> None:
        self.run("globals().clear()")  # of the interrupted program, which is not gone on with
        self.send(_FIRST)
        self.run("hold_watchdog()")
        self.found = self.call("running")
        self.run("make_room()")
        self.send(_ON_BOARD)

    def _enter(self) -> PatientTransport:
        transport = PatientTransport(self.port)
        try:
            transport.serial.timeout = transport.serial.write_timeout = stretch(_SILENCE_S)
            transport.serial.write(b"\r\x03")
            # Else what the interrupted program was under answers as well.
            time.sleep(stretch(_SETTLE_S))
            with _muted():
                transport.enter_raw_repl(soft_reset=False, timeout_overall=_ANSWER_S)
                transport.exec("pass")  # a board that was slow to stop is out of step here
        except _GONE:
            transport.close()
            raise
        return transport

    def _why(self, error: Exception) -> str:
        if not str(error).startswith(_NO_ACCESS):
            return (
                f"{self.port}: MicroPython does not answer; for a board that restarts again and "
                f"again see docs/troubleshooting.md; an emulated one may need {VARIABLE}=10"
            )
        if "://" in self.port:
            return str(error)
        if os.name == "posix" and not Path(self.port).exists():
            return f"no board at {self.port}"
        if os.name == "posix" and not os.access(self.port, os.R_OK | os.W_OK):
            return f"{self.port}: no permission to open it"
        check_terminal(self.port)
        return f"{self.port} is in use by another program"

    def soft_reset(self) -> None:
        """Start over with an empty heap: boot.py runs, main.py does not."""
        try:
            with _muted():
                self._transport.enter_raw_repl(timeout_overall=_BOOT_S)
        except _GONE:  # it may be a boot.py of somebody else that does not end
            self.close()
            self._transport = self._attach()
        self._prepare()

    def hide_drive(self) -> None:
        """On stm32 the storage is a USB drive, too, and what the host writes to that would be
        written over ours: from now on, until the board is reset, it is none."""
        if not self.call("has_drive"):
            return
        board = _serial_number(self.port)
        self._guard(self._transport.exec_raw_no_follow, "hide_drive()")
        self._transport.in_raw_repl = False
        self.close()
        time.sleep(_LEAVING_S)
        self._find_again(board)
        self._transport = self._attach()
        self._prepare()

    def _find_again(self, board: str | None) -> None:
        """Without the drive it is another USB device for the host, maybe at another port."""
        end = time.monotonic() + stretch(_ABSENCE_S)
        while board and time.monotonic() < end:
            for port in list_ports.comports():
                if port.serial_number == board:
                    self.port = port.device
                    return
            time.sleep(_RETRY_S)

    def send(self, path: Path) -> None:
        """Run a file there."""
        self.run(path.read_text())

    def run(self, code: str) -> str:
        """Run code on the board; returns what it printed."""
        return self._guard(self._transport.exec, code).decode()

    def call(self, function: str, *args):
        """The literal that a function of on_board prints."""
        text = self.run(f"{function}({', '.join(map(repr, args))})")
        try:
            return ast.literal_eval(text.splitlines()[-1])
        except (ValueError, SyntaxError, IndexError):
            # Such as a timer of the interrupted program, which still runs.
            raise UserError(f"something else prints on {self.port}: reset the board") from None

    def _guard(self, method, *args, **options):
        try:
            return method(*args, **options)
        except TransportExecError as error:
            text = error.error_output.strip().splitlines()[-1]
            raise UserError(f"the board on {self.port} reports {text}") from None
        except _GONE as error:
            text = f"the board on {self.port} has gone ({error}); run the command again"
            raise UserError(text) from None

    def give_up(self) -> None:
        """After a failure: the board starts again, if it can still be told so."""
        with contextlib.suppress(UserError):
            self.restart()
        self.close()

    def restart(self) -> None:
        """Reset the board, so that its program runs again, and let go of it."""
        self._guard(self._transport.exec_raw_no_follow, "restart()")
        self._transport.in_raw_repl = False
        self.close()

    def close(self) -> None:
        with contextlib.suppress(*_GONE):  # it may have restarted already
            if self._transport.in_raw_repl:
                self._transport.exit_raw_repl()
            self._transport.close()
