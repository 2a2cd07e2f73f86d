"""The flash controller of the H743 (RM0433, chapter 4): two banks, words of 32 bytes, ECC."""

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers
from qsota_tools.emulated.stm32.flash_layout import BASE
from qsota_tools.emulated.stm32.flash_memory import FlashMemory, Lock

_ACR, _KEYR, _CR, _SR, _CCR = 0x00, 0x04, 0x0C, 0x10, 0x14
# Option keys, control and bytes; protections, CRC and ECC addresses: written, and read back.
_OPTIONS = {0x08: 0, 0x18: 1, 0x1C: 0x1FEEAAF0, 0x20: 0x1FEEAAF0, 0x24: 0}
_OTHERS = dict.fromkeys((*range(0x28, 0x64, 4),), 0)
_BANK, _BANK_SIZE, _SECTORS = 0x100, 1 << 20, 8
_LOCK, _PROGRAM, _ERASE, _BANK_ERASE, _FORCE, _START = 1, 2, 4, 8, 1 << 6, 1 << 7
_SECTOR, _INTERRUPTS, _CRC = 8, 0x3FF << 16, 1 << 15
_BUSY, _WAITING, _QUEUED = 1, 2, 4
_SEQUENCE, _STROBE, _INCONSISTENT = 1 << 18, 1 << 19, 1 << 21
_WORD = 32
_PROGRAM_NS, _ERASE_NS = 130_000, 1_100_000_000  # typical, by 32 bits (DS12110, table 57)


class _Bank:
    """Number 0 or 1: its lock, its registers, and the word that is being collected."""

    def __init__(self):
        self.lock = Lock()
        self.control = 0
        self.flags = 0
        self.busy_until = 0
        self.word: int | None = None
        self.bytes: dict[int, int] = {}


class FlashH7(Registers):
    """The registers of both banks; on_store() is what a store to the memory does.

    A mistake that the controller would flag is flagged. One that destroys an ECC, which silicon
    notices only when the word is read, ends the run.
    """

    name = "FLASH"
    plain = {_ACR: 0x37, _BANK + _ACR: 0x37, **_OPTIONS, **_OTHERS}
    plain.update({_BANK + at: value for at, value in {**_OPTIONS, **_OTHERS}.items()})

    def __init__(self, clock: Scope, memory: FlashMemory):
        super().__init__()
        self._clock, self._memory = clock, memory
        self._banks = (_Bank(), _Bank())

    def load(self, offset: int) -> int:
        bank, register = self._banks[offset // _BANK], offset % _BANK
        if register == _CR:
            return bank.control | bank.lock.shut * _LOCK
        if register == _SR:
            return bank.flags | self._busy(bank) | (_WAITING if bank.bytes else 0)
        return super().load(offset)

    def _busy(self, bank: _Bank) -> int:
        if self._clock.now() < bank.busy_until:
            self._clock.wait_until(bank.busy_until)
        return _BUSY | _QUEUED if self._clock.now() < bank.busy_until else 0

    def store(self, offset: int, value: int) -> None:
        bank, register = self._banks[offset // _BANK], offset % _BANK
        if register == _KEYR:
            bank.lock.give(value)
        elif register == _CR:
            self._set_control(offset // _BANK, value)
        elif register == _CCR:
            bank.flags &= ~value
        elif register != _SR:
            super().store(offset, value)

    def _set_control(self, number: int, value: int) -> None:
        bank = self._banks[number]
        if bank.lock.shut:
            return
        if value & _LOCK:
            bank.lock.close()
        if value & (_CRC | _BANK_ERASE | _INTERRUPTS):
            raise NotModelled(f"FLASH: CR{number + 1} is set to {value:#x}")
        bank.control = value & ~(_LOCK | _START | _FORCE)
        if value & _START and value & _ERASE:
            self._memory.erase(number * _SECTORS + (value >> _SECTOR & 7))
            self._occupy(bank, _ERASE_NS)
        if value & _FORCE and bank.bytes:
            self._program(bank)

    def on_store(self, address: int, size: int, value: int) -> None:
        """A store to the memory: bytes of a flash word, written once it is whole."""
        offset = address - BASE
        bank = self._banks[offset // _BANK_SIZE]
        if bank.lock.shut or not bank.control & _PROGRAM:
            bank.flags |= _SEQUENCE
            return
        if bank.word not in (None, offset - offset % _WORD):
            bank.flags |= _INCONSISTENT
            return
        bank.word = offset - offset % _WORD
        for at, byte in enumerate(value.to_bytes(size, "little"), offset % _WORD):
            bank.flags |= _STROBE if at in bank.bytes else 0
            bank.bytes[at] = byte
        if len(bank.bytes) == _WORD:
            self._program(bank)

    def _program(self, bank: _Bank) -> None:
        start, memory = bank.word, self._memory
        data = bytes(bank.bytes.get(at, 0xFF) for at in range(_WORD))
        bank.word, bank.bytes = None, {}
        if memory.memory[start : start + _WORD] != b"\xff" * _WORD:
            raise NotModelled(
                f"the flash word at {BASE + start:#x} is programmed twice without an "
                "erase: its ECC is wrong from now on, and reading it a bus fault (RM0433, 4.3.9)"
            )
        memory.program(start, data)
        self._occupy(bank, _PROGRAM_NS)

    def _occupy(self, bank: _Bank, ns: int) -> None:
        """The bank works, and the processor goes on with code from the other one."""
        bank.busy_until = max(self._clock.now(), bank.busy_until) + ns
