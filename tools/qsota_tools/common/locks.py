"""One owner for each path: a second program that wants it is told so, and harms nothing."""

import contextlib
import os
from pathlib import Path
from typing import IO

from qsota_tools.common.errors import UserError

try:
    import fcntl
except ImportError:  # Windows, where what is locked here cannot be had
    fcntl = None


class Lock:
    """Held from its making to `release`, at the latest to the end of the process. UserError if
    another one holds it.

    path: the file itself, or for what is no file (a link to a pty) a new file beside it.
    """

    def __init__(self, path: Path, what: str, beside: bool = False):
        self._path = path.with_name(path.name + ".lock") if beside else path
        self._beside = beside
        self._file = self._open()
        while not self._taken(what):
            self._file = self._open()

    def _open(self) -> IO:
        return self._path.open("ab" if self._beside else "rb")

    def _taken(self, what: str) -> bool:
        """False if the one before has just removed this file."""
        if fcntl is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise UserError(f"{what} is in use by another qsota") from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
                return True
        self._file.close()
        return False

    def release(self) -> None:
        if self._beside:
            self._path.unlink(missing_ok=True)
        self._file.close()
