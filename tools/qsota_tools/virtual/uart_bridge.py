"""Carries bytes between the virtual board's UART and a port: all of them, in order, at once."""

import select
import socket
import time
from collections.abc import Callable

from qsota_tools.common.ports import Port

_BACKLOG = 65536  # bytes kept for a slow reader before its source has to wait
_CHUNK = 4096

WIRINGS = ("straight", "swapped", "open", "looped")


def wires(uart: dict, wiring: str) -> dict:
    """How TX and RX are wired, for the VM; uart: that section of the board file."""
    driven = {"straight": "rx", "swapped": "tx"}.get(wiring)  # by the module's TXD
    return {"wiring": wiring, "high": uart.get(driven)}


class Pace:
    """Lets bytes pass no faster than a baud rate (10 bits per byte); None: at once."""

    def __init__(self, baud: int | None):
        self.limited = baud is not None
        self._byte_s = 10 / baud if baud else 0.0
        self._free_at = 0.0

    def allowance(self, waiting: int) -> int:
        """How many of the waiting bytes may pass now."""
        if not self.limited:
            return waiting
        due = int((time.monotonic() - self._free_at) / self._byte_s)
        return max(0, min(waiting, due))

    def passed(self, count: int) -> None:
        self._free_at += count * self._byte_s

    def wire_idle(self) -> None:
        """Nothing waits: the next byte starts from now."""
        self._free_at = max(self._free_at, time.monotonic())


class UartBridge:
    """Both directions between a port and the wire, the supervisor's end of the VM's UART.

    on_tx and on_rx see what the board sends and what is sent to it.
    """

    def __init__(self, port: Port, on_tx: Callable[[bytes], None], on_rx: Callable[[bytes], None]):
        self.port = port
        self._on_tx = on_tx
        self._on_rx = on_rx
        self._to_port = bytearray()
        self._to_board = bytearray()
        self._pace = Pace(None)

    def set_pace(self, baud: int | None) -> None:
        """Feed the board no faster than this; None for no limit."""
        self._pace = Pace(baud)

    def interests(self, wire: socket.socket) -> dict[int, int]:
        """What to poll for: file descriptor -> events."""
        masks = {wire.fileno(): 0}
        fds = self.port.fds()
        for fd in fds:
            masks[fd] = select.POLLIN if len(self._to_board) < _BACKLOG else 0
        if fds and self._to_port:
            masks[fds[-1]] |= select.POLLOUT
        if len(self._to_port) < _BACKLOG:
            masks[wire.fileno()] |= select.POLLIN
        if self._to_board and not self._pace.limited:
            masks[wire.fileno()] |= select.POLLOUT
        return masks

    def pacing(self) -> bool:
        """Whether bytes wait for their turn on the wire: then `serve` is due every millisecond."""
        return bool(self._to_board) and self._pace.limited

    def serve(self, wire: socket.socket) -> None:
        """Move what can be moved without waiting."""
        if len(self._to_board) < _BACKLOG:
            self._take(self._to_board, self.port.read(), self._on_rx)
        if len(self._to_port) < _BACKLOG:
            self._take(self._to_port, _receive(wire), self._on_tx)
        self._feed_board(wire)
        if self._to_port:
            del self._to_port[: self.port.write(bytes(self._to_port[:_CHUNK]))]

    def _take(self, backlog: bytearray, data: bytes, tap: Callable[[bytes], None]) -> None:
        if data:
            if backlog is self._to_board and not backlog:
                self._pace.wire_idle()
            backlog += data
            tap(data)

    def _feed_board(self, wire: socket.socket) -> None:
        count = min(self._pace.allowance(len(self._to_board)), _CHUNK)
        if count:
            sent = _send(wire, bytes(self._to_board[:count]))
            self._pace.passed(sent)
            del self._to_board[:sent]

    def power_lost(self, wire: socket.socket) -> None:
        """The board stops: its last bytes still go out, what was on the way to it is lost."""
        while data := _receive(wire):
            self._take(self._to_port, data, self._on_tx)
        self._to_board.clear()


def _receive(wire: socket.socket) -> bytes:
    try:
        return wire.recv(_CHUNK)
    except OSError:  # nothing there, or the VM has ended
        return b""


def _send(wire: socket.socket, data: bytes) -> int:
    try:
        return wire.send(data)
    except BlockingIOError:
        return 0
    except OSError:
        return len(data)
