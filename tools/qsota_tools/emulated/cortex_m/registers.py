"""Registers of a peripheral: what they hold is known, or the run stops."""

from qsota_tools.common.errors import UserError

MASKS = {1: 0xFF, 2: 0xFFFF, 4: 0xFFFFFFFF}


class NotModelled(UserError):
    """Code does what the emulated chip cannot: no more can be told from this run."""


class Registers:
    """name: as in the reference manual. plain: registers by offset, with the value that they reset
    to, which only hold what is written to them: what they do elsewhere is not looked at, or is
    looked up there."""

    name = "?"
    plain: dict[int, int] = {}

    def __init__(self):
        self.values = dict(self.plain)

    def read(self, offset: int, size: int) -> int:
        """As the bus does it, for 1, 2 or 4 bytes."""
        return self.load(offset & ~3) >> 8 * (offset & 3) & MASKS[size]

    def write(self, offset: int, size: int, value: int) -> None:
        """As the bus does it, for 1, 2 or 4 bytes."""
        if size != 4:
            shift = 8 * (offset & 3)
            whole = self.load(offset & ~3)
            value = whole & ~(MASKS[size] << shift) | value << shift
        self.store(offset & ~3, value)

    def load(self, offset: int) -> int:
        """The word there."""
        try:
            return self.values[offset]
        except KeyError:
            raise NotModelled(f"{self.name} has no register {offset:#x} to read") from None

    def store(self, offset: int, value: int) -> None:
        """Set the word there."""
        if offset not in self.plain:
            raise NotModelled(f"{self.name} has no register {offset:#x} to write {value:#x} to")
        self.values[offset] = value
