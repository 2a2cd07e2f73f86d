"""The emulated RP2040 by its registers."""

import pytest

pytest.importorskip("rp2040py", reason="no rp2040py: pip install 'qsota[emulated]'")


from qsota_tools.emulated.rp2040.firmware import FLASH_SIZE  # noqa: E402

BLANK = b"\xff" * FLASH_SIZE
STORAGE = 0xA0000
SSI_ENABLE, SSI_DATA = 0x18000008, 0x18000060
SELECT, LOW, HIGH = 0x4001800C, 2 << 8, 3 << 8
WRITE_ENABLE, READ_STATUS, PROGRAM, ERASE, READ_ID = 0x06, 0x05, 0x02, 0x20, 0x4B


def wait_us(pico, us):
    """Time passes; the processor does nothing."""
    end = pico.clock.nanos + us * 1000
    while pico.clock.nanos < end:
        left = end - pico.clock.nanos
        due = pico.clock.nanos_to_next_alarm if pico.clock.has_scheduled_alarm else left
        pico.clock.tick(min(left, max(due, 1)))


def command(pico, *sent):
    """One command to the flash chip as the boot ROM sends it; returns the bytes it answers."""
    pico.rp2040.write_uint32(SSI_ENABLE, 1)
    pico.rp2040.write_uint32(SELECT, HIGH)
    pico.rp2040.write_uint32(SELECT, LOW)
    got = []
    for byte in sent:
        pico.rp2040.write_uint32(SSI_DATA, byte)
        got.append(pico.rp2040.read_uint32(SSI_DATA))
    pico.rp2040.write_uint32(SELECT, HIGH)
    return got


def write(pico, opcode, at, *data):
    command(pico, WRITE_ENABLE)
    command(pico, opcode, *at.to_bytes(3, "big"), *data)


def wait_until_done(pico):
    """Milliseconds that the chip was busy."""
    start = pico.clock.nanos
    while command(pico, READ_STATUS, 0)[1] & 1:
        pass
    return (pico.clock.nanos - start) / 1e6
