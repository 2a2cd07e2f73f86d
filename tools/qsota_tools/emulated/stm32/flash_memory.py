"""The flash inside an STM32, whichever its controller: sectors, operations, power that fails."""

import mmap
from collections.abc import Callable

from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.stm32.flash_layout import FlashLayout

_KEYS = (0x45670123, 0xCDEF89AB)


class FlashMemory:
    """on_operation(operation) is asked before each erase and program, as Nor's is; offsets are
    those in the storage, negative ones are MicroPython itself.
    """

    def __init__(self, memory: mmap.mmap, layout: FlashLayout):
        self.memory, self._layout = memory, layout
        self.on_operation: Callable[[Operation], float | None] = lambda operation: None

    def erase(self, sector: int) -> int:
        """Returns the size of that sector."""
        offset, size = self._layout.sectors[sector]
        count = self._allowed("erase", offset, size, b"")
        self.memory[offset : offset + count] = b"\xff" * count
        return size

    def program(self, offset: int, data: bytes) -> None:
        """Bits can only be cleared."""
        count = self._allowed("program", offset, len(data), data)
        old = self.memory[offset : offset + count]
        new = bytes(a & b for a, b in zip(old, data, strict=False))
        self.memory[offset : offset + count] = new

    def _allowed(self, kind: str, offset: int, size: int, data: bytes) -> int:
        """How many of the bytes are done before the power fails."""
        where = offset - self._layout.storage[0]
        done = self.on_operation(Operation(kind, where, size, data, "storage"))
        return size if done is None else int(size * done)


class Lock:
    """Opened by two keys in order; a wrong one, and it stays shut until the next reset."""

    def __init__(self):
        self.shut = True
        self._given: tuple[int, ...] = ()
        self._broken = False

    def give(self, key: int) -> None:
        self._given += (key,)
        if self._given != _KEYS[: len(self._given)]:
            self._broken = True
        if self._given == _KEYS and not self._broken:
            self.shut = False
        if len(self._given) == len(_KEYS):
            self._given = ()

    def close(self) -> None:
        self.shut, self._given = True, ()
