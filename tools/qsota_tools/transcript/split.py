"""What was tapped on the two wires becomes lines; payloads become their length and form."""

import bisect
import re
from collections.abc import Iterator
from typing import NamedTuple

from qsota_tools.module.read_answer import encode
from qsota_tools.transcript.entries import FROM_MODULE, TO_MODULE, Entry

# The answer to a read: header, perhaps an empty line, the data, empty lines, the final result.
_READ = re.compile(rb"\+QIOTOTARD: ?(\d+),(\d+)\r?\n")
_AFTER = re.compile(rb"(\r?\n)*(OK|ERROR|0|4|\+CME ERROR: .*)\r\n?")
_BLANKS = (b"", b"\r\n", b"\n")
_HEX = {"hex": re.compile(rb"[0-9A-Fa-f]*"), "hexwords": re.compile(rb"[0-9A-Fa-f\r\n]*")}
# What these commands send follows them, behind a prompt.
_SEND = re.compile(rb"AT\+Q(?:IOTSEND|ISEND)=\d+,(\d+)\r", re.IGNORECASE)
_PROMPT = b"> "
_LINE_END = re.compile(rb"\n|\r(?!\n)")  # an echo, and a result code as a number, has no LF


class Piece(NamedTuple):
    """Bytes as they came; at in seconds."""

    at: float
    direction: str
    data: bytes


class _Wire:
    """All bytes of one direction, and when each of them came."""

    def __init__(self, pieces: list[Piece], direction: str):
        mine = [piece for piece in pieces if piece.direction == direction and piece.data]
        self.data = b"".join(piece.data for piece in mine)
        self._times = [piece.at for piece in mine]
        self._starts = [0]
        for piece in mine[:-1]:
            self._starts.append(self._starts[-1] + len(piece.data))

    def at(self, offset: int) -> float:
        return self._times[bisect.bisect_right(self._starts, offset) - 1]


def split(pieces: list[Piece]) -> list[Entry]:
    """The entries of a transcript, in the order of the times at which each line began."""
    module, mcu = _Wire(pieces, FROM_MODULE), _Wire(pieces, TO_MODULE)
    entries = [*_lines_of_module(module), *_lines_of_mcu(mcu)]
    # What an MCU says comes before what it causes, also where one look at the wires found both.
    return sorted(entries, key=lambda entry: (entry.at, entry.direction == FROM_MODULE))


def _lines_of_module(wire: _Wire) -> Iterator[Entry]:
    at, data = 0, wire.data
    while at < len(data):
        end = _end_of_line(data, at)
        yield Entry(wire.at(at), FROM_MODULE, data[at:end])
        read = _READ.match(data, at)
        at = end
        if read:
            at = yield from _payload(wire, at, int(read[2]))


def _end_of_line(data: bytes, at: int) -> int:
    if data.startswith(_PROMPT, at):
        return at + len(_PROMPT)
    found = _LINE_END.search(data, at)
    return found.end() if found else len(data)


def _payload(wire: _Wire, at: int, count: int) -> Iterator[Entry]:
    """The entries from there to the end of the data; returns where that is."""
    blank, form, size = _shape(wire.data, at, count)
    if blank:
        yield Entry(wire.at(at), FROM_MODULE, blank)
    at += len(blank)
    if at < len(wire.data):
        yield Entry(wire.at(at), FROM_MODULE, payload=count, form=form)
    return at + size


def _shape(data: bytes, at: int, count: int) -> tuple[bytes, str, int]:
    """(what is between header and data, form of the data, its bytes on the wire); where bytes were
    lost it is taken for raw."""
    for blank in _BLANKS:
        start = at + len(blank)
        if data[at:start] != blank:
            continue
        for form in ("hexwords", "hex", "raw"):
            size = len(encode(bytes(count), form))
            body = data[start : start + size]
            rule = _HEX.get(form)
            fits = len(body) == size and (rule is None or rule.fullmatch(body))
            if fits and _AFTER.match(data, start + size):
                return blank, form, size
    return b"", "raw", min(count, len(data) - at)


def _lines_of_mcu(wire: _Wire) -> Iterator[Entry]:
    at, data = 0, wire.data
    while at < len(data):
        end = data.find(b"\r", at) + 1 or len(data)
        end += data[end : end + 1] == b"\n"
        line = data[at:end]
        yield Entry(wire.at(at), TO_MODULE, line)
        send, at = _SEND.match(line), end
        if send and at < len(data):
            count = min(int(send[1]), len(data) - at)
            yield Entry(wire.at(at), TO_MODULE, payload=count, form="data")
            at += count
