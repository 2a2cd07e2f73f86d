"""The edges of the emulated chip, driven by its registers: needs the emulator, but no firmware."""

import pytest

pytest.importorskip("rp2040py", reason="no rp2040py: pip install 'qsota[emulated]'")

from qsota_tools import boards  # noqa: E402
from qsota_tools.emulated.bench import Bench  # noqa: E402
from qsota_tools.emulated.operation import Operation  # noqa: E402
from qsota_tools.emulated.rp2040.firmware import FLASH_SIZE  # noqa: E402
from qsota_tools.emulated.rp2040.pico import Pico  # noqa: E402
from qsota_tools.emulated.rp2040.timers import EmulatedClock  # noqa: E402

BLANK = b"\xff" * FLASH_SIZE
STORAGE = 0xA0000

UART = 0x40034000
DR, FR, IBRD, FBRD, LCR_H, CR, IMSC, MIS = (
    UART + offset for offset in (0x00, 0x18, 0x24, 0x28, 0x2C, 0x30, 0x38, 0x40)
)
RX, TX, RX_TIMEOUT, ALL = 1 << 4, 1 << 5, 1 << 6, 0x7F0
DMACR, IFLS = UART + 0x48, UART + 0x34
RTS_ENABLE, CTS_ENABLE = 1 << 14, 1 << 15
PADS, TO_UART = 0x40014004, 2  # GPIO0_CTRL; FUNCSEL
BUSY, TX_FULL = 1 << 3, 1 << 5
DMA = 0x50000000
READ_AT, WRITE_AT, COUNT, CONTROL = DMA, DMA + 4, DMA + 8, DMA + 0xC
OVERRUN = 1 << 11
BIT_US = 16 * (67 + 52 / 64) / 125  # 115200 baud from 125 MHz
BYTE_US = 10 * BIT_US

SSI_ENABLE, SSI_DATA = 0x18000008, 0x18000060
SELECT, LOW, HIGH = 0x4001800C, 2 << 8, 3 << 8
WRITE_ENABLE, READ_STATUS, PROGRAM, ERASE, READ_ID = 0x06, 0x05, 0x02, 0x20, 0x4B


@pytest.fixture
def pico():
    return Pico(BLANK)


def select(pico, pad, function=TO_UART):
    pico.rp2040.write_uint32(PADS + 8 * pad, function)


@pytest.fixture
def uart(pico):
    set_up(pico)
    return pico.uarts[0]


def set_up(pico):
    """UART 0 to 115200 baud, with its FIFOs, on the pads of the module."""
    for pad in (0, 1):
        select(pico, pad)
    for register, value in ((IBRD, 67), (FBRD, 52), (LCR_H, 0x70), (CR, 0x301), (IMSC, ALL)):
        pico.rp2040.write_uint32(register, value)


def wait_us(pico, us):
    """Time passes; the processor does nothing."""
    end = pico.clock.nanos + us * 1000
    while pico.clock.nanos < end:
        left = end - pico.clock.nanos
        due = pico.clock.nanos_to_next_alarm if pico.clock.has_scheduled_alarm else left
        pico.clock.tick(min(left, max(due, 1)))


# UART: sections of the RP2040 datasheet


def test_a_byte_from_the_mcu_is_ten_bits_under_way(pico, uart):
    """4.2.3.3, the character frame; 4.2.8, UARTFR: BUSY."""
    sent = []
    uart.on_byte = sent.append
    pico.rp2040.write_uint32(DR, 0x41)
    wait_us(pico, BYTE_US - 1)
    assert sent == []
    assert pico.rp2040.read_uint32(FR) & BUSY
    wait_us(pico, 2)
    assert sent == [0x41]
    assert not pico.rp2040.read_uint32(FR) & BUSY


def test_the_mcu_can_put_33_bytes_at_once_and_is_asked_for_more_at_half_of_them(pico, uart):
    """4.2.2.4, 32 bytes beside the one on the wire; 4.2.6.3, UARTTXINTR at half of them."""
    sent = []
    uart.on_byte = sent.append
    for byte in range(33):
        assert not pico.rp2040.read_uint32(FR) & TX_FULL
        pico.rp2040.write_uint32(DR, byte)
    assert pico.rp2040.read_uint32(FR) & TX_FULL
    wait_us(pico, 15.5 * BYTE_US)
    assert not pico.rp2040.read_uint32(MIS) & TX
    wait_us(pico, BYTE_US)
    assert pico.rp2040.read_uint32(MIS) & TX
    wait_us(pico, 20 * BYTE_US)
    assert sent == list(range(33))
    assert uart.sent == 33


def test_half_a_fifo_of_bytes_interrupts_and_fewer_do_after_a_silence(pico, uart):
    """4.2.6.2, UARTRXINTR; 4.2.6.4, UARTRTINTR after 32 bits of silence."""
    uart.send(bytes(15))
    wait_us(pico, 15.5 * BYTE_US)
    assert not pico.rp2040.read_uint32(MIS) & (RX | RX_TIMEOUT)
    wait_us(pico, 32 * BIT_US)
    assert pico.rp2040.read_uint32(MIS) & (RX | RX_TIMEOUT) == RX_TIMEOUT
    uart.send(b"\0")
    wait_us(pico, 1.5 * BYTE_US)
    assert pico.rp2040.read_uint32(MIS) & RX
    for _ in range(16):
        pico.rp2040.read_uint32(DR)
    assert not pico.rp2040.read_uint32(MIS) & (RX | RX_TIMEOUT)


def test_an_mcu_that_does_not_read_loses_what_exceeds_32_bytes(pico, uart):
    """4.2.2.5, 32 bytes with their errors; 4.2.8, UARTDR: OE with the next byte that has room."""
    uart.send(bytes(range(40)))
    wait_us(pico, 41 * BYTE_US)
    assert (uart.received, uart.lost) == (40, 8)
    assert [pico.rp2040.read_uint32(DR) for _ in range(32)] == list(range(32))
    uart.send(b"\x55")
    wait_us(pico, 1.5 * BYTE_US)
    assert pico.rp2040.read_uint32(DR) == OVERRUN | 0x55


def test_what_arrives_while_the_mcu_resets_is_gone(pico, uart):
    uart.send(bytes(4))
    wait_us(pico, 2.5 * BYTE_US)
    pico.power_cycle()
    wait_us(pico, 4 * BYTE_US)
    assert uart.received == 2
    assert uart.rx_fifo.empty


# Pads, RTS and CTS: 2.19.2 and 4.2.4 of the RP2040 datasheet


@pytest.mark.parametrize(("pad", "sent", "received"), [(0, [], 1), (1, [0x41], 0)])
def test_a_signal_that_is_not_on_the_pad_of_its_wire_is_not_there(pico, uart, pad, sent, received):
    heard = []
    uart.on_byte = heard.append
    select(pico, pad, function=5)
    pico.rp2040.write_uint32(DR, 0x41)
    uart.send(b"\x42")
    wait_us(pico, 2.5 * BYTE_US)
    assert (heard, uart.received) == (sent, received)


def test_rts_holds_the_partner_at_the_level_of_the_interrupt_and_nothing_is_lost(pico, uart):
    select(pico, 3)
    pico.rp2040.write_uint32(CR, 0x301 | RTS_ENABLE)
    uart.send(bytes(range(100)))
    wait_us(pico, 60 * BYTE_US)
    assert (uart.received, uart.lost, uart.ready) == (16, 0, False)
    got = []
    while len(got) < 100:
        while not pico.rp2040.read_uint32(FR) & 1 << 4:
            got.append(pico.rp2040.read_uint32(DR))
        wait_us(pico, 3 * BYTE_US)
    assert (got, uart.lost) == (list(range(100)), 0)


def test_rts_on_a_pad_without_a_wire_holds_nobody(pico, uart):
    select(pico, 15)
    pico.rp2040.write_uint32(CR, 0x301 | RTS_ENABLE)
    uart.send(bytes(40))
    wait_us(pico, 41.5 * BYTE_US)
    assert uart.lost == 8


def test_without_hardware_flow_control_rts_is_as_software_says(pico, uart):
    select(pico, 3)
    assert not uart.ready
    pico.rp2040.write_uint32(CR, 0x301 | 1 << 11)
    assert uart.ready


def test_an_mcu_whose_cts_is_wired_waits_for_its_partner(pico, uart):
    heard = []
    uart.on_byte = heard.append
    select(pico, 2)
    pico.rp2040.write_uint32(CR, 0x301 | CTS_ENABLE)
    uart.partner_ready = False
    pico.rp2040.write_uint32(DR, 0x41)
    wait_us(pico, 5 * BYTE_US)
    assert heard == []
    uart.partner_ready = True
    uart.go_on()
    wait_us(pico, 1.5 * BYTE_US)
    assert heard == [0x41]


# DMA: 2.5 and 4.2.5


def arm(pico, ring_bits=6, count=1000, request=21, dmacr=3):
    """Channel 0 fetches from the UART into a ring; returns where that is."""
    ring, chip = 0x20010000, pico.rp2040
    chip.write_uint32(DMACR, dmacr)
    chip.write_uint32(READ_AT, DR)
    chip.write_uint32(WRITE_AT, ring)
    chip.write_uint32(COUNT, count)
    chip.write_uint32(CONTROL, request << 15 | 1 << 10 | ring_bits << 6 | 1 << 5 | 1)
    return ring


def test_dma_empties_the_fifo_while_the_processor_does_nothing(pico, uart):
    ring = arm(pico)
    uart.send(bytes(range(50)))
    wait_us(pico, 51 * BYTE_US)
    assert (uart.received, uart.lost) == (50, 0)
    assert bytes(pico.rp2040.read_uint8(ring + at) for at in range(50)) == bytes(range(50))
    assert pico.rp2040.read_uint32(COUNT) == 1000 - 50


def test_dma_begins_again_at_the_start_of_its_ring(pico, uart):
    ring = arm(pico)
    uart.send(bytes(range(70)))
    wait_us(pico, 71 * BYTE_US)
    found = bytes(pico.rp2040.read_uint8(ring + at) for at in range(64))
    assert found == bytes(range(64, 70)) + bytes(range(6, 64))


@pytest.mark.parametrize("wrong", [{"request": 23}, {"dmacr": 2}])
def test_dma_that_is_not_asked_by_this_receiver_fetches_nothing(pico, uart, wrong):
    arm(pico, **wrong)
    uart.send(bytes(40))
    wait_us(pico, 41.5 * BYTE_US)
    assert uart.lost == 8


def test_dma_goes_on_through_an_erase_of_the_flash(pico, uart):
    arm(pico, ring_bits=12)
    uart.send(bytes(400))
    write(pico, ERASE, STORAGE)
    assert wait_until_done(pico) == pytest.approx(45)
    assert (uart.received, uart.lost) == (400, 0)


@pytest.mark.parametrize("restart", ["_reset", "power_cycle"])
def test_dma_that_a_reset_interrupts_can_be_set_up_again(pico, uart, restart):
    arm(pico)
    uart.send(bytes(10))
    wait_us(pico, 11 * BYTE_US)
    getattr(pico, restart)()
    set_up(pico)
    ring = arm(pico)
    uart.send(bytes(range(5)))
    wait_us(pico, 6 * BYTE_US)
    assert bytes(pico.rp2040.read_uint8(ring + at) for at in range(5)) == bytes(range(5))
    assert pico.rp2040.read_uint32(COUNT) == 1000 - 5


# Flash: W25Q16JV, by its SPI commands


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


def test_an_erase_takes_45_ms_and_a_program_four_tenths(pico):
    """Typical times: Sector Erase (20h), Page Program (02h)."""
    write(pico, PROGRAM, STORAGE, *range(256))
    assert wait_until_done(pico) == pytest.approx(0.4)
    assert pico.content(STORAGE, 256) == bytes(range(256))
    write(pico, ERASE, STORAGE)
    assert wait_until_done(pico) == pytest.approx(45)
    assert pico.content(STORAGE, 4096) == b"\xff" * 4096


def test_nothing_is_written_unless_writing_was_enabled(pico):
    """Write Enable (06h) comes before each of them."""
    operations = []
    pico.flash.on_operation = operations.append
    command(pico, PROGRAM, *STORAGE.to_bytes(3, "big"), 0)
    assert operations == []
    assert pico.content(STORAGE, 1) == b"\xff"


def test_operations_are_announced(pico):
    operations = []
    pico.flash.on_operation = operations.append
    write(pico, ERASE, STORAGE)
    write(pico, PROGRAM, STORAGE, 1, 2)
    assert operations == [
        Operation("erase", STORAGE, 4096, b""),
        Operation("program", STORAGE, 2, b"\x01\x02"),
    ]


def test_a_program_that_is_cut_is_done_up_to_there(pico):
    pico.flash.on_operation = lambda operation: 0.25
    write(pico, PROGRAM, STORAGE, *bytes(256))
    assert pico.content(STORAGE, 256) == bytes(64) + b"\xff" * 192
    assert wait_until_done(pico) == 0


def test_an_erase_that_is_cut_is_done_up_to_there(pico):
    write(pico, PROGRAM, STORAGE, *bytes(256))
    write(pico, PROGRAM, STORAGE + 3840, *bytes(256))
    pico.flash.on_operation = lambda operation: 0.5
    write(pico, ERASE, STORAGE)
    assert pico.content(STORAGE, 4096) == b"\xff" * 3840 + bytes(256)


def test_the_chip_has_an_id_of_eight_bytes(pico):
    """Read Unique ID (4Bh)."""
    assert bytes(command(pico, READ_ID, *bytes(12))[5:]) == b"emulated"


# Power, time, and what the bench forbids


def test_a_power_cycle_keeps_the_flash_and_not_the_ram(pico):
    causes = []
    pico.on_boot = causes.append
    write(pico, PROGRAM, STORAGE, 0)
    pico.rp2040.sram[:64] = b"\x55" * 64
    pico.power_fails()
    wait_us(pico, 1)
    assert causes == ["power"]
    assert pico.content(STORAGE, 2) == b"\x00\xff"
    assert bytes(pico.rp2040.sram[:64]) != b"\x55" * 64


def test_the_clock_calls_in_time_unless_cancelled(pico):
    calls = []
    clock = EmulatedClock(pico.clock)
    clock.after(2, calls.append, "late")
    clock.after(1, calls.append, "soon")
    clock.cancel(clock.after(1, calls.append, "never"))
    clock.cancel(None)
    wait_us(pico, 1500)
    assert (calls, clock.now()) == (["soon"], 1)
    wait_us(pico, 1000)
    assert calls == ["soon", "late"]


def test_the_bench_sees_writes_that_an_update_must_not_do():
    bench = Bench(boards.load("RPI_PICO"), Pico(BLANK), [], lambda text: None)
    slot = STORAGE + bench.board["areas"]["slot_b"][0]
    write(bench.machine, PROGRAM, slot, 0)
    assert bench.faults == []
    write(bench.machine, PROGRAM, slot, 0)
    write(bench.machine, ERASE, STORAGE)
    write(bench.machine, ERASE, STORAGE - 4096)
    assert bench.faults == [
        f"{slot:#x} was programmed before",
        "erase at 0xa0000: not in an area for it",
        "erase at 0x9f000: not in an area for it",
    ]
