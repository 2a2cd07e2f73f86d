"""Listens on the UART for version reports that the module accepted."""

import re
from collections.abc import Callable

_REPORT = re.compile(r'AT\+QIOTMCUVER="([^"]+)","([^"]+)"$')
_LONGEST = 1024  # bytes of one line; a payload without line ends is cut


class _Lines:
    def __init__(self):
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        *lines, rest = re.split(rb"[\r\n]", self._rest + data)
        self._rest = rest[-_LONGEST:]
        return [line for line in lines if line]


class ReportWatch:
    """Calls on_report(component, version) once OK follows an AT+QIOTMCUVER with a version."""

    def __init__(self, on_report: Callable[[str, str], None]):
        self._on_report = on_report
        self._sent = _Lines()
        self._received = _Lines()
        self._pending: tuple[str, str] | None = None

    def sent(self, data: bytes) -> None:
        """Bytes from the board to the module."""
        for line in self._sent.feed(data):
            report = _REPORT.match(line.decode("ascii", "replace"))
            self._pending = report and (report[1], report[2])

    def received(self, data: bytes) -> None:
        """Bytes from the module to the board."""
        for line in self._received.feed(data):
            final = line == b"OK" or line == b"ERROR" or line.startswith(b"+CME ERROR")
            if not (self._pending and final):
                continue
            report, self._pending = self._pending, None
            if line == b"OK":
                self._on_report(*report)
