"""What a virtual board's UART is wired to: a pty, a serial device or a TCP peer."""

import os
import socket
import termios
import time
import tty
from pathlib import Path
from typing import Protocol

import serial

from qsota_tools.common.errors import UserError

_RETRY_S = 0.2
_CHUNK = 4096


class _Pty:
    """A new pty whose other side programs find at a path."""

    def __init__(self, path: str):
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        # Our own slave stays open: Linux forgets "raw" when the last user closes it.
        self._link = Path(path)
        if self._link.is_symlink():
            self._link.unlink()
        self._link.symlink_to(os.ttyname(self._slave))

    def fileno(self) -> int:
        return self._master

    def close(self) -> None:
        self._link.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)


def _connect(address: str) -> socket.socket:
    host, _, number = address.rpartition(":")
    if not host or not number.isdigit():
        raise UserError(f"{address}: must be HOST:PORT")
    peer = socket.create_connection((host, int(number)), timeout=1)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.setblocking(False)
    return peer


class _End(Protocol):
    """What a port needs of a pty, a socket or a serial device."""

    def fileno(self) -> int: ...

    def close(self) -> None: ...


def _open(name: str, baud: int) -> _End:
    if name.startswith("pty:"):
        return _Pty(name[4:])
    if name.startswith("socket://"):
        return _connect(name[9:])
    if name.startswith("tcp:"):
        return _connect(name[4:])
    return _device(name, baud)


def _device(path: str, baud: int) -> serial.Serial:
    device = serial.Serial(path, baud)
    attributes = termios.tcgetattr(device.fileno())
    # With pyserial's 0, nothing to read would look the same as a device that is gone.
    attributes[6][termios.VMIN] = 1
    termios.tcsetattr(device.fileno(), termios.TCSANOW, attributes)
    os.set_blocking(device.fileno(), False)
    return device


class Port:
    """One named port; name None is a UART that nothing is connected to.

    `pty:PATH` makes a pty, `socket://HOST:PORT` and `tcp:HOST:PORT` connect, anything else is a
    device to open. A peer that goes away is looked for again; what the board sends meanwhile is
    lost, as on a wire that hangs in the air.
    """

    def __init__(self, name: str | None, baud: int):
        self.name = name
        self._baud = baud
        self._end: _End | None = None
        self._retry_at = 0.0

    def open(self) -> None:
        """Open the port; UserError if it is not there."""
        if self.name is None:
            return
        try:
            self._end = _open(self.name, self._baud)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise UserError(f"cannot open {self.name}: {reason}") from None

    def close(self) -> None:
        if self._end is not None:
            self._end.close()
            self._end = None

    @property
    def connected(self) -> bool:
        return self._end is not None

    def reopen(self) -> bool:
        """Look for a peer that went away; True when it is back. Tries a few times per second."""
        if self.connected or self.name is None or time.monotonic() < self._retry_at:
            return False
        self._retry_at = time.monotonic() + _RETRY_S
        try:
            self.open()
        except UserError:
            return False
        return True

    def fileno(self) -> int:
        """The descriptor to poll, -1 while there is no peer."""
        return self._end.fileno() if self._end else -1

    def read(self) -> bytes:
        """What has arrived, without waiting; closes the port when the peer is gone."""
        if not self.connected:
            return b""
        try:
            data = os.read(self.fileno(), _CHUNK)
        except BlockingIOError:
            return b""
        except OSError:  # a pty reports its closed other side as EIO
            data = b""
        if not data:
            self.close()
        return data

    def write(self, data: bytes) -> int:
        """Send without waiting; returns how many bytes are off our hands."""
        if not self.connected:
            return len(data)
        try:
            return os.write(self.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()
            return len(data)
