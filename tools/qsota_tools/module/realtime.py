"""The simulation in real time, on a thread of its own: for `qsota sim` and the demo."""

import os
import queue
import select
import threading
import time
from collections.abc import Callable, Iterable
from typing import Self

from qsota_tools.center.cloud import Cloud
from qsota_tools.center.plan import Plan
from qsota_tools.center.session import Session
from qsota_tools.common.ports import Port
from qsota_tools.module.module import Module
from qsota_tools.proof.lab.clock import Clock

_SLICE = 32  # bytes that a paced wire delivers at a time
_POLL_S = 0.02  # how often to look for a peer that is not there, and for the end
_IDLE_S = 1  # the longest wait for anything
_DRAIN_MIN_S = 0.1  # at the end: the kernel takes a moment to pass bytes on
_UNSENT_MAX = 1 << 20  # bytes kept for a peer that does not read
_DRAIN_MAX_S = 2  # and the peer may never read them


class Wire:
    """One direction of a serial line: 10 bits per byte at baud, or no delay at all for 0."""

    def __init__(self, clock: Clock, baud: int, sink: Callable[[bytes], None]):
        self._clock = clock
        self._baud = baud
        self._sink = sink
        self._queue = b""
        self.busy = False

    def send(self, data: bytes) -> None:
        """Pass data on to sink(bytes) at the pace of the line."""
        if not self._baud:
            self._sink(data)
            return
        self._queue += data
        if not self.busy and data:
            self._next()

    def _next(self) -> None:
        piece, self._queue = self._queue[:_SLICE], self._queue[_SLICE:]
        self.busy = bool(piece)
        if piece:
            self._clock.after(len(piece) * 10000 / self._baud, self._arrive, piece)

    def _arrive(self, piece: bytes) -> None:
        self._sink(piece)
        self._next()


class RealTimeSim:
    """A module and its cloud behind a port of this host, by the grammar of common/ports.py.

    baud 0: as fast as the host can.
    on_event gets a dict for everything that happens ("event" is its kind, "t" seconds since the
    start), on_trace the lines on the wire (direction, text); both on the simulation's thread.
    grid_ms: the push grid; speed: of the download, bytes per second; options: see options.py.
    connect: the cloud is not one of its own (plans, grid_ms) but connect(call), where call has
    something called on the simulation's thread: Service.session.
    While it runs, `cloud`, `module` and `storage` may only be touched through call().
    """

    def __init__(
        self,
        plans: Iterable[Plan] = (),
        port: str = "pty:",
        baud: int = 115200,
        on_event: Callable[[dict], None] | None = None,
        on_trace: Callable[[str, str], None] | None = None,
        grid_ms: int = 600000,
        speed: int = 100000,
        connect: Callable[[Callable], Session] | None = None,
        **options,
    ):
        self.error: Exception | None = None  # what ended the thread, if not stop()
        self._port = Port(port, baud)
        self._unsent = b""
        self._on_event = on_event
        self._clock = Clock()
        self.cloud = connect(self.call) if connect else self._own_cloud(plans, grid_ms)
        self.storage = self.cloud.storage
        self.storage.speed = speed
        # A real UART paces itself.
        pace = baud if port.startswith(("pty:", "listen:", "socket:")) else 0
        self._down = Wire(self._clock, pace, self._send)
        self.module = Module(self._clock, self._down.send, self.cloud, **options)
        self.cloud.recall()
        self.module.on_trace = on_trace
        self._up = Wire(self._clock, pace, self.module.rx)
        self._calls: queue.SimpleQueue = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._wake_in = self._wake_out = -1
        self._running = False
        self._ends = threading.Lock()

    def _own_cloud(self, plans: Iterable[Plan], grid_ms: int) -> Cloud:
        now = int(time.time() * 1000)
        cloud = Cloud(self._clock, plans, grid_ms=grid_ms, epoch_ms=now)
        cloud.on_event = self._event
        return cloud

    @property
    def name(self) -> str:
        """Where the peer finds the module, once started."""
        return self._port.place

    def start(self) -> Self:
        """Open the port (UserError if that fails) and run."""
        self._port.open()
        self._stopping: float | None = None
        self._connected = False
        self._wake_in, self._wake_out = os.pipe()
        self._running = True
        self._began = time.monotonic_ns() // 1000
        self._thread = threading.Thread(target=self._run, name="qsota-sim", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Let the last bytes leave, close the port and end the thread; from another thread."""
        if not self._thread:
            return
        self.call(self._end)
        self._thread.join()
        self._thread = None
        with self._ends:
            self._running = False
            os.close(self._wake_in)
            os.close(self._wake_out)

    def call(self, fn: Callable, *args) -> None:
        """Have fn(*args) called on the simulation's thread, unless that was stopped: what the
        cloud has to say may be late, and the number of a closed pipe is soon another file's."""
        with self._ends:
            if self._running:
                self._calls.put((fn, args))
                os.write(self._wake_out, b"!")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc) -> None:
        self.stop()

    def _end(self) -> None:
        self._stopping = time.monotonic()

    def _over(self) -> bool:
        """stop() was called and the last bytes have left."""
        if self._stopping is None:
            return False
        waited = time.monotonic() - self._stopping
        if waited > _DRAIN_MAX_S:
            return True
        gone = not (self._down.busy or self._unsent or self._port.unread)
        return waited > _DRAIN_MIN_S and gone

    def _event(self, kind: str, fields: dict) -> None:
        if self._on_event:
            self._on_event({"event": kind, "t": self._clock.now() / 1000, **fields})

    # On the thread

    def _run(self) -> None:
        try:
            self._event("listening", {"port": self.name})
            while not self._over():
                self._wait()
                self._turn()
        except Exception as error:
            self.error = error
            self._event("error", {"reason": str(error)})
        finally:
            self.cloud.detach()
            self._port.close()

    def _send(self, data: bytes) -> None:
        if self._port.connected and len(self._unsent) < _UNSENT_MAX:
            self._unsent += data
            self._flush()

    def _flush(self) -> None:
        self._unsent = self._unsent[self._port.write(self._unsent) :]

    def _turn(self) -> None:
        self._port.reopen()
        data = self._port.read()
        self._clock.advance_us(max(0, self._elapsed_us() - self._clock.now_us()))
        if self._connected != self._port.connected:
            self._connected = self._port.connected
            self._event("peer", {"connected": self._connected})
        if data:
            self._up.send(data)
        self._flush()
        self._do_calls()
        self.cloud.remember()

    def _elapsed_us(self) -> int:
        return time.monotonic_ns() // 1000 - self._began

    def _wait(self) -> None:
        due = self._clock.next_due()
        seconds = _IDLE_S if due is None else max(0, (due - self._elapsed_us()) / 1e6)
        limit = _POLL_S if self._stopping or not self._port.connected else _IDLE_S
        fds = self._port.fds()
        writers = fds[-1:] if self._unsent else []
        select.select([*fds, self._wake_in], writers, [], min(seconds, limit))

    def _do_calls(self) -> None:
        while not self._calls.empty():
            os.read(self._wake_in, 1)
            fn, args = self._calls.get()
            fn(*args)
