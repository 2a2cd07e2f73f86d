"""UART, pads and DMA of the emulated RP2040, driven by their registers: needs the emulator, but no
firmware."""

import pytest

pytest.importorskip("rp2040py", reason="no rp2040py: pip install 'qsota[emulated]'")


from pico_registers import ERASE, STORAGE, wait_until_done, wait_us, write

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
