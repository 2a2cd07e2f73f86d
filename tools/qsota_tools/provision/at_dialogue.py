"""Questions to a module, one after the other, by hand of a tool: no state is kept between them."""

import re
from typing import NamedTuple, Protocol

_ANSWER_MS = 2000
_FINAL = re.compile(r"OK|ERROR|\+CM[ES] ERROR: .*")
_NUMBERS = {"0": "OK", "4": "ERROR"}  # after ATV0
_LINE_ENDS = re.compile(r"[\r\n]+")


class Wire(Protocol):
    """Where a module hangs; bauds: the rates that it is meant to have, the first one is set."""

    place: str
    bauds: list[int]

    def set_baud(self, baud: int) -> None: ...

    def levels(self) -> tuple[int, int] | None: ...

    def exchange(self, data: bytes, ms: int) -> bytes: ...


class Answer(NamedTuple):
    """What came after a command: its lines without echo, the final result code ("": none came),
    and all of it as it came."""

    lines: list[str]
    final: str
    raw: bytes

    @property
    def good(self) -> bool:
        """OK; or, of a module without result codes (ATQ1), at least an answer."""
        return self.final == "OK" or (not self.final and bool(self.lines))

    def value(self, prefix: str) -> str | None:
        """What follows that prefix in the first line that has it."""
        found = (line for line in self.lines if line.startswith(prefix))
        return next((line.removeprefix(prefix).lstrip(": ") for line in found), None)


def ask(wire: Wire, command: str, ms: int = _ANSWER_MS) -> Answer:
    """Send a command line; its answer, however late or none."""
    raw = wire.exchange(command.encode() + b"\r\n", ms)
    text = raw.decode("ascii", "backslashreplace")
    lines = [line for line in _LINE_ENDS.split(text) if line and line != command]
    finals = [line for line in lines if _FINAL.fullmatch(line)]
    if not finals and lines and lines[-1] in _NUMBERS:
        return Answer(lines[:-1], _NUMBERS[lines[-1]], raw)
    final = finals[-1] if finals else ""
    return Answer([line for line in lines if line not in finals], final, raw)
