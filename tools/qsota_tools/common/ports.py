"""Where the MCU is attached: a pseudo-terminal, a TCP port or a serial port of the host.

Every port is polled: fds() are worth waiting for, read() and flush() never block. The other side
may go and come back; what is sent while nobody is there is lost, as on a wire.
"""

import errno
import fcntl
import os
import socket
import termios
import tty
from abc import ABC, abstractmethod
from pathlib import Path

import serial

_UNSENT_MAX = 1 << 20  # bytes kept for a peer that does not read


class Port(ABC):
    """name: what the peer opens; connected: whether there is one."""

    name: str
    connected = False

    def __init__(self):
        self._unsent = b""

    @abstractmethod
    def fds(self) -> list: ...

    @abstractmethod
    def read(self) -> bytes: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _write(self, data: bytes) -> int: ...

    @property
    def pending(self) -> bool:
        """There is output that the port does not take yet."""
        return bool(self._unsent)

    @property
    def drained(self) -> bool:
        """All output is beyond recall; what is not may be lost by close()."""
        return not self._unsent

    def write(self, data: bytes) -> None:
        if self.connected and len(self._unsent) < _UNSENT_MAX:
            self._unsent += data
            self.flush()

    def flush(self) -> None:
        if self._unsent:
            try:
                self._unsent = self._unsent[self._write(self._unsent) :]
            except BlockingIOError:
                return
            except OSError:
                self._gone()

    def _gone(self) -> None:
        self.connected = False
        self._unsent = b""


class PtyPort(Port):
    """A pseudo-terminal, with a symbolic link to it at path if one is given."""

    def __init__(self, path: str | None = None):
        super().__init__()
        self._fd, slave = os.openpty()
        # No echo and no line editing even for a peer that does not set the mode.
        tty.setraw(slave)
        self._device = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._fd, False)
        self.name = path or self._device
        self._link = Path(path) if path else None
        if self._link:
            try:
                self._place(self._link)
            except OSError:
                os.close(self._fd)
                raise

    def _place(self, link: Path) -> None:
        if link.is_symlink():
            link.unlink()  # left over by a run that was killed
        link.symlink_to(self._device)

    def fds(self) -> list:
        # Without a peer the master is always "readable" (EIO).
        return [self._fd] if self.connected else []

    def read(self) -> bytes:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            data = b""
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._gone()
            return b""
        self.connected = True
        return data

    def _write(self, data: bytes) -> int:
        return os.write(self._fd, data)

    @property
    def drained(self) -> bool:
        # The end of the master takes with it what the peer has not read.
        if not self.connected:
            return True
        slave = os.open(self._device, os.O_RDWR | os.O_NOCTTY)
        try:
            unread = fcntl.ioctl(slave, termios.FIONREAD, bytes(4))
        finally:
            os.close(slave)
        return super().drained and not any(unread)

    def close(self) -> None:
        if self._link and self._link.is_symlink() and str(self._link.readlink()) == self._device:
            self._link.unlink()
        os.close(self._fd)


class TcpPort(Port):
    """Listens at "PORT" or "HOST:PORT" (default host 127.0.0.1); the newest client is served."""

    def __init__(self, address: str):
        super().__init__()
        host, _, port = address.rpartition(":")
        if not port.isdecimal():
            raise ValueError(f"no TCP port: {address}")
        self._peer: socket.socket | None = None
        self._listener = socket.create_server((host or "127.0.0.1", int(port)))
        self._listener.setblocking(False)
        self.name = "{}:{}".format(*self._listener.getsockname()[:2])

    def fds(self) -> list:
        return [self._listener, self._peer] if self._peer else [self._listener]

    def read(self) -> bytes:
        self._accept()
        if not self._peer:
            return b""
        try:
            data = self._peer.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._gone()
        return data

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except BlockingIOError:
            return
        self._gone()
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer = peer
        self.connected = True

    def _write(self, data: bytes) -> int:
        return self._peer.send(data) if self._peer else 0

    def _gone(self) -> None:
        super()._gone()
        if self._peer:
            self._peer.close()
            self._peer = None

    def close(self) -> None:
        self._gone()
        self._listener.close()


class SerialPort(Port):
    """A real UART, paced by itself; it is always taken as connected."""

    connected = True

    def __init__(self, device: str, baud: int):
        super().__init__()
        self._serial = serial.Serial(device, baud, timeout=0, write_timeout=0)
        self.name = device

    def fds(self) -> list:
        return [self._serial.fileno()]

    def read(self) -> bytes:
        return self._serial.read(4096)

    def _write(self, data: bytes) -> int:
        return os.write(self._serial.fileno(), data)

    def close(self) -> None:
        self._serial.close()
