"""What a board prints, read along without interrupting it."""

import time
from collections.abc import Iterator

from qsota_tools.common.ports import Port

_POLL_S = 0.02


def follow(name: str, timeout: float | None) -> Iterator[tuple[float, str]]:
    """(seconds since the start, line) as they come, also after the board was away for a reset;
    without an end if there is no timeout in seconds. UserError if the port is not there now."""
    port = Port(name)
    port.open()
    start, rest = time.monotonic(), b""
    try:
        while timeout is None or time.monotonic() < start + timeout:
            port.reopen()
            data = port.read()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                text = line.rstrip(b"\r").decode(errors="replace")
                yield round(time.monotonic() - start, 3), text
            if not data:
                time.sleep(_POLL_S)
    finally:
        port.close()
