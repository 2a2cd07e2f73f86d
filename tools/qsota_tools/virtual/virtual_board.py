"""A board without a board: the real firmware on MicroPython's unix VM, with this supervisor in the
place of the power supply, the flash chip, the watchdog and the UART's wire."""

import contextlib
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from qsota_tools.common.locks import Lock
from qsota_tools.common.ports import Port
from qsota_tools.virtual.board_events import EventLog
from qsota_tools.virtual.power_supply import PowerSupply
from qsota_tools.virtual.record_watch import RecordWatch
from qsota_tools.virtual.repl_bridge import ReplBridge
from qsota_tools.virtual.report_watch import ReportWatch
from qsota_tools.virtual.uart_bridge import UartBridge, wires
from qsota_tools.virtual.vm_process import CAUSES, KEEPERS, VmProcess, check_stores

_TICK_MS, _SOON_MS = 50, 1


class VirtualBoard:
    """Runs a board until `stop`, in a thread of its own.

    board: a board file as a dict; flash: the file with the flash that it describes; storage: that
    of the firmware, if the board has its slots on another chip; port: what the UART is wired to, a
    name as `ports.Port` takes it, or None; repl: the same for USB; timing: "real" makes erase
    and program take their time, on rp2 with interrupts off, and paces the UART, "none" does not;
    wiring: of TX and RX, see `wires`; on_event: called in the board's thread with each event.

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
        storage: Path | str | None = None,
        repl: str | None = None,
        timing: str = "none",
        wiring: str = "straight",
        on_event: Callable[[dict], None] | None = None,
    ):
        self.board = board
        self.flash = Path(flash)
        self._fixed = {"timing": timing, "keeper": KEEPERS[board["port"]]}
        self._fixed |= wires(board["uart"], wiring if port else "open")
        self._stores = {"flash": self.flash}
        if storage:
            self._stores["storage"] = Path(storage)
        self._log = EventLog(on_event)
        self._emit = self._log.add
        self._port = Port(port, board["uart"]["baud"])
        watch = ReportWatch(self._reported)
        self._bridge = UartBridge(self._port, watch.sent, watch.received)
        self._repl = ReplBridge(Port(repl, 0))
        self._vm: VmProcess | None = None
        self._supply = PowerSupply()
        self._bite_at: float | None = None
        self._record = RecordWatch(self.flash, board, self._emit)
        self._at_repl = False
        self._cause = 0
        self._kept = 0  # what is in that register
        self._usb: str | None = None  # the mode that USB is up in
        self._todo: list[Callable[[], None]] = []
        self._wake, self._woken = socket.socketpair()
        self._opened = contextlib.ExitStack()  # ports and locks
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="virtual board", daemon=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()

    # For the owner, from any thread.

    @property
    def events(self) -> list[dict]:
        """All events so far."""
        return self._log.events

    @property
    def flash_ops(self) -> int:
        """Flash operations so far."""
        return self._supply.operations

    def start(self) -> None:
        """Power up; UserError when the board, the flash file or the port is not as it must be."""
        check_stores(self.board, self._stores)
        with contextlib.ExitStack() as opened:
            for file in self._stores.values():
                opened.callback(Lock(file, str(file)).release)
            for port in (self._port, self._repl.port):
                port.open()
                opened.callback(port.close)
            self._opened = opened.pop_all()
        self._peer = self._port.connected
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
        self._opened.close()
        self._wake.close()
        self._woken.close()

    def power_cycle(self) -> None:
        """Cut the power now, wherever the firmware is, and give it back."""
        self._do(self._power_on)

    def cut_at(self, operation: int, how: str = "torn") -> None:
        """Cut the power at the nth flash operation from now: see `PowerSupply`. The board then
        powers up again."""
        self._supply.cut_at(operation, how)

    def wait_for(self, kind: str, timeout: float = 60, **fields) -> dict:
        """The next event of that kind with these fields; earlier events are then behind us.
        TimeoutError when it does not come, BoardFault after a violation."""
        return self._log.wait_for(kind, timeout, fields)

    # In the board's thread.

    def _do(self, action: Callable[[], None]) -> None:
        self._todo.append(action)
        self._wake.send(b"!")

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
        self._port.reopen()
        self._tell_peer()
        if self._vm:
            self._bridge.serve(self._vm.uart)
            self._tell_peer()
            self._repl.reopen()
            self._repl.serve(self._vm)
            self._listen(self._vm)
        if self._bite_at and time.monotonic() > self._bite_at:
            self._emit("wdt")
            self._restart("watchdog")

    def _tell_peer(self) -> None:
        if self._port.connected != self._peer:
            self._peer = self._port.connected
            self._emit("uart", connected=self._peer)

    def _poll(self) -> None:
        masks = {self._woken.fileno(): select.POLLIN}
        if self._vm:
            masks[self._vm.control.fileno()] = select.POLLIN
            masks[self._vm.console.fileno()] = select.POLLIN
            masks.update(self._bridge.interests(self._vm.uart))
            masks.update(self._repl.interests())
        poll = select.poll()
        for fd, mask in masks.items():
            poll.register(fd, mask)
        soon = self._bridge.pacing() or self._repl.waiting()
        ready = poll.poll(_SOON_MS if soon else _TICK_MS)
        if any(fd == self._woken.fileno() for fd, _ in ready):
            self._woken.recv(64)

    def _listen(self, vm: VmProcess) -> None:
        messages = vm.messages()
        self._show_console(vm)  # what was printed before a message comes before its event
        if messages is None:
            self._ended(vm.kill())
            return
        for message in messages:
            self._hear(vm, **message)

    def _ended(self, code: int) -> None:
        if self._at_repl and code in (0, -signal.SIGINT):
            # The unix VM ends on Ctrl-D, and on a Ctrl-C in the moment when its program ends.
            self._soft_reset()
        else:
            self._broken(f"the VM ended by itself with code {code}")

    def _show_console(self, vm: VmProcess) -> None:
        data = vm.console.read()
        self._repl.printed(data)
        if self._at_repl:
            return  # that is between the host and the REPL
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._emit("log", text=line.decode(errors="replace").rstrip("\r"))

    def _hear(self, vm: VmProcess, event: str, **fields) -> None:
        if event in ("erase", "program"):
            vm.answer(fields["ask"], self._supply.next_operation())
        elif event == "flashed":
            if fields["store"] == "flash":
                self._record.written(fields["offset"])
        elif event == "wdt-start":
            self._wdt_s = fields["timeout"] / 1000
            self._bite_at = time.monotonic() + self._wdt_s
        elif event == "wdt-feed" and self._bite_at:
            self._bite_at = time.monotonic() + self._wdt_s
        elif event == "wdt-stop":
            self._bite_at = None
        elif event == "kept":
            self._kept = fields["value"]
        elif event == "uart-open":
            self._bridge.set_pace(fields["baud"] if self._fixed["timing"] == "real" else None)
        elif event == "reset":
            self._emit("reset")
            self._restart("reset")
        elif event == "soft-reset":
            self._soft_reset()
        elif event == "cut":
            self._emit("cut", op=self.flash_ops, how=fields["how"])
            self._power_on()
        elif event == "violation":
            self._broken(fields["text"])
        elif event == "usb":
            self._usb = fields["mode"]
            self._repl.usb_up()
        elif event == "usb-down":
            self._usb = None
            self._repl.drop()
        elif event == "repl":
            self._at_repl = True
            self._repl.program_ended()
            self._emit("repl")
            vm.answer(fields["ask"], "go")

    def _reported(self, component: str, version: str) -> None:
        self._emit("report", component=component, version=version)

    def _power_on(self) -> None:
        self._power_off()
        self._kept = 0
        self._emit("power_on")
        self._restart("power-on")

    def _soft_reset(self) -> None:
        """The same power: USB stays up, and the watchdog goes on."""
        bite_at = self._bite_at
        self._stop_vm()
        self._repl.soft_reset()
        self._start_vm("soft-reset")
        self._bite_at = bite_at

    def _restart(self, cause: str) -> None:
        self._power_off()
        self._usb = None
        self._start_vm(cause)

    def _start_vm(self, cause: str) -> None:
        self._cause = CAUSES[self.board["port"]].get(cause, self._cause)
        self._at_repl, self._line = False, b""
        self._record.check()
        self._emit("boot", cause=cause)
        now = {"cause": self._cause, "kept": self._kept, "usb": self._usb, "raw": self._repl.raw}
        self._vm = VmProcess(self.board, self._stores, self._fixed | now)

    def _broken(self, text: str) -> None:
        self._emit("violation", text=text)
        self._power_off()

    def _power_off(self) -> None:
        if self._vm:
            self._stop_vm()
            self._repl.unplug()

    def _stop_vm(self) -> None:
        self._bite_at = None
        if self._vm:
            self._vm.kill()
            self._show_console(self._vm)
            self._bridge.power_lost(self._vm.uart)
            self._vm.close()
            self._vm = None
