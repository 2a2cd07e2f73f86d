"""One run of the virtual board's MicroPython VM, from power-up or reset to its end."""

import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import VM
from qsota_tools.virtual.vm_console import Console

# machine.reset_cause() after each; on rp2 a soft reset does not change it.
CAUSES = {
    "rp2": {"power-on": 1, "reset": 3, "watchdog": 3},
    "stm32": {"power-on": 1, "reset": 2, "watchdog": 3, "soft-reset": 0},
}
# The register that outlives a reset: a scratch register, a backup register.
KEEPERS = {"rp2": 0x4005800C, "stm32": 0x4000289C}
_RAM = 1 << 20  # bytes of heap for the firmware


def _hangups_are_ignored() -> bool:
    """As under nohup: whoever is started inherits it."""
    return signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def _hear_hangups() -> None:
    """The VM ends with its terminal, should its supervisor be killed."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def find_micropython() -> str:
    """The unix VM: the one beside this Python (the wheel's), else the one on the path; UserError
    if there is none."""
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        raise UserError(
            "the virtual board runs on MicroPython's unix port, which is missing: pip install "
            "'qsota[virtual]' (Linux on x86-64, macOS), or put a `micropython` on the path"
        )
    return found


def check_stores(board: dict, stores: dict[str, Path]) -> None:
    """UserError unless these are the files of the board's flashes, each of the right size, and
    there is a VM."""
    find_micropython()
    if ("storage" in board) != ("storage" in stores):
        raise UserError("a file for the storage belongs to boards with an SPI flash chip")
    for name, file in stores.items():
        found, size = files.size(file), board[name]["size"]
        if found != size:
            raise UserError(f"{file} has {found} bytes, the {name} of {board['name']} has {size}")


class VmProcess:
    """The process and our ends of what it is wired to: control, UART and console."""

    def __init__(self, board: dict, stores: dict[str, Path], settings: dict):
        """stores: the files for `flash` and, if the board has one, `storage`; settings: timing,
        cause, keeper, kept, usb and raw, see
        vm/edges/supply.py."""
        self.control, control = socket.socketpair()
        self.uart, uart = socket.socketpair()
        self.console = Console()
        for end in (self.control, self.uart, uart):
            end.setblocking(False)
        files = {
            name: {"file": str(file.resolve()), "size": board[name]["size"]}
            for name, file in stores.items()
        }
        wired = {
            **settings,
            "port": board["port"],
            "terminal": self.console.terminal,
            "stores": files,
            "unique_id": hashlib.sha256(files["flash"]["file"].encode()).hexdigest()[:16],
            "uart_id": board["uart"]["id"],
            "uart": uart.fileno(),
            **({"spi": board["spi"]} if "spi" in board else {}),
        }
        # The stand-in for a flash takes as much as it holds.
        heap = sum(file["size"] for file in files.values()) + _RAM
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
            preexec_fn=_hear_hangups if _hangups_are_ignored() else None,
        )
        control.close()
        uart.close()
        # Not as an argument: MicroPython takes no more than 255 bytes of one.
        self.control.sendall(json.dumps(wired).encode() + b"\n")
        self._control_rest = b""
        self._flashing = False

    def messages(self) -> list[dict] | None:
        """What the board has told since the last call; None once the VM has ended by itself."""
        try:
            data = self.control.recv(65536)
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._control_rest = (self._control_rest + data).split(b"\n")
        messages = [json.loads(line) for line in lines]
        for message in messages:
            if message["event"] in ("erase", "program", "flashed"):
                self._flashing = message["event"] != "flashed"
        return messages

    def answer(self, ask: int, word: str) -> None:
        """Reply to the message of that number."""
        with contextlib.suppress(OSError):  # it has just broken down: `messages` will tell
            self.control.sendall(f"{ask} {word}\n".encode())

    def interrupt(self, anywhere: bool = False) -> bool:
        """Ctrl-C for the program that runs; False if this is no moment for it.

        The unix VM raises KeyboardInterrupt from within the signal handler, which breaks it when
        that falls into a collection of garbage or into an import. So, unless anywhere, only where
        it waits in a system call; and never within a flash operation, as on a board."""
        self._process.send_signal(signal.SIGSTOP)
        with contextlib.suppress(ChildProcessError):  # it has ended: `messages` will tell
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        told = select.select([self.control], [], [], 0)[0]  # that may be of such an operation
        safe = not (told or self._flashing) and (anywhere or self._in_system_call())
        if safe:
            self._process.send_signal(signal.SIGINT)
        self._process.send_signal(signal.SIGCONT)
        return safe

    def _in_system_call(self) -> bool:
        try:
            number = Path(f"/proc/{self._process.pid}/syscall").read_text().split()[0]
        except OSError:
            return True  # not told here
        return number.isdecimal()

    def kill(self) -> int:
        """Stop the processor dead; returns the exit code, which matters when it had ended before.
        The ends stay readable until `close`."""
        self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        self.control.close()
        self.uart.close()
        self.console.close()
