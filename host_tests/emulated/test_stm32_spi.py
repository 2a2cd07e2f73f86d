"""From an SPI of an STM32 over DMA and pads to a flash chip: a wrong step is noticed."""

import pytest
from stm32_bench import Line, idle_clock

from qsota_tools.emulated.cortex_m.registers import NotModelled
from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.stm32.dma import Dma, DmaMux, Routes
from qsota_tools.emulated.stm32.gpio import Pads
from qsota_tools.emulated.stm32.nor import BitBanged, Nor
from qsota_tools.emulated.stm32.spi_bus import SpiBus
from qsota_tools.emulated.stm32.spi_f4 import SpiF4
from qsota_tools.emulated.stm32.spi_h7 import SpiH7

JEDEC, STATUS, WRITE_ENABLE, PROGRAM, ERASE, READ = 0x9F, 0x05, 0x06, 0x02, 0x20, 0x03
MODER, IDR, BSRR, AFRL = 0x00, 0x10, 0x18, 0x20
WIRES = {"SCK": "B3", "MISO": "B4", "MOSI": "B5"}
FUNCTIONS = {("B3", 6): "SPI3_SCK", ("B4", 6): "SPI3_MISO", ("B5", 7): "SPI3_MOSI"}


@pytest.fixture
def clock():
    return idle_clock()


@pytest.fixture
def nor(clock):
    return Nor(clock, bytearray(b"\xff" * (1 << 24)))


def command(nor, *sent):
    nor.select(True)
    answer = nor.exchange(bytes(sent))
    nor.select(False)
    return answer


def change(nor, opcode, address, *data):
    command(nor, WRITE_ENABLE)
    command(nor, opcode, *address.to_bytes(3, "big"), *data)


# The flash chip: W25Q128JV


def test_it_tells_what_it_is(nor):
    """8.2.27: EF 40 18."""
    assert command(nor, JEDEC, 0, 0, 0)[1:] == b"\xef\x40\x18"
    assert command(nor, 0x4B, *bytes(12))[5:] == b"emulated"


@pytest.mark.parametrize(("opcode", "data", "ms"), [(PROGRAM, b"\0", 0.7), (ERASE, b"", 45)])
def test_it_is_busy_for_as_long_as_that_takes(clock, nor, opcode, data, ms):
    """9.6."""
    change(nor, opcode, 0, *data)
    clock.stall(int(ms * 999_000))
    assert command(nor, STATUS, 0)[1] & 1
    clock.stall(int(ms * 1_001))
    assert not command(nor, STATUS, 0)[1] & 1


def test_a_command_while_it_is_busy_is_a_mistake(clock, nor):
    """7.1.1: but for those that read its status."""
    change(nor, ERASE, 0)
    assert command(nor, READ, 0, 0, 0, 0)[4:] == b"\xff"
    assert nor.mistakes == ["command 0x3 while the flash chip is busy"]


def test_it_changes_nothing_without_write_enable(nor):
    """8.2.1; each program and erase ends it."""
    command(nor, PROGRAM, 0, 0, 0, 0)
    assert nor.content[0] == 0xFF
    assert nor.mistakes == ["command 0x2 without write enable"]


def test_programs_clear_bits_and_erases_set_a_sector(clock, nor):
    """Page Program (02h), Sector Erase (20h)."""
    change(nor, PROGRAM, 0x1FFF, 0x0F)
    clock.stall(1_000_000)
    change(nor, PROGRAM, 0x1FFF, 0xF3)
    clock.stall(1_000_000)
    change(nor, PROGRAM, 0x2000, 0)
    assert nor.content[0x1FFF:0x2001] == b"\x03\x00"
    clock.stall(1_000_000)
    change(nor, ERASE, 0x1234)
    assert nor.content[0x1FFF:0x2001] == b"\xff\x00"


def test_operations_are_announced_and_a_cut_does_a_part_of_one(nor):
    found = []
    nor.on_operation = lambda operation: found.append(operation) or 0.5
    change(nor, PROGRAM, 0x100, *bytes(8))
    assert found == [Operation("program", 0x100, 8, bytes(8))]
    assert nor.content[0x100:0x108] == bytes(4) + b"\xff" * 4


def test_a_program_that_wraps_in_its_page_and_an_unknown_command_end_the_run(nor):
    with pytest.raises(NotModelled, match="wraps in its page"):
        change(nor, PROGRAM, 0xFF, 0, 0)
    with pytest.raises(NotModelled, match="no command 0xb9"):
        command(nor, 0xB9)


def test_it_can_be_moved_pin_by_pin(clock, nor):
    pads = Pads("C", {})
    BitBanged(nor, pads, cs="C3", sck="C10", mosi="C12", miso="C11")
    port = pads.ports["C"]
    port.write(BSRR, 4, 1 << 3)
    port.write(MODER, 4, 1 << 6 | 1 << 20 | 1 << 24)

    def transfer(byte):
        answer = 0
        for bit in range(7, -1, -1):
            port.write(BSRR, 4, 1 << 12 if byte >> bit & 1 else 1 << 28)
            port.write(BSRR, 4, 1 << 10)
            answer = answer << 1 | port.read(IDR, 4) >> 11 & 1
            port.write(BSRR, 4, 1 << 26)
        return answer

    port.write(BSRR, 4, 1 << 19)
    assert [transfer(byte) for byte in (JEDEC, 0, 0, 0)] == [0xFF, 0xEF, 0x40, 0x18]
    port.write(BSRR, 4, 1 << 3)


# Pads between SPI and chip


@pytest.fixture
def wired(nor):
    """(bus, port B): all pads switched to SPI 3, the chip selected by A4."""
    pads = Pads("AB", FUNCTIONS)
    bus = SpiBus(nor, pads, WIRES, "A4")
    pads.ports["B"].write(MODER, 4, 2 << 6 | 2 << 8 | 2 << 10)
    pads.ports["B"].write(AFRL, 4, 6 << 12 | 6 << 16 | 7 << 20)
    pads.ports["A"].write(MODER, 4, 1 << 8)
    return bus, pads.ports["B"]


def test_a_transfer_passes_over_pads_that_are_switched_to_it(wired):
    assert wired[0].exchange("SPI3", bytes([JEDEC, 0, 0, 0]))[1:] == b"\xef\x40\x18"
    assert wired[0].exchange("SPI1", bytes([JEDEC, 0, 0, 0])) == b"\xff" * 4


@pytest.mark.parametrize("pin", [3, 4, 5], ids=["SCK", "MISO", "MOSI"])
def test_a_pad_with_another_function_passes_nothing(wired, pin):
    bus, port = wired
    port.write(AFRL, 4, port.read(AFRL, 4) & ~(15 << 4 * pin))
    assert bus.exchange("SPI3", bytes([JEDEC, 0, 0, 0])) == b"\xff" * 4


# DMA


class Memory:
    """256 bytes at 0x20000000."""

    START = 0x20000000

    def __init__(self):
        self.bytes = bytearray(range(256))

    def read(self, address, size):
        return bytes(self.bytes[address - self.START :][:size])

    def write(self, address, data):
        self.bytes[address - self.START : address - self.START + len(data)] = data


TX_STREAM, RX_STREAM = 0x10 + 5 * 0x18, 0x10
ENABLE, TO_PERIPHERAL, INCREMENT, COMPLETE_INTERRUPT = 1, 1 << 6, 1 << 10, 1 << 4
F4_SPI, H7_SPI = 0x40003C00, 0x40003C00
F4_DATA, H7_SEND, H7_RECEIVE = F4_SPI + 0x0C, H7_SPI + 0x20, H7_SPI + 0x30


class Transfers:
    """Both streams of SPI 3, four bytes each way."""

    def __init__(self):
        self.clock, self.memory = idle_clock(), Memory()
        self.lines = [Line() for _ in range(8)]
        self.dma = Dma("DMA1", self.lines, self.memory.read, self.memory.write)
        self.seen = []

    def exchange(self, data):
        self.seen.append(data)
        return bytes(byte ^ 0xFF for byte in data)

    def set_stream(self, at, register, memory, control):
        for offset, value in ((4, 4), (8, register), (12, Memory.START + memory)):
            self.dma.write(at + offset, 4, value)
        self.dma.write(at, 4, control | ENABLE | INCREMENT | COMPLETE_INTERRUPT)

    def received(self):
        return bytes(self.memory.bytes[0x80:0x84])


class F4(Transfers):
    CHANNELS = {"SPI3_TX": {(5, 0), (7, 0)}, "SPI3_RX": {(0, 0), (2, 0)}}

    def __init__(self):
        super().__init__()
        routes = Routes(
            [self.dma], lambda dma, s, request: (s.number, s.channel) in self.CHANNELS[request]
        )
        self.spi = SpiF4("SPI3", F4_SPI, self.clock, lambda: 42_000_000, routes)
        self.spi.exchange = self.exchange
        self.dma.on_start = self.spi.go_on

    def run(self, tx_channel=0, rx_channel=0, register=F4_DATA):
        self.spi.write(0x00, 4, 1 << 6 | 1 << 2)  # SPE, MSTR
        self.set_stream(RX_STREAM, register, 0x80, rx_channel << 25)
        self.spi.write(0x04, 4, 3)  # RXDMAEN, TXDMAEN
        self.set_stream(TX_STREAM, F4_DATA, 0, tx_channel << 25 | TO_PERIPHERAL)
        self.clock.stall(10_000)


class H7(Transfers):
    def __init__(self):
        super().__init__()
        self.mux = DmaMux()
        requests = {"SPI3_RX": 61, "SPI3_TX": 62}
        routes = Routes(
            [self.dma],
            lambda dma, s, request: self.mux.request(8 * dma + s.number) == requests[request],
        )
        self.irq = Line()
        self.spi = SpiH7("SPI3", H7_SPI, self.clock, self.irq, lambda: 200_000_000, routes)
        self.spi.exchange = self.exchange

    def run(self, tx_request=62, rx_request=61, register=H7_RECEIVE):
        self.mux.write(4 * 5, 4, tx_request)
        self.mux.write(0, 4, rx_request)
        self.set_stream(RX_STREAM, register, 0x80, 0)
        self.set_stream(TX_STREAM, H7_SEND, 0, TO_PERIPHERAL)
        self.spi.write(0x08, 4, 7 | 3 << 14)  # DSIZE, RXDMAEN, TXDMAEN
        self.spi.write(0x0C, 4, 1 << 22)  # MASTER
        self.spi.write(0x10, 4, 1 << 3)  # EOTIE
        self.spi.write(0x04, 4, 4)  # TSIZE
        self.spi.write(0x00, 4, 1)
        self.spi.write(0x00, 4, 1 | 1 << 9)  # CSTART
        self.clock.stall(10_000)


@pytest.fixture(params=[F4, H7])
def transfers(request):
    return request.param()


def test_dma_moves_both_ways_and_interrupts_at_the_end(transfers):
    """RM0090, 10.3; RM0433, 15.3."""
    transfers.run()
    assert transfers.seen == [bytes(range(4))]
    assert transfers.received() == bytes([0xFF, 0xFE, 0xFD, 0xFC])
    assert transfers.lines[5].active and transfers.lines[0].active


def test_a_stream_with_the_channel_of_another_peripheral_is_not_served():
    """RM0090, table 42: channel 4 of stream 5 is USART2_RX."""
    f4 = F4()
    f4.run(tx_channel=4)
    assert f4.seen == [] and not f4.lines[5].active
    f4 = F4()
    f4.run(rx_channel=1)
    assert f4.received() == bytes(range(0x80, 0x84)) and not f4.lines[0].active


@pytest.mark.parametrize("wrong", [{"tx_request": 44}, {"rx_request": 43}])
def test_a_stream_with_the_request_of_another_peripheral_is_not_served(wrong):
    """RM0433, table 121: 43 and 44 are those of USART2."""
    h7 = H7()
    h7.run(**wrong)
    assert h7.received() == bytes(range(0x80, 0x84))
    assert not h7.irq.active


def test_a_stream_at_the_register_of_another_peripheral_ends_the_run(transfers):
    with pytest.raises(NotModelled, match="but is set to 0x40004404"):
        transfers.run(register=0x40004404)


def test_modes_that_are_not_known_end_the_run(transfers):
    with pytest.raises(NotModelled, match="DMA1 stream 5: CR is set to"):
        transfers.dma.write(TX_STREAM, 4, ENABLE | 1 << 8)  # circular
    with pytest.raises(NotModelled, match="DMA1 has no register"):
        transfers.dma.read(0x10 + 8 * 0x18, 4)
