"""USARTs of an STM32, their pads and the wires at them, by their registers."""

import pytest
from stm32_bench import Line, idle_clock

from qsota_tools.emulated.cortex_m.registers import NotModelled
from qsota_tools.emulated.stm32.gpio import Pads
from qsota_tools.emulated.stm32.serial_line import SerialLine
from qsota_tools.emulated.stm32.usart import NEW, OLD, Usart

HERTZ, BAUD = 100_000_000, 115_200
BIT_NS = HERTZ // BAUD * 10
BYTE_NS = 10 * BIT_NS
RXNE, TC, TXE, ORE, IDLE = 1 << 5, 1 << 6, 1 << 7, 1 << 3, 1 << 4
RECEIVE, SEND, RXNEIE = 1 << 2, 1 << 3, 1 << 5
RTSE, CTSE = 1 << 8, 1 << 9


class Port:
    """A USART that is on, 115200 baud, and a wire to it."""

    def __init__(self, layout, control=0, flow=False):
        self.clock, self.line = idle_clock(), Line()
        self.layout = layout
        self.usart = Usart("USART2", layout, self.clock, self.line, lambda: HERTZ)
        self.usart.write(layout.rate, 4, HERTZ // BAUD)
        self.usart.write(layout.cr3, 4, control)
        self.usart.write(layout.cr1, 4, layout.enable | RECEIVE | SEND | RXNEIE)
        self.wire = SerialLine(self.clock, lambda: self.usart, flow)
        self.usart.on_byte, self.usart.on_ready = self.wire.leave, self.wire.go_on
        self.sent = []
        self.wire.on_byte = self.sent.append

    def status(self):
        """The flags, without waiting for them."""
        return self.usart._flags

    def read(self):
        self.usart.read(self.layout.status, 4)
        return self.usart.read(self.layout.receive, 4)

    def wait(self, bytes_long):
        self.clock.stall(int(bytes_long * BYTE_NS))


@pytest.fixture(params=[OLD, NEW], ids=["F4", "H7"])
def port(request):
    return Port(request.param)


def test_a_byte_takes_ten_bits_and_interrupts_until_it_is_read(port):
    """RM0433, 48.5.6; RM0090, 30.3.3."""
    port.wire.send(b"A")
    port.wait(0.99)
    assert not port.status() & RXNE and not port.line.active
    port.wait(0.02)
    assert port.status() & RXNE and port.line.active
    assert port.read() == 0x41
    assert not port.status() & RXNE and not port.line.active


def test_a_byte_that_finds_the_register_full_is_lost_and_the_first_one_stays(port):
    """RM0433, 48.5.6; RM0090, 30.3.3: overrun."""
    port.wire.send(b"abc")
    port.wait(3.1)
    assert port.status() & ORE
    assert (port.wire.received, port.wire.lost) == (3, 2)
    assert port.read() == ord("a")


def test_an_overrun_is_cleared_as_the_generation_has_it(port):
    """RM0433, 48.8.10: ORECF; RM0090, 30.6.1: by reading SR, then DR."""
    port.wire.send(b"ab")
    port.wait(2.1)
    port.read()
    if port.layout is NEW:
        assert port.status() & ORE and port.line.active
        port.usart.write(NEW.clear, 4, ORE)
    assert not port.status() & ORE and not port.line.active


def test_silence_of_a_byte_is_flagged(port):
    """RM0433, 48.8.9; RM0090, 30.6.1: IDLE."""
    port.wire.send(b"a")
    port.wait(1.9)
    assert not port.status() & IDLE
    port.wait(0.2)
    assert port.status() & IDLE


def test_the_chip_sends_at_its_rate_and_has_one_byte_in_reserve(port):
    """RM0433, 48.5.5; RM0090, 30.3.2: TXE and TC."""
    port.usart.write(port.layout.transmit, 4, 0x41)
    assert port.status() & TXE
    port.usart.write(port.layout.transmit, 4, 0x42)
    assert not port.status() & TXE
    port.wait(1.01)
    assert port.sent == [0x41]
    assert port.status() & TXE and not port.status() & TC
    port.wait(1)
    assert port.sent == [0x41, 0x42]
    assert port.status() & TC


def test_a_poll_of_the_status_waits_for_the_transmitter(port):
    port.clock.begin()
    port.usart.write(port.layout.transmit, 4, 0x41)
    port.usart.read(port.layout.status, 4)
    assert port.clock.now() == BYTE_NS // 10 * 10


def test_rts_holds_a_partner_that_looks_at_it():
    """RM0433, 48.5.17; RM0090, 30.3.13."""
    port = Port(NEW, RTSE, flow=True)
    port.wire.send(b"abc")
    port.wait(5)
    assert (port.wire.received, port.wire.lost) == (1, 0)
    assert [port.read(), port.wait(1.1), port.read()] == [ord("a"), None, ord("b")]


def test_cts_holds_the_chip():
    """RM0433, 48.5.17; RM0090, 30.3.13."""
    port = Port(NEW, CTSE)
    port.usart.clear_to_send = lambda: False
    port.usart.write(port.layout.transmit, 4, 0x41)
    port.wait(5)
    assert port.sent == []
    port.usart.clear_to_send = lambda: True
    port.usart.go_on()
    port.wait(1.1)
    assert port.sent == [0x41]


def test_nothing_is_heard_by_a_receiver_that_is_off(port):
    port.usart.write(port.layout.cr1, 4, port.layout.enable | SEND)
    assert not port.usart.listening


@pytest.mark.parametrize("bits", [1 << 15, 1 << 28, 1 << 29], ids=["OVER8", "M1", "FIFOEN"])
def test_modes_that_are_not_known_end_the_run(bits):
    with pytest.raises(NotModelled, match="USART2: CR1 is set to"):
        Port(NEW).usart.write(NEW.cr1, 4, bits)


# Pads

MODER, PUPDR, IDR, BSRR, AFRL, AFRH = 0x00, 0x0C, 0x10, 0x18, 0x20, 0x24
FUNCTIONS = {("D5", 7): "USART2_TX", ("D6", 7): "USART2_RX"}


@pytest.fixture
def pads():
    return Pads("D", FUNCTIONS)


def test_a_pad_belongs_to_a_signal_only_by_its_mode_and_its_function(pads):
    """RM0433, 11.3.2; RM0090, 8.3.2."""
    port = pads.ports["D"]
    assert pads.signal("D6") is None
    port.write(AFRL, 4, 7 << 24)
    assert pads.signal("D6") is None  # an input still
    port.write(MODER, 4, 2 << 12)
    assert pads.signal("D6") == "USART2_RX"
    port.write(AFRL, 4, 8 << 24)
    assert pads.signal("D6") is None


def test_outputs_are_set_and_reset_bit_by_bit_and_told_if_they_are_outputs(pads):
    """RM0433, 11.4.7; RM0090, 8.4.7: BSRR."""
    port, told = pads.ports["D"], []
    port.watch(3, told.append)
    port.write(BSRR, 4, 1 << 3)
    assert told == []
    port.write(MODER, 4, 1 << 6)
    port.write(BSRR, 4, 1 << 19)
    port.write(BSRR, 4, 1 << 19)
    port.write(BSRR + 2, 2, 1 << 3)
    port.write(BSRR, 2, 1 << 3)
    assert told == [1, 0, 1]


def test_inputs_follow_what_drives_them_else_their_pull_up(pads):
    """RM0433, 11.3.9; RM0090, 8.3.9."""
    port, level = pads.ports["D"], [0]
    port.write(PUPDR, 4, 1 << 2)
    port.drive(2, 1)
    port.drive(4, lambda: level[0])
    assert port.read(IDR, 4) == 0b00110
    level[0] = 1
    assert port.read(IDR, 4) == 0b10110
