"""Which exception is due: pending, enabled, of the highest priority (ARMv7-M, B1.5 and B3.4)."""

from collections.abc import Callable

PENDSV, SYSTICK, FIRST_IRQ = 14, 15, 16
_ALWAYS_ENABLED = FIRST_IRQ
_PRIORITY_BITS = 0xF0  # STM32 has four
_COUNT = 256
NO_PRIORITY = 256  # lower than every exception has
_ISER, _END = 0x100, 0x300
_IPR, _IPR_END = 0x400, 0x4F0
_SHPR, _SHPR_END = 0xD18, 0xD24
_STIR = 0xF00
_BANK = 0x80


class Nvic:
    """on_change() is told when an exception may have become due.

    A line is that of an interrupt which stays active until its peripheral is served.
    """

    def __init__(self, on_change: Callable[[], None]):
        self._on_change = on_change
        self.reset()

    def reset(self) -> None:
        self._enabled: set[int] = set()
        self._pending: set[int] = set()
        self._lines: set[int] = set()
        self._priorities = bytearray(_COUNT)
        self.active: list[int] = []  # the exceptions under way, innermost last

    # From peripherals

    def line(self, irq: int, active: bool) -> None:
        """The line of that interrupt is now so."""
        if active and irq + FIRST_IRQ not in self._lines:
            self._lines.add(irq + FIRST_IRQ)
            self._on_change()
        elif not active:
            self._lines.discard(irq + FIRST_IRQ)

    def pend(self, exception: int) -> None:
        self._pending.add(exception)
        self._on_change()

    def unpend(self, exception: int) -> None:
        self._pending.discard(exception)

    def is_pending(self, exception: int) -> bool:
        return exception in self._pending or exception in self._lines

    # For the processor

    def priority(self, exception: int) -> int:
        return self._priorities[exception] & _PRIORITY_BITS

    def due(self) -> int | None:
        """The exception that would be entered now if nothing is masked, or None."""
        waiting = (self._pending | self._lines).difference(self.active)
        ready = [
            (self.priority(exception), exception)
            for exception in waiting
            if exception < _ALWAYS_ENABLED or exception in self._enabled
        ]
        if not ready:
            return None
        priority, exception = min(ready)
        running = min(map(self.priority, self.active), default=NO_PRIORITY)
        return exception if priority < running else None

    def enter(self, exception: int) -> None:
        self._pending.discard(exception)
        self.active.append(exception)

    def leave(self) -> int:
        return self.active.pop()

    # Registers, by their offset from 0xE000E000

    def has(self, offset: int) -> bool:
        """Whether this register is one of ours."""
        ranges = ((_ISER, _END), (_IPR, _IPR_END), (_SHPR, _SHPR_END), (_STIR, _STIR + 1))
        return any(first <= offset < end for first, end in ranges)

    def read(self, offset: int, size: int) -> int:
        if (at := self._priority_at(offset)) is not None:
            return int.from_bytes(self._priorities[at : at + size], "little")
        bank, first = divmod(offset - _ISER, _BANK)
        first = first * 8 + FIRST_IRQ
        source = self._enabled if bank < 2 else self._pending | self._lines
        return sum(1 << n for n in range(32) if first + n in source)

    def write(self, offset: int, size: int, value: int) -> None:
        if (at := self._priority_at(offset)) is not None:
            self._priorities[at : at + size] = value.to_bytes(size, "little")
            return
        if offset == _STIR:
            self.pend(value + FIRST_IRQ)
            return
        bank, first = divmod(offset - _ISER, _BANK)
        chosen = {first * 8 + FIRST_IRQ + n for n in range(32) if value >> n & 1}
        if bank == 0:
            self._enabled |= chosen
        elif bank == 1:
            self._enabled -= chosen
        elif bank == 2:
            self._pending |= chosen
        else:
            self._pending -= chosen
        self._on_change()

    def _priority_at(self, offset: int) -> int | None:
        if _IPR <= offset < _IPR_END:
            return FIRST_IRQ + offset - _IPR
        if _SHPR <= offset < _SHPR_END:
            return 4 + offset - _SHPR
        return None
