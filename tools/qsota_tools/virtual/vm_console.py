"""The terminal that a virtual board's VM talks to: a pty whose mode tells what the VM is doing."""

import os
import termios
import tty

_CHUNK = 4096
_LFLAG = 3


class Console:
    """Our end of it; `slave` is the VM's."""

    def __init__(self):
        self._master, self.slave = os.openpty()
        tty.setraw(self.slave)
        # The VM clears all local modes while its REPL reads, and puts them back while a program
        # runs. This one has no effect on a raw terminal: it serves as the mark.
        attributes = termios.tcgetattr(self.slave)
        attributes[_LFLAG] |= termios.IEXTEN
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)
        os.set_blocking(self._master, False)

    def fileno(self) -> int:
        return self._master

    @property
    def terminal(self) -> str:
        """The name of the VM's side."""
        return os.ttyname(self.slave)

    @property
    def reading(self) -> bool:
        """Whether the REPL waits for input; what is sent earlier may be thrown away."""
        return not termios.tcgetattr(self._master)[_LFLAG] & termios.IEXTEN

    def read(self) -> bytes:
        """What the board has printed since the last call."""
        data = b""
        try:
            while piece := os.read(self._master, _CHUNK):
                data += piece
        except OSError:  # no more, or the VM has ended
            pass
        return data

    def write(self, data: bytes) -> int:
        """Type; returns how many bytes the VM's side takes now."""
        try:
            return os.write(self._master, data)
        except OSError:
            return 0

    def close(self) -> None:
        os.close(self._master)
        os.close(self.slave)
