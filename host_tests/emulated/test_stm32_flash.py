"""The flash controllers inside an STM32, by their registers: what the reference manuals demand."""

import mmap

import pytest
from stm32_bench import idle_clock

from qsota_tools.emulated.cortex_m.registers import NotModelled
from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.stm32.flash_f4 import FlashF4
from qsota_tools.emulated.stm32.flash_h7 import FlashH7
from qsota_tools.emulated.stm32.flash_layout import BASE, LAYOUTS
from qsota_tools.emulated.stm32.flash_memory import FlashMemory

FIRST_KEY, SECOND_KEY = 0x45670123, 0xCDEF89AB
STORAGE_H7, STORAGE_F4 = BASE + 0x180000, BASE + 0x4000
KEYR2, CR2, SR2, CCR2 = 0x104, 0x10C, 0x110, 0x114
LOCK, PG, SER, FW, START = 1, 2, 4, 1 << 6, 1 << 7
SNB4 = 4 << 8  # the fifth sector of the bank, the first of the storage
BSY, WBNE, PGSERR, STRBERR, INCERR = 1, 2, 1 << 18, 1 << 19, 1 << 21
F4_KEYR, F4_SR, F4_CR = 0x04, 0x0C, 0x10
F4_PG, F4_SER, F4_WORDS, F4_START, F4_LOCK = 1, 2, 2 << 8, 1 << 16, 1 << 31
F4_PGAERR, F4_PGPERR, F4_PGSERR = 1 << 5, 1 << 6, 1 << 7


def memory_of(chip):
    layout = LAYOUTS[chip]
    content = mmap.mmap(-1, layout.size)
    content[:] = b"\xff" * layout.size
    return FlashMemory(content, layout)


class H7:
    def __init__(self):
        self.clock, self.memory = idle_clock(), memory_of("H743")
        self.flash = FlashH7(self.clock, self.memory)

    def unlock(self):
        for key in (FIRST_KEY, SECOND_KEY):
            self.flash.write(KEYR2, 4, key)

    def put(self, address, *words):
        for at, word in enumerate(words):
            self.flash.on_store(address + 4 * at, 4, word)

    def status(self):
        return self.flash.read(SR2, 4)

    def bytes_at(self, address, size):
        return self.memory.memory[address - BASE : address - BASE + size]


@pytest.fixture
def h7():
    return H7()


@pytest.fixture
def unlocked(h7):
    h7.unlock()
    h7.flash.write(CR2, 4, PG)
    return h7


# H743: RM0433


def test_h7_is_locked_until_both_keys_are_given_in_order(h7):
    """4.9.2: FLASH_KEYR."""
    h7.flash.write(CR2, 4, PG)
    assert h7.flash.read(CR2, 4) == LOCK
    h7.unlock()
    h7.flash.write(CR2, 4, PG)
    assert h7.flash.read(CR2, 4) == PG


def test_h7_stays_locked_after_a_wrong_key(h7):
    """4.5.1: a wrong sequence locks the register until the next reset."""
    h7.flash.write(KEYR2, 4, SECOND_KEY)
    h7.unlock()
    assert h7.flash.read(CR2, 4) == LOCK


def test_h7_refuses_a_store_without_pg(h7):
    """4.7.3: PGSERR."""
    h7.unlock()
    h7.put(STORAGE_H7, *range(8))
    assert h7.status() & PGSERR
    assert h7.bytes_at(STORAGE_H7, 32) == b"\xff" * 32


def test_h7_programs_a_flash_word_once_its_32_bytes_are_there(unlocked):
    """4.3.9: single write sequence."""
    unlocked.put(STORAGE_H7, *range(7))
    assert unlocked.status() & WBNE
    assert unlocked.bytes_at(STORAGE_H7, 32) == b"\xff" * 32
    unlocked.put(STORAGE_H7 + 28, 7)
    assert not unlocked.status() & WBNE
    assert unlocked.bytes_at(STORAGE_H7, 32) == b"".join(n.to_bytes(4, "little") for n in range(8))


def test_h7_programs_a_part_of_a_word_if_forced_to(unlocked):
    """4.3.9: FW."""
    unlocked.put(STORAGE_H7, 0)
    unlocked.flash.write(CR2, 4, PG | FW)
    assert unlocked.bytes_at(STORAGE_H7, 32) == bytes(4) + b"\xff" * 28


def test_h7_flags_a_store_to_another_word_before_the_first_is_whole(unlocked):
    """4.7.4 and 4.3.9: INCERR; what an unaligned flash word does."""
    unlocked.put(STORAGE_H7 + 16, *range(8))
    assert unlocked.status() & INCERR
    assert unlocked.bytes_at(STORAGE_H7, 64) == b"\xff" * 64


def test_h7_flags_the_same_byte_twice_in_one_word(unlocked):
    """4.7.4: STRBERR."""
    unlocked.put(STORAGE_H7, 1)
    unlocked.put(STORAGE_H7, 2)
    assert unlocked.status() & STRBERR


def test_h7_word_that_is_programmed_twice_ends_the_run(unlocked):
    """4.3.9: its ECC would be wrong, silently until it is read."""
    unlocked.put(STORAGE_H7, *range(8))
    with pytest.raises(NotModelled, match="0x8180000 is programmed twice without an erase"):
        unlocked.put(STORAGE_H7, *range(8))


def test_h7_erase_takes_its_time_and_only_its_sector(h7):
    """4.3.10: sector erase."""
    h7.memory.memory[0x17FFF0:0x1A0010] = bytes(0x20020)
    h7.unlock()
    h7.flash.write(CR2, 4, SER | SNB4 | START)
    assert h7.bytes_at(STORAGE_H7 - 16, 0x20020) == bytes(16) + b"\xff" * 0x20000 + bytes(16)
    assert h7.flash._banks[1].busy_until == 1_100_000_000


def test_h7_power_fails_in_an_erase(h7):
    h7.memory.memory[0x180000:0x1A0000] = bytes(0x20000)
    found = []
    h7.memory.on_operation = lambda operation: found.append(operation) or 0.25
    h7.unlock()
    h7.flash.write(CR2, 4, SER | SNB4 | START)
    assert found == [Operation("erase", 0, 0x20000, b"", "storage")]
    assert h7.bytes_at(STORAGE_H7, 0x20000) == b"\xff" * 0x8000 + bytes(0x18000)


@pytest.mark.parametrize("bits", [1 << 3, 1 << 15, 1 << 16])
def test_h7_bank_erase_crc_and_interrupts_are_not_known(h7, bits):
    h7.unlock()
    with pytest.raises(NotModelled, match="CR2 is set to"):
        h7.flash.write(CR2, 4, bits)


# F405 and F411: RM0090


class F4:
    def __init__(self):
        self.clock, self.memory = idle_clock(), memory_of("F405")
        self.flash = FlashF4(self.clock, self.memory)

    def unlock(self):
        for key in (FIRST_KEY, SECOND_KEY):
            self.flash.write(F4_KEYR, 4, key)

    def status(self):
        return self.flash.read(F4_SR, 4)


@pytest.fixture
def f4():
    found = F4()
    found.unlock()
    return found


def test_f4_is_locked_until_both_keys_are_given():
    """3.6.1."""
    f4 = F4()
    f4.flash.write(F4_CR, 4, F4_PG)
    assert f4.flash.read(F4_CR, 4) == F4_LOCK
    f4.flash.on_store(STORAGE_F4, 4, 0)
    assert f4.status() & F4_PGSERR


def test_f4_bits_can_only_be_cleared(f4):
    """3.6.4: programming."""
    f4.flash.write(F4_CR, 4, F4_PG | F4_WORDS)
    f4.flash.on_store(STORAGE_F4, 4, 0xFFFF00FF)
    f4.flash.on_store(STORAGE_F4, 4, 0xFF00FFFF)
    assert f4.memory.memory[0x4000:0x4004] == b"\xff\x00\x00\xff"
    assert f4.clock.now() == 32_000


def test_f4_flags_another_size_than_psize(f4):
    """3.6.2 and 3.6.4: PGPERR."""
    f4.flash.write(F4_CR, 4, F4_PG | F4_WORDS)
    f4.flash.on_store(STORAGE_F4, 1, 0)
    assert f4.status() & F4_PGPERR


def test_f4_flags_a_word_that_is_not_aligned(f4):
    """3.6.4: PGAERR."""
    f4.flash.write(F4_CR, 4, F4_PG | F4_WORDS)
    f4.flash.on_store(STORAGE_F4 + 2, 4, 0)
    assert f4.status() & F4_PGAERR


@pytest.mark.parametrize(("sector", "ms"), [(1, 250), (4, 550), (5, 1000)])
def test_f4_code_stands_still_while_its_only_bank_is_erased(f4, sector, ms):
    """3.6.3 and 3.3: instruction fetches wait."""
    happened = []
    f4.clock.after(1_000_000, lambda: happened.append(f4.clock.now()))
    f4.flash.write(F4_CR, 4, F4_SER | sector << 3 | F4_START)
    assert f4.clock.now() == ms * 1_000_000
    assert happened == [1_000_000]


def test_f4_mass_erase_is_not_known(f4):
    with pytest.raises(NotModelled, match="CR is set to 0x4"):
        f4.flash.write(F4_CR, 4, 4)
