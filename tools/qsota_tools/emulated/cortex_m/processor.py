"""A processor with its memories and its bus: runs code, and hands accesses to peripherals."""

import ctypes
import mmap
import struct
from collections.abc import Callable

from unicorn import UcError
from unicorn import arm_const as arm

from qsota_tools.emulated.cortex_m.clock import Clock
from qsota_tools.emulated.cortex_m.engine import Engine
from qsota_tools.emulated.cortex_m.exceptions import Exceptions, is_return
from qsota_tools.emulated.cortex_m.nvic import Nvic
from qsota_tools.emulated.cortex_m.pace import Pace
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers
from qsota_tools.emulated.cortex_m.system import SystemControl

_PERIPHERALS, _PERIPHERALS_SIZE = 0x40000000, 0x20000000
_PRIVATE, _PRIVATE_SIZE = 0xE0000000, 0x100000
_BIT_BAND, _BIT_BAND_END = 0x42000000, 0x44000000
_PAGE = 0x400
_NOWHERE = 0xFFFFFFFF
_RETURN, _NO_INTERRUPT = 8, -1  # what unicorn calls an exception's end
_WFI = b"\x30\xbf"


class Processor:
    """model: unicorn's number of the core. Peripherals are attached with connect().

    on_flash_write(address, size, value): code stores to a memory that was mapped as flash.
    """

    def __init__(self, model: int, half_word_ns: int):
        self._engine = Engine(model)
        self._pace = Pace.attach(self._engine)
        self.clock = Clock(self._pace, half_word_ns)
        self.nvic = Nvic(self.clock.interrupt)
        self.control: SystemControl | None = None
        self.on_flash_write: Callable[[int, int, int], None] = self._no_flash
        self._memories: list[tuple[int, int, mmap.mmap]] = []
        self._blocks: dict[int, tuple[int, Registers]] = {}
        self._exceptions = Exceptions(self._engine, self.nvic, self.read, self.write)
        self._failure: Exception | None = None
        self._owed: tuple[int, bytes] | None = None
        self._pc = 0
        self._connect_engine()

    def _connect_engine(self) -> None:
        for start, size in ((_PERIPHERALS, _PERIPHERALS_SIZE), (_PRIVATE, _PRIVATE_SIZE)):
            self._engine.map_bus(start, size, self._load, self._store)
        self._engine.hook(self._interrupted, self._store_to_flash)

    # Memory

    def map(self, start: int, size: int, writable: bool = True) -> mmap.mmap:
        """A memory; what is not writable is flash. fork() copies it with the process."""
        memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        self._engine.map(start, size, pointer, writable)
        self._memories.append((start, size, memory))
        return memory

    def read(self, address: int, size: int) -> bytes:
        start, memory = self._memory(address, size)
        return memory[address - start : address - start + size]

    def write(self, address: int, data: bytes) -> None:
        start, memory = self._memory(address, len(data))
        memory[address - start : address - start + len(data)] = data

    def _memory(self, address: int, size: int) -> tuple[int, mmap.mmap]:
        for start, length, memory in self._memories:
            if start <= address and address + size <= start + length:
                return start, memory
        raise NotModelled(f"no memory at {address:#x}")

    # Peripherals

    def connect(self, start: int, block: Registers, size: int = _PAGE) -> None:
        """Put a peripheral on the bus, in place of what was there."""
        for page in range(start, start + size, _PAGE):
            self._blocks[page // _PAGE] = (start, block)

    def _load(self, address: int, size: int) -> int:
        try:  # millions of times a second: no call that is not needed
            if self._owed:
                self._settle()
            found = self._blocks.get(address // _PAGE)
            if found:
                return found[1].read(address - found[0], size)
            block, at, bit = self._banded(address)
            return block.load(at) >> bit & 1
        except Exception as error:
            self._fail(error)
            return 0

    def _store(self, address: int, size: int, value: int) -> None:
        try:
            if self._owed:
                self._settle()
            found = self._blocks.get(address // _PAGE)
            if found:
                found[1].write(address - found[0], size, value)
                return
            block, at, bit = self._banded(address)
            block.store(at, block.load(at) & ~(1 << bit) | (value & 1) << bit)
        except Exception as error:
            self._fail(error)

    def _banded(self, address: int) -> tuple[Registers, int, int]:
        """The block, the word and the bit in it behind an address of the bit band."""
        target = _PERIPHERALS + (address - _BIT_BAND) // 32
        found = self._blocks.get(target // _PAGE)
        if not _BIT_BAND <= address < _BIT_BAND_END or not found:
            raise NotModelled(f"there is no model of what is at {address:#x}")
        at = target - found[0]
        return found[1], at & ~3, 8 * (target & 3) + address // 4 % 8

    def _store_to_flash(self, address: int, size: int, value: int) -> None:
        """unicorn goes on to do the store: what should be there is put back afterwards."""
        try:
            self._settle()
            self.on_flash_write(address, size, value)
            self._owed = address, self.read(address, size)
        except Exception as error:
            self._fail(error)

    def _settle(self) -> None:
        if self._owed:
            owed, self._owed = self._owed, None
            self.write(*owed)

    def _no_flash(self, address: int, size: int, value: int) -> None:
        raise NotModelled(f"{address:#x} cannot be written")

    def _fail(self, error: Exception) -> None:
        """End the run from within a callback."""
        if self._failure is None:
            self._failure = error
        self._engine.stop()

    def _interrupted(self, number: int) -> None:
        self._exception = number
        self._engine.stop()

    # Running

    def start(self, vectors: int) -> None:
        """Reset, and begin where the vector table says."""
        write = self._engine.set
        self.nvic.reset()
        self._exceptions.reset()
        self._failure = None
        stack, entry = struct.unpack("<II", self.read(vectors, 8))
        for register in range(arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R12 + 1):
            write(register, 0)
        for name in ("IPSR", "PRIMASK", "BASEPRI", "FAULTMASK", "CONTROL"):
            write(getattr(arm, f"UC_ARM_REG_{name}"), 0)
        write(arm.UC_ARM_REG_SP, stack)
        write(arm.UC_ARM_REG_LR, _NOWHERE)
        self._pc = entry | 1

    def step(self) -> None:
        """What is due, then code until something else may be."""
        self.clock.run_due()
        held = self._take_interrupt()
        self._execute(held)
        if self._failure:
            failure, self._failure = self._failure, None
            raise self._located(failure)
        pc = self._engine.get(arm.UC_ARM_REG_PC)
        if self._exception == _RETURN or is_return(pc):
            self._pc = self._exceptions.leave()
            return
        if self._exception != _NO_INTERRUPT:
            raise self._located(NotModelled(f"exception {self._exception} of the processor"))
        self._pc = pc | 1
        if not self._pace.stopped and self.read(pc - 2, 2) == _WFI and self.nvic.due() is None:
            self.clock.idle()

    def _take_interrupt(self) -> bool:
        """Returns whether one is due but held back."""
        exception = self.nvic.due()
        if exception is None:
            return False
        if self._exceptions.held_back(exception):
            return True
        self._pc = self._exceptions.enter(exception, self._pc, self.control.vectors)
        return False

    def _execute(self, held: bool) -> None:
        self._pace.held, self._pace.stopped = held, 0
        self._exception = _NO_INTERRUPT
        self.clock.begin()
        error = self._engine.run(self._pc)
        self.clock.end()
        self._settle()
        if error and not is_return(self._engine.get(arm.UC_ARM_REG_PC)):
            self._fail(NotModelled(f"the processor faults: {UcError(error)}"))

    def _located(self, error: Exception) -> Exception:
        """A NotModelled with where it happened."""
        if not isinstance(error, NotModelled):
            return error
        read = self._engine.get
        where = f"pc {read(arm.UC_ARM_REG_PC):#x}, lr {read(arm.UC_ARM_REG_LR):#x}"
        return NotModelled(f"{self.clock.now() / 1e9:.6f} s, {where}: {error}")
