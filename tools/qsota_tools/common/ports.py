"""What a UART or a USB port is wired to, by one grammar for all commands:

pty:PATH               a new pseudo-terminal with a link to it at PATH (pty: without a link)
listen:[HOST:]PORT     a TCP port of this host that others connect to
socket://HOST:PORT     a TCP port to connect to
rfc2217://HOST:PORT    a serial port on the network
anything else          a serial device, or another URL that pyserial knows
"""

import contextlib
import os
import stat
import time
from pathlib import Path

from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.common.port_ends import Listener, Opened, Pty

GRAMMAR = "a serial device, pty:PATH to make one, socket://HOST:PORT, listen:PORT or rfc2217://..."

_RETRY_S = 0.2


def _open(name: str, baud: int) -> Pty | Listener | Opened:
    kind, _, rest = name.partition(":")
    if kind == "pty":
        return Pty(rest)
    if kind == "listen":
        return Listener(rest)
    if "://" not in name:
        check_device(name)
    return Opened(name, baud)


def check_device(name: str) -> None:
    """UserError if that path is there and is no serial device."""
    try:
        mode = Path(name).stat().st_mode
    except (OSError, ValueError):
        return  # opening it will tell
    if os.name == "posix" and not stat.S_ISCHR(mode):
        what = "a file" if stat.S_ISREG(mode) else files.what(mode)
        raise UserError(f"{name} is {what}, not a serial port")


def check_terminal(name: str) -> None:
    """UserError if what cannot be opened as a serial device is another device, such as /dev/null.
    Not asked before: to open a port can reset what hangs on it."""
    with contextlib.suppress(OSError, ValueError):
        number = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        terminal = os.isatty(number)
        os.close(number)
        if not terminal:
            raise UserError(f"{name} is a device, not a serial port")


class Port:
    """One named port; name None is one that nothing is connected to.

    The other side may go away and come back; what is sent while it is not there is lost, as on a
    wire that hangs in the air.
    """

    def __init__(self, name: str | None, baud: int = 115200):
        self.name = name
        self._baud = baud
        self._end: Pty | Listener | Opened | None = None
        self._retry_at = 0.0

    def open(self) -> None:
        """Open the port unless it is open; UserError if it cannot be."""
        if self.name is None or self._end is not None:
            return
        try:
            self._end = _open(self.name, self._baud)
        except (OSError, ValueError) as error:  # ValueError: no such kind of URL
            check_terminal(self.name)
            raise UserError(f"cannot open {self.name}: {_reason(error)}") from None

    def close(self) -> None:
        if self._end is not None:
            self._end.close()
            self._end = None

    @property
    def place(self) -> str:
        """What the other side opens."""
        return self._end.place if self._end else str(self.name)

    @property
    def connected(self) -> bool:
        """Whether there is another side."""
        return self._end is not None and self._end.peer

    @property
    def unread(self) -> bool:
        """Whether close() would take away what the other side has not read."""
        return self._end is not None and self._end.unread

    def reopen(self) -> None:
        """Look for what went away, a few times per second."""
        if self._end is None and self.name and time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + _RETRY_S
            try:
                self.open()
            except UserError:
                return

    def fds(self) -> list[int]:
        """The descriptors worth polling; the last one is to be written to."""
        return self._end.fds() if self._end else []

    def read(self) -> bytes:
        """What has arrived, without waiting."""
        if self._end is None:
            return b""
        data = self._end.read()
        if data is None:
            self.close()
        return data or b""

    def write(self, data: bytes) -> int:
        """Send without waiting; returns how many bytes are off our hands."""
        return self._end.write(data) if self._end else len(data)


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    text = str(error)
    if "exclusively lock" in text:
        return "it is in use by another program"
    return os.strerror(number) if number else text
