"""What a board prints, line by line."""

from collections.abc import Callable


class Lines:
    """on_line(text) gets each line once it has ended."""

    def __init__(self, on_line: Callable[[str], None]):
        self._on_line = on_line
        self._begun = b""

    def take(self, data: bytes) -> None:
        *whole, self._begun = (self._begun + data).split(b"\n")
        for line in whole:
            self._on_line(line.decode(errors="replace").rstrip("\r"))

    def cut(self) -> None:
        """The rest of the line will not come."""
        self._begun = b""
