"""Work in a copy of this process, while this one goes on."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from qsota_tools.common.interrupts import held


class Beside:
    """Begins work() at once, which returns what JSON can hold; that is passed on in the file."""

    def __init__(self, work: Callable[[], dict], file: Path):
        self._file = file
        file.unlink(missing_ok=True)
        sys.stdout.flush()
        with held():
            self._process = os.fork()
        if not self._process:
            self._work(work)

    def _work(self, work: Callable[[], dict]) -> None:
        status = 1
        try:
            self._file.write_text(json.dumps(work()))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def result(self) -> dict:
        """Wait for it. RuntimeError if it broke down: its traceback has been shown."""
        _, status = os.waitpid(self._process, 0)
        if status:
            raise RuntimeError(f"what was to write {self._file.name} broke down")
        return json.loads(self._file.read_text())
