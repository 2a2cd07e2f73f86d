"""The flash controller of F405 and F411 (RM0090, chapter 3): one bank, and code waits for it."""

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers
from qsota_tools.emulated.stm32.flash_layout import BASE
from qsota_tools.emulated.stm32.flash_memory import FlashMemory, Lock

_ACR, _KEYR, _OPTKEYR, _SR, _CR, _OPTCR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14
_PROGRAM, _ERASE, _MASS_ERASE, _START, _LOCK = 1, 2, 4, 1 << 16, 1 << 31
_SECTOR, _PARALLELISM = 3, 8
_ALIGNMENT, _PARALLEL, _SEQUENCE = 1 << 5, 1 << 6, 1 << 7
_FLAGS = 0xF3
_INTERRUPTS = 3 << 24
# Typical (DS8626, tables 40 and 41): a program; an erase by the sector's size, by 32 bits.
_PROGRAM_NS = 16_000
_ERASE_NS = {0x4000: 250_000_000, 0x10000: 550_000_000, 0x20000: 1_000_000_000}


class FlashF4(Registers):
    """on_store() is what a store to the memory does. As the code is in the same bank, the
    processor stands still for as long as an erase or a program takes: also for its interrupts."""

    name = "FLASH"
    plain = {_ACR: 0, _OPTKEYR: 0, _OPTCR: 0x0FFFAAED}

    def __init__(self, clock: Scope, memory: FlashMemory):
        super().__init__()
        self._clock, self._memory = clock, memory
        self._lock = Lock()
        self._control = self._flags = 0

    def load(self, offset: int) -> int:
        if offset == _CR:
            return self._control | (_LOCK if self._lock.shut else 0)
        if offset == _SR:
            return self._flags
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset == _KEYR:
            self._lock.give(value)
        elif offset == _SR:
            self._flags &= ~(value & _FLAGS)
        elif offset == _CR:
            self._set_control(value)
        else:
            super().store(offset, value)

    def _set_control(self, value: int) -> None:
        if self._lock.shut:
            return
        if value & _LOCK:
            self._lock.close()
        if value & (_MASS_ERASE | _INTERRUPTS):
            raise NotModelled(f"FLASH: CR is set to {value:#x}")
        self._control = value & ~(_LOCK | _START)
        if value & _START and value & _ERASE:
            size = self._memory.erase(value >> _SECTOR & 15)
            self._clock.stall(_ERASE_NS[size])

    def on_store(self, address: int, size: int, value: int) -> None:
        if self._lock.shut or not self._control & _PROGRAM:
            self._flags |= _SEQUENCE
            return
        if size != 1 << (self._control >> _PARALLELISM & 3):
            self._flags |= _PARALLEL
            return
        if address % size:
            self._flags |= _ALIGNMENT
            return
        self._memory.program(address - BASE, value.to_bytes(size, "little"))
        self._clock.stall(_PROGRAM_NS)
