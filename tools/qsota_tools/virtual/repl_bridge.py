"""The virtual board's USB: joins a host (mpremote, a terminal) on a port with the VM's REPL."""

import math
import select
import time

from qsota_tools.common.ports import Port
from qsota_tools.virtual.vm_process import VmProcess

_CTRL_A, _CTRL_C = b"\x01", b"\x03"
_RAW = b"raw REPL; CTRL-B to exit\r\n"
_FRIENDLY = b'Type "help()" for more information.'

_BACKLOG = 65536
_CHUNK = 4096
_TAKEN_S = 0.5  # rp2 drops what a host does not take in this time
_STOP_S = 1.0  # that a program has, to end on Ctrl-C
_BUSY_S = 1.0  # after which even a program that never waits gets it


class ReplBridge:
    """Both directions, and what the hardware does that the unix VM does not: Ctrl-C reaches a
    running program, and after a soft reset a host that held the raw REPL finds it again.

    The VM throws away what was typed when its REPL begins or ends to read, so nothing is typed
    at such moments.
    """

    def __init__(self, port: Port):
        self.port = port
        self.raw = False  # the host holds the raw REPL
        self._to_host = bytearray()
        self._to_board = bytearray()
        self._taken_at = 0.0
        self._begin()

    def _begin(self) -> None:
        self._hold_until = math.inf  # typing may go on then, or as soon as the REPL reads
        self._at_repl = False
        self._interrupting = 0.0  # since when
        self._off = False
        self._muted = False  # the way to the raw REPL after a soft reset, which a board jumps over
        self._recent = b""

    def soft_reset(self) -> None:
        """A new VM starts: the host stays and is told."""
        self._begin()
        self._say(b"MPY: soft reboot\r\n")

    def unplug(self) -> None:
        """The board loses its power or resets."""
        self._begin()
        self.raw = False
        self._disconnect()

    def drop(self) -> None:
        """The board drops off USB until `usb_up`; what runs on it goes on."""
        self._off = True
        self._disconnect()

    def _disconnect(self) -> None:
        self._to_host.clear()
        self._to_board.clear()
        self.port.close()

    def reopen(self) -> None:
        """Be there for a host again."""
        if not self._off:
            self.port.reopen()

    def usb_up(self) -> None:
        """From now on the host is heard: at a start after boot.py, as on rp2."""
        self._hold_until = 0.0
        self._off = False

    def program_ended(self) -> None:
        """The REPL is next."""
        self._hold_until = math.inf
        self._at_repl = True
        self._muted = self.raw

    def interests(self) -> dict[int, int]:
        """What to poll for: file descriptor -> events."""
        wanted = select.POLLIN if len(self._to_board) < _BACKLOG else 0
        masks = dict.fromkeys(self.port.fds(), wanted)
        if masks and self._to_host:
            masks[self.port.fds()[-1]] |= select.POLLOUT
        return masks

    def waiting(self) -> bool:
        """Whether something is to be typed as soon as the VM reads."""
        return bool(self._to_board) or self._muted

    def printed(self, data: bytes) -> None:
        """Bytes from the VM's console."""
        if self._at_repl:
            data = self._follow(data)
        self._say(data)

    def _follow(self, data: bytes) -> bytes:
        """Keep track of the REPL's mode; returns what the host may see."""
        self._recent += data
        raw, friendly = self._recent.rfind(_RAW), self._recent.rfind(_FRIENDLY)
        if self._muted:
            if raw < 0:
                return b""
            self._muted = False
            data = self._recent[raw:]
        elif raw != friendly:
            self.raw = raw > friendly
        self._recent = self._recent[-len(_FRIENDLY) :]
        return data

    def _say(self, data: bytes) -> None:
        if not self._to_host:
            self._taken_at = time.monotonic()
        self._to_host += data

    def serve(self, vm: VmProcess) -> None:
        """Move what can be moved without waiting."""
        if len(self._to_board) < _BACKLOG:
            self._to_board += self.port.read()
        if self._muted:
            self._enter_raw(vm)
        else:
            self._type(vm)
        self._deliver()

    def _enter_raw(self, vm: VmProcess) -> None:
        if vm.console.reading and self._hold_until:
            self._hold_until = 0.0
            vm.console.write(_CTRL_A)

    def _type(self, vm: VmProcess) -> None:
        reading = vm.console.reading
        if reading:
            self._hold_until = self._interrupting = 0.0
        while self._to_board and time.monotonic() >= self._hold_until:
            if not reading and self._to_board.startswith(_CTRL_C):
                self._interrupt(vm)
                return
            end = len(self._to_board) if reading else self._to_board.find(_CTRL_C)
            piece = bytes(self._to_board[: end if end > 0 else None])
            count = vm.console.write(piece)
            del self._to_board[:count]
            if count < len(piece):
                return

    def _interrupt(self, vm: VmProcess) -> None:
        now = time.monotonic()
        self._interrupting = self._interrupting or now
        if vm.interrupt(anywhere=now > self._interrupting + _BUSY_S):
            del self._to_board[:1]
            self._interrupting = 0.0
            self._hold_until = now + _STOP_S

    def _deliver(self) -> None:
        if not self._to_host:
            return
        count = self.port.write(bytes(self._to_host[:_CHUNK]))
        del self._to_host[:count]
        if count:
            self._taken_at = time.monotonic()
        elif time.monotonic() - self._taken_at > _TAKEN_S:
            self._to_host.clear()
