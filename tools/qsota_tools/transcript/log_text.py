"""A dialogue in a log or a document, such as `qsota sim --transcript` prints it: [TX] and [RX] in
front of what was sent and received, without line ends and mostly without times."""

import re
from collections.abc import Iterator

from qsota_tools.common.errors import UserError
from qsota_tools.transcript.entries import FROM_MODULE, Entry

_MARKED = re.compile(r"\s*(?:(\d+\.\d+)\s+)?\[?(TX|RX)\]?[:\s]?\s*(.*)$")
_READ = re.compile(r"\+QIOTOTARD: ?\d+,(\d+)$")
_WORD = re.compile(r"[0-9a-fA-F]{2,8}$")
_LEFT_OUT = ("...", "…")


def entries(text: str) -> list[Entry]:
    """UserError if there is no dialogue in it. What stands before the first mark is no part."""
    found = list(_entries(text.splitlines()))
    if not found:
        raise UserError("no dialogue: no line begins with [TX] or [RX]")
    return found


def _entries(lines: list[str]) -> Iterator[Entry]:
    at, direction, waiting = None, "", 0  # bytes of a payload that the next lines show
    for line in lines:
        marked = _MARKED.match(line)
        if marked:
            at, direction, line = marked.groups()
        line = line.strip()
        if not line.isascii():
            direction = ""  # prose: the dialogue goes on with the next mark
        if not direction or not line:
            continue
        seconds = float(at) if at else None
        if waiting and not marked and line in _LEFT_OUT:
            continue
        if waiting and not marked and _WORD.match(line):
            if waiting > 0:
                yield Entry(seconds, FROM_MODULE, payload=waiting, form="hexwords")
                waiting = -1  # it has been told, its other words are passed over
            continue
        if waiting > 0:  # no words were shown of it
            yield Entry(seconds, FROM_MODULE, payload=waiting, form="raw")
        waiting = 0
        if line in _LEFT_OUT:
            yield Entry(seconds, "")
            continue
        yield Entry(seconds, direction, line.encode())
        read = _READ.match(line)
        if read and direction == FROM_MODULE:
            waiting = int(read[1])
