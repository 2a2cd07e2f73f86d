"""What a port can be: a pty of our own, a TCP port that we serve, or whatever pyserial opens.

Each end has fds() that are worth waiting for (none: it has to be polled), read() and write() that
never wait, and `peer`, whether there is another side. read() returns None once the end is of no
use any more.
"""

import errno
import os
import select
import socket
import weakref
from pathlib import Path

import serial

from qsota_tools.common.errors import UserError, needs_posix
from qsota_tools.common.locks import Lock

_CHUNK = 4096


class Pty:
    """A new pty, with a link to its other side at path unless that is empty."""

    def __init__(self, path: str):
        try:
            import tty
        except ImportError:
            raise needs_posix("a pty") from None
        self._link = Path(path) if path else None
        if self._link:
            # Also if a Ctrl-C comes before anybody has this object to close it.
            self._give_up = weakref.finalize(self, _give_up, self._link, self._locked())
        self._master, slave = os.openpty()
        tty.setraw(slave)  # transparent even for a peer that does not set the mode
        self._device = os.ttyname(slave)
        os.close(slave)  # so that we see whether a peer has it
        os.set_blocking(self._master, False)
        self.place = path or self._device
        self.peer = False
        if self._link:
            self._link.symlink_to(self._device)

    def _locked(self) -> Lock:
        if self._link.exists() and not self._link.is_symlink():
            raise FileExistsError(errno.EEXIST, "there is another file", str(self._link))
        lock = Lock(self._link, str(self._link), beside=True)
        self._link.unlink(missing_ok=True)  # left over by a run that was killed
        return lock

    def fds(self) -> list[int]:
        # Without a peer the master is always "readable" (EIO).
        return [self._master] if self.peer else []

    def read(self) -> bytes | None:
        try:
            data = os.read(self._master, _CHUNK)
        except BlockingIOError:
            data = b""
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self.peer = False
            return b""
        self.peer = True
        return data

    def write(self, data: bytes) -> int:
        if not self.peer:
            return len(data)
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.peer = False
            return len(data)

    @property
    def unread(self) -> bool:
        """Whether the peer has still to read something: the end of the master takes that away."""
        import fcntl
        import termios

        if not self.peer:
            return False
        slave = os.open(self._device, os.O_RDWR | os.O_NOCTTY)
        try:
            return any(fcntl.ioctl(slave, termios.FIONREAD, bytes(4)))
        finally:
            os.close(slave)

    def close(self) -> None:
        if self._link:
            self._give_up()
        os.close(self._master)


def _give_up(link: Path, lock: Lock) -> None:
    link.unlink(missing_ok=True)
    lock.release()


class Listener:
    """Serves [HOST:]PORT (default host 127.0.0.1); the newest client is the peer."""

    unread = False

    def __init__(self, address: str):
        host, _, port = address.rpartition(":")
        if not port.isdecimal() or int(port) > 0xFFFF:
            raise UserError(f"no TCP port: {address}")
        self._listener = socket.create_server((host or "127.0.0.1", int(port)))
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self.place = "socket://{}:{}".format(*self._listener.getsockname()[:2])

    @property
    def peer(self) -> bool:
        return self._client is not None

    def fds(self) -> list[int]:
        return [end.fileno() for end in (self._listener, self._client) if end]

    def read(self) -> bytes | None:
        self._accept()
        if not self._client:
            return b""
        try:
            data = self._client.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop()
        return data

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        self._drop()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client

    def write(self, data: bytes) -> int:
        if not self._client:
            return len(data)
        try:
            return self._client.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._drop()
            return len(data)

    def _drop(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    def close(self) -> None:
        self._drop()
        self._listener.close()


class Opened:
    """What pyserial opens: a serial device or a URL (socket://, rfc2217://). It is taken as
    connected; when it goes away, it is of no use any more."""

    peer = True
    unread = False

    def __init__(self, name: str, baud: int):
        self.place = name
        self._serial = serial.serial_for_url(name, do_not_open=True)
        self._serial.baudrate = baud or 115200
        self._serial.timeout = 0
        if isinstance(self._serial, serial.Serial):
            self._serial.exclusive = True  # of two readers each would get a part
        self._serial.open()

    def fds(self) -> list[int]:
        try:
            return [self._serial.fileno()]
        except OSError:  # rfc2217: bytes arrive in a thread
            return []

    def read(self) -> bytes | None:
        try:
            return self._serial.read(_CHUNK)
        except (OSError, TypeError):  # TypeError: closed in the middle of it
            return None

    def write(self, data: bytes) -> int:
        fds = self.fds()
        try:
            if fds and not select.select([], fds, [], 0)[1]:
                return 0
            if fds and os.name == "posix":
                return os.write(fds[0], data)
            return self._serial.write(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)  # read() will tell

    def close(self) -> None:
        self._serial.close()
