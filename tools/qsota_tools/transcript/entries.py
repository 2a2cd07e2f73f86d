"""The file of a transcript: one line of the dialogue, with its line ends, in each line.

    # qsota transcript 1
    # any notes
        0.000 TX AT+QIOTREG=1\\r
        0.004 RX \\r\\n
        0.004 RX OK\\r\\n
        9.310 RX +QIOTOTARD: 0,1024\\r\\n
        9.310 RX {1024 raw}
             - ...

TX is what the MCU sends. The time is in seconds, or - if nobody knows it. Bytes that are not
visible characters, and backslashes and braces, are escaped as in Python; {1024 raw} stands for the
1024 bytes of a payload in that form, and ... for a part that is left out. Lines without ends (\\r,
\\n) come from a log that does not show them.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from qsota_tools.common import files
from qsota_tools.common.errors import UserError

HEADER = "# qsota transcript 1"
TO_MODULE, FROM_MODULE = "TX", "RX"
_LINE = re.compile(r"\s*(-|\d+\.\d+)\s+(?:(\.\.\.)|(TX|RX) (.*))$")
_PAYLOAD = re.compile(r"\{(\d+) (raw|hex|hexwords|data)\}$")
_ESCAPE = re.compile(r"\\(r|n|\\|\{|\}|x[0-9a-f]{2})")
_NAMED = {"\r": "\\r", "\n": "\\n", "\\": "\\\\", "{": "\\{", "}": "\\}"}


class Entry(NamedTuple):
    """at: seconds, or None; direction: TX or RX, "" for a gap; data: a line with its ends; or
    payload: that many bytes, in that form."""

    at: float | None
    direction: str
    data: bytes = b""
    payload: int = 0
    form: str = ""

    @property
    def gap(self) -> bool:
        return not self.direction

    @property
    def text(self) -> str:
        """The line without its ends, as a reader would see it."""
        if self.form:
            return f"{{{self.payload} {self.form}}}"
        return _escaped(self.data.strip(b"\r\n"))


def _escaped(data: bytes) -> str:
    characters = map(chr, data)
    return "".join(
        _NAMED.get(c) or (c if " " <= c <= "~" else f"\\x{ord(c):02x}") for c in characters
    )


def _plain(text: str) -> bytes:
    def character(found: re.Match) -> str:
        name = found[1]
        if name[0] == "x":
            return chr(int(name[1:], 16))
        return {"r": "\r", "n": "\n"}.get(name, name)

    return _ESCAPE.sub(character, text).encode("latin-1")


def to_text(entries: Iterable[Entry], notes: Iterable[str] = ()) -> str:
    """The content of a file."""
    lines = [HEADER, *(f"# {note}" for note in notes)]
    for entry in entries:
        at = "-" if entry.at is None else f"{entry.at:.3f}"
        text = entry.text if entry.form else _escaped(entry.data)
        lines.append(f"{at:>10} " + (f"{entry.direction} {text}" if entry.direction else "..."))
    return "\n".join(lines) + "\n"


def from_text(text: str, name: str = "transcript") -> list[Entry]:
    """The entries of a file; UserError, with the number of the line, for what is none."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != HEADER:
        raise UserError(f"{name}: no transcript, those begin with {HEADER!r}")
    found = []
    for number, line in enumerate(lines[1:], 2):
        if line.strip() and not line.startswith("#"):
            found.append(_entry(line, f"{name}:{number}"))
    return found


def _entry(line: str, where: str) -> Entry:
    parts = _LINE.match(line)
    if not parts:
        raise UserError(f"{where}: not `SECONDS TX|RX TEXT` and no gap")
    at = None if parts[1] == "-" else float(parts[1])
    if parts[2]:
        return Entry(at, "")
    direction, text = parts[3], parts[4]
    if payload := _PAYLOAD.match(text):
        return Entry(at, direction, payload=int(payload[1]), form=payload[2])
    try:
        return Entry(at, direction, _plain(text))
    except UnicodeEncodeError:
        raise UserError(f"{where}: characters that have to be escaped") from None


def read(path: Path) -> list[Entry]:
    """UserError for a file that holds no transcript."""
    return from_text(files.read_text(path), path.name)
