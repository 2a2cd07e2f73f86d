"""A board without a board: the real firmware on MicroPython's unix VM, with this supervisor in the
place of the power supply, the flash chip, the watchdog and the UART's wire."""

import hashlib
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from qsota_tools.errors import UserError
from qsota_tools.record_view import describe, read_record
from qsota_tools.report_watch import ReportWatch
from qsota_tools.uart_bridge import UartBridge
from qsota_tools.uart_port import Port
from qsota_tools.vm_process import VmProcess

PWRON_RESET, WDT_RESET = 1, 3  # machine.reset_cause() on rp2, where reset() also gives WDT_RESET

_TICK_MS = 50
CUTS = ("before", "torn", "after")


class BoardFault(Exception):
    """The firmware did what would have destroyed a real board, or the VM broke down."""


class VirtualBoard:
    """Runs a board until `stop`, in a thread of its own.

    board: a board file as a dict, port "rp2"; flash: the file with the whole storage;
    port: a name as `uart_port.Port` takes it, or None; timing: "rp2" makes erase and program
    take their time, with interrupts off, and paces the UART, "none" does not;
    on_event: called in the board's thread with each event; ram: bytes of heap for the firmware.

    An event is a dict: "event" is its kind, "t" seconds since the start, and for
    power_on -, boot cause, log text, record seq active states versions, report component version,
    reset -, wdt -, cut op how, violation text, repl - (the program has ended), uart connected.
    """

    def __init__(
        self,
        board: dict,
        flash: Path | str,
        port: str | None = None,
        *,
        timing: str = "none",
        on_event: Callable[[dict], None] | None = None,
        ram: int = 1 << 20,
    ):
        self.board = board
        self.flash = Path(flash)
        self.events: list[dict] = []
        self.flash_ops = 0
        self._timing = timing
        self._on_event = on_event
        self._ram = ram
        self._port = Port(port, board["uart"]["baud"])
        watch = ReportWatch(self._reported)
        self._bridge = UartBridge(self._port, watch.sent, watch.received)
        self._vm: VmProcess | None = None
        self._cut: tuple[int, str] | None = None
        self._bite_at: float | None = None
        self._seq = -1
        self._seen = 0
        self._changed = threading.Condition()
        self._todo: list[Callable[[], None]] = []
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="virtual board", daemon=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()

    # For the owner, from any thread.

    def start(self) -> None:
        """Power up; UserError when the board, the flash file or the port is not as it must be."""
        name, size = self.board["name"], self.board["flash"]["size"]
        if self.board["port"] != "rp2":
            raise UserError(f"{name} is no rp2 board: the virtual board cannot be one")
        if (found := self.flash.stat().st_size) != size:
            raise UserError(f"{self.flash} has {found} bytes, the storage of {name} has {size}")
        self._port.open()
        self._began = time.monotonic()
        self._do(self._power_on)
        self._thread.start()

    def stop(self) -> None:
        """Cut the power for good and let go of the port."""
        if self._stopping:
            return
        self._stopping = True
        self._wake.send(b"!")
        if self._thread.ident:
            self._thread.join()
        self._port.close()
        self._wake.close()
        self._woken.close()

    def power_cycle(self) -> None:
        """Cut the power now, wherever the firmware is, and give it back."""
        self._do(self._power_on)

    def cut_at(self, operation: int, how: str = "torn") -> None:
        """Cut the power at the nth flash operation from now (1 is the next): before it, in the
        middle of it ("torn") or right after it. The board then powers up again."""
        if how not in CUTS:
            raise ValueError(f"a cut is one of {', '.join(CUTS)}")
        self._cut = (self.flash_ops + operation, how)

    def wait_for(self, kind: str, timeout: float = 10, **fields) -> dict:
        """The next event of that kind with these fields; earlier events are then behind us.
        TimeoutError when it does not come, BoardFault after a violation."""

        def fits(event):
            wanted = dict(fields, event=kind)
            return all(event.get(name) == value for name, value in wanted.items())

        end = time.monotonic() + timeout
        with self._changed:
            while True:
                while self._seen < len(self.events):
                    event = self.events[self._seen]
                    self._seen += 1
                    if fits(event):
                        return event
                    if event["event"] == "violation":
                        raise BoardFault(event["text"])
                if not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(f"no {kind}{fields or ''} in {timeout} s")

    # In the board's thread.

    def _do(self, action: Callable[[], None]) -> None:
        self._todo.append(action)
        self._wake.send(b"!")

    def _emit(self, kind: str, **fields) -> None:
        event = {"event": kind, "t": round(time.monotonic() - self._began, 3), **fields}
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        if self._on_event:
            self._on_event(event)

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        except Exception as error:  # the owner must hear of it, whatever it is
            self._emit("violation", text=f"the supervisor failed: {error!r}")
            raise
        finally:
            self._power_off()

    def _turn(self) -> None:
        self._poll()
        while self._todo:
            self._todo.pop(0)()
        if self._port.reopen():
            self._emit("uart", connected=True)
        if self._vm:
            was_connected = self._port.connected
            self._bridge.serve(self._vm.uart)
            if was_connected and not self._port.connected:
                self._emit("uart", connected=False)
            self._listen(self._vm)
        if self._bite_at and time.monotonic() > self._bite_at:
            self._emit("wdt")
            self._restart("watchdog", WDT_RESET)

    def _poll(self) -> None:
        masks = {self._woken.fileno(): select.POLLIN}
        if self._vm:
            masks[self._vm.control.fileno()] = select.POLLIN
            masks[self._vm.console.fileno()] = select.POLLIN
            masks.update(self._bridge.interests(self._vm.uart))
        poll = select.poll()
        for fd, mask in masks.items():
            poll.register(fd, mask)
        ready = poll.poll(1 if self._bridge.pacing() else _TICK_MS)
        if any(fd == self._woken.fileno() for fd, _ in ready):
            self._woken.recv(64)

    def _listen(self, vm: VmProcess) -> None:
        messages = vm.messages()
        self._show_console(vm)  # what was printed before a message comes before its event
        if messages is None:
            self._broken(f"the VM ended by itself with code {vm.kill()}")
            return
        for message in messages:
            self._hear(vm, **message)

    def _show_console(self, vm: VmProcess) -> None:
        for line in vm.console_lines():
            self._emit("log", text=line)

    def _hear(self, vm: VmProcess, event: str, **fields) -> None:
        if event in ("erase", "program"):
            vm.answer(self._supply_for_operation())
        elif event == "flashed":
            self._check_record(fields["offset"])
        elif event == "wdt-start":
            self._wdt_s = fields["timeout"] / 1000
            self._bite_at = time.monotonic() + self._wdt_s
        elif event == "wdt-feed":
            self._bite_at = time.monotonic() + self._wdt_s
        elif event == "uart-open":
            self._bridge.set_pace(fields["baud"] if self._timing == "rp2" else None)
        elif event == "reset":
            self._emit("reset")
            self._restart("reset", WDT_RESET)
        elif event == "soft-reset":
            self._restart("soft-reset", self._cause, self._bite_at)
        elif event == "cut":
            self._emit("cut", op=self.flash_ops, how=fields["how"])
            self._power_on()
        elif event == "violation":
            self._broken(fields["text"])
        elif event == "repl":
            self._emit("repl")

    def _supply_for_operation(self) -> str:
        self.flash_ops += 1
        if self._cut and self.flash_ops >= self._cut[0]:
            how, self._cut = self._cut[1], None
            return how
        return "go"

    def _reported(self, component: str, version: str) -> None:
        self._emit("report", component=component, version=version)

    def _check_record(self, offset: int | None = None) -> None:
        start, size = self.board["areas"]["state"]
        if offset is not None and not start <= offset < start + size:
            return
        record = read_record(self.flash, self.board)
        if record.seq != self._seq:
            self._seq = record.seq
            self._emit("record", **describe(record))

    def _power_on(self) -> None:
        self._power_off()
        self._emit("power_on")
        self._restart("power-on", PWRON_RESET)

    def _restart(self, cause: str, code: int, bite_at: float | None = None) -> None:
        self._power_off()
        self._cause, self._bite_at = code, bite_at
        self._check_record()
        self._emit("boot", cause=cause)
        self._vm = VmProcess(self._settings(), self.board["flash"]["size"] + self._ram)

    def _settings(self) -> dict:
        flash = self.board["flash"]
        return {
            "flash": str(self.flash.resolve()),
            "size": flash["size"],
            "erase": flash["erase"],
            "program": flash["program"],
            "timing": self._timing,
            "uart_id": self.board["uart"]["id"],
            "cause": self._cause,
            "unique_id": hashlib.sha256(str(self.flash.resolve()).encode()).hexdigest()[:16],
        }

    def _broken(self, text: str) -> None:
        self._emit("violation", text=text)
        self._power_off()

    def _power_off(self) -> None:
        self._bite_at = None
        if self._vm:
            self._vm.kill()
            self._show_console(self._vm)
            self._bridge.power_lost(self._vm.uart)
            self._vm.close()
            self._vm = None
