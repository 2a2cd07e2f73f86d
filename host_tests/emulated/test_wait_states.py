"""The cache in front of a Pico's flash, and what of it an instruction reads: RP2040, 2.6.3."""

import pytest

from qsota_tools.emulated.rp2040.wait_states import Cache, loads

FLASH = 0x10000000
WAY = 8192  # bytes until a set comes again


def misses(*addresses):
    cache = Cache()
    for address in addresses:
        cache.access(address)
    return cache.misses


def test_a_line_of_eight_bytes_is_fetched_once():
    assert misses(FLASH, FLASH + 2, FLASH + 4, FLASH + 6, FLASH) == 1
    assert misses(FLASH, FLASH + 8) == 2


def test_two_lines_share_a_set_and_a_third_takes_the_place_of_the_older():
    a, b, c = FLASH, FLASH + WAY, FLASH + 2 * WAY
    assert misses(a, b, a, b) == 2
    assert misses(a, b, c, b) == 3
    assert misses(a, b, c, a) == 4
    assert misses(a, b, a, c, a) == 3


def test_what_is_not_in_flash_is_not_cached():
    assert misses(0x20000000, 0x00000000, 0x14000000) == 0


@pytest.mark.parametrize(
    ("opcode", "addresses"),
    [
        (0x4802, [FLASH + 0x10C]),  # LDR R0, [PC, #8] at ...102
        (0x6848, [0x1004]),  # LDR R0, [R1, #4]
        (0x7848, [0x1001]),  # LDRB R0, [R1, #1]
        (0x8848, [0x1002]),  # LDRH R0, [R1, #2]
        (0x5888, [0x1020]),  # LDR R0, [R1, R2]
        (0x5688, [0x1020]),  # LDRSB R0, [R1, R2]
        (0xC903, [0x1000, 0x1004]),  # LDM R1!, {R0, R1}
        (0x6048, []),  # STR R0, [R1, #4]
        (0x5088, []),  # STR R0, [R1, R2]
        (0x1C40, []),  # ADDS R0, R0, #1
        (0xBD10, []),  # POP {R4, PC}
    ],
)
def test_addresses_that_an_instruction_reads(opcode, addresses):
    registers = [0] * 16
    registers[1], registers[2] = 0x1000, 0x20
    assert loads(opcode, FLASH + 0x102, registers) == addresses
