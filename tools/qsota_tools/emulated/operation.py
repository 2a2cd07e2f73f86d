"""What happens to a flash memory, for whoever watches it or cuts the power in it."""

from typing import NamedTuple


class Operation(NamedTuple):
    """An erase or a program; offset in the chip, data is empty for an erase.

    chip: "flash" is the one with the slots, "storage" the flash inside an STM32 next to one.
    """

    kind: str
    offset: int
    size: int
    data: bytes
    chip: str = "flash"
