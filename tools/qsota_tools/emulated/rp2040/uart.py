"""The chip's UART (an ARM PL011) at its baud rate, with the FIFOs that a blocked MCU overruns, its
requests for DMA, and RTS and CTS. Sections are those of the RP2040 datasheet."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from rp2040py.peripherals.uart import (
    RPUART,
    RXFE,
    RXFF,
    TXFE,
    UARTCR,
    UARTDR,
    UARTRXINTR,
    UARTTXINTR,
)

from qsota_tools.emulated.rp2040.bus import replace

_DEPTH = 32
_TRIGGERS = (4, 8, 16, 24, 28)  # bytes in a FIFO at which an interrupt is due
_IFLS, _IFLS_RESET = 0x34, 0x12
_BUSY, _TXFF = 1 << 3, 1 << 5  # in UARTFR
_OVERRUN = 1 << 11  # in UARTDR
_TIMEOUT_INTERRUPT, _TIMEOUT_BITS = 1 << 6, 32
_PARITY, _TWO_STOPS = 1 << 1, 1 << 3  # in UARTLCR_H
_RTS, _RTS_ENABLE, _CTS_ENABLE = 1 << 11, 1 << 14, 1 << 15  # in UARTCR
_DMACR, _RX_DMA, _TX_DMA = 0x48, 1, 2
_UART_FUNCTION = 2  # of a pad, 2.19.2
_PERI_CTRL, _FROM_USB_PLL, _USB_PLL_HZ = 0x48, 2, 48_000_000


class Wires(NamedTuple):
    """The pads that a partner is wired to, by their names at the MCU."""

    tx: int
    rx: int
    cts: int
    rts: int


class PacedUart(RPUART):
    """on_byte(byte) gets what the MCU sends once it has left the wire; send() is its partner.

    received, sent, lost: bytes so far, the lost ones found the FIFO full. wires: a signal reaches
    the partner by the pad that it is wired to, or not at all; None: nothing is wired.
    partner_ready: whether the partner lets the MCU send, by its RTS; see also ready.
    """

    def __init__(self, rp2040, name, irq, dreq):
        super().__init__(rp2040, name, irq, dreq)
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.received = self.sent = self.lost = 0
        self._coming: deque[int] = deque()  # on the way to the MCU
        self._moving = self._on_wire = False  # its first byte is timed, and is not held by RTS
        self._going: deque[int] = deque()  # the MCU's FIFO
        self._shifted: int | None = None  # leaves the MCU now
        self._overrun = False
        self._levels = _IFLS_RESET
        self._dma_control = 0
        self.wires: Wires | None = None
        self.partner_ready = True
        clock = rp2040.clock
        self._arrival = clock.create_alarm(self._arrive)
        self._departure = clock.create_alarm(self._depart)
        self._silence = clock.create_alarm(self._silent)

    @classmethod
    def attach(cls, rp2040, number: int) -> "PacedUart":
        """Take the place of that UART of the chip."""
        old = rp2040.uart[number]
        new = cls(rp2040, old.name, old.irq, old.dreq)
        replace(rp2040, old, new)
        rp2040.uart[number] = new
        return new

    def reset(self) -> None:
        """What is on the wire still arrives, at a chip that does not listen yet."""
        super().reset()
        self._departure.cancel()
        self._silence.cancel()
        self._going.clear()
        self._shifted, self._overrun, self._levels = None, False, _IFLS_RESET
        self._dma_control = 0
        self._request()
        self.go_on()

    def send(self, data: bytes) -> None:
        """Put bytes on the wire to the MCU."""
        self._coming.extend(data)
        self.go_on()

    # Pads

    def _reaches(self, signal: str) -> bool:
        """Whether this signal of the UART is on the pad that its wire is at."""
        if self.wires is None:
            return False
        pad = getattr(self.wires, signal)
        return self.rp2040.gpio[pad].function_select == _UART_FUNCTION

    @property
    def ready(self) -> bool:
        """What the partner sees of RTS (4.2.4): held while the FIFO is filled to the level of its
        interrupt, or as software says; a wire that hangs in the air lets it send."""
        if not self._reaches("rts"):
            return True
        if self._ctrl_register & _RTS_ENABLE:
            return self.rx_fifo.item_count < self._trigger(3)
        return bool(self._ctrl_register & _RTS)

    def go_on(self) -> None:
        """Begin with what waits; the partner looks at RTS once in the time of a byte."""
        if self._coming and not self._moving:
            self._moving, self._on_wire = True, self.ready
            self._arrival.schedule(self._byte_ns())
        if self._going and self._shifted is None and self._may_send():
            self._shift()

    def _may_send(self) -> bool:
        held = self._ctrl_register & _CTS_ENABLE and self._reaches("cts")
        return self.partner_ready or not held

    # Time

    def _bit_ns(self) -> float:
        source = self.rp2040.clocks.read_uint32(_PERI_CTRL) >> 5 & 7
        hertz = _USB_PLL_HZ if source == _FROM_USB_PLL else self.rp2040.clk_sys
        return 16e9 * (self.baud_divider or 1) / hertz

    def _byte_ns(self) -> float:
        control = self._line_ctrl_register
        bits = 2 + self.word_length + bool(control & _PARITY) + bool(control & _TWO_STOPS)
        return bits * self._bit_ns()

    def _trigger(self, shift: int) -> int:
        return _TRIGGERS[min(self._levels >> shift & 7, len(_TRIGGERS) - 1)]

    # To the MCU

    def _arrive(self) -> None:
        self._moving = False
        if self._on_wire:
            byte = self._coming.popleft()
            if self.enabled and self.rx_enabled and self._reaches("rx"):
                self._take(byte)
        self.go_on()

    def _take(self, byte: int) -> None:
        self.received += 1
        if self.rx_fifo.full:
            self.lost += 1
            self._overrun = True
        else:
            self.rx_fifo.push(byte | (_OVERRUN if self._overrun else 0))
            self._overrun = False
        if self.rx_fifo.item_count >= self._trigger(3):
            self._interrupt_status |= UARTRXINTR
        self._silence.schedule(_TIMEOUT_BITS * self._bit_ns())
        self.check_interrupts()
        self._request()

    def _silent(self) -> None:
        if not self.rx_fifo.empty:
            self._interrupt_status |= _TIMEOUT_INTERRUPT
            self.check_interrupts()

    def _pull(self) -> int:
        byte = self.rx_fifo.pull()
        if self.rx_fifo.item_count < self._trigger(3):
            self._interrupt_status &= ~UARTRXINTR
        if self.rx_fifo.empty:
            self._interrupt_status &= ~_TIMEOUT_INTERRUPT
            self._silence.cancel()
        self.check_interrupts()
        self._request()
        self.go_on()
        return byte

    # From the MCU

    def _put(self, byte: int) -> None:
        if len(self._going) < _DEPTH:
            self._going.append(byte)
        self.go_on()
        if len(self._going) > self._trigger(0):
            self._interrupt_status &= ~UARTTXINTR
        self.check_interrupts()

    def _shift(self) -> None:
        self._shifted = self._going.popleft()
        if len(self._going) == self._trigger(0):
            self._interrupt_status |= UARTTXINTR
        self._departure.schedule(self._byte_ns())
        self._request()

    def _depart(self) -> None:
        byte, self._shifted = self._shifted, None
        self.go_on()
        self.check_interrupts()
        if self._reaches("tx"):
            self.sent += 1
            self.on_byte(byte)

    # DMA

    def _request(self) -> None:
        """Its two requests (4.2.5): a byte to fetch, room for one."""
        room = len(self._going) < _DEPTH
        wanted = (
            (self.dreq.rx, self._dma_control & _RX_DMA and not self.rx_fifo.empty),
            (self.dreq.tx, self._dma_control & _TX_DMA and room),
        )
        for channel, asks in wanted:
            if asks:
                self.rp2040.dma.set_dreq(channel)
            else:
                self.rp2040.dma.clear_dreq(channel)

    # Registers

    @property
    def flags(self) -> int:
        flags = 0 if self._going else TXFE
        for flag, is_set in (
            (RXFE, self.rx_fifo.empty),
            (RXFF, self.rx_fifo.full),
            (_TXFF, len(self._going) >= _DEPTH),
            (_BUSY, self._shifted is not None),
        ):
            flags |= flag if is_set else 0
        return flags

    def check_interrupts(self) -> None:
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def read_uint32(self, offset: int) -> int:
        if offset == UARTDR:
            return self._pull()
        if offset == _DMACR:
            return self._dma_control
        return self._levels if offset == _IFLS else super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == UARTDR:
            self._put(value & 0xFF)
        elif offset == _IFLS:
            self._levels = value
            self.go_on()
        elif offset == _DMACR:
            self._dma_control = value
            self._request()
        else:
            super().write_uint32(offset, value)
            if offset == UARTCR:
                self._request()  # rp2040py asks for bytes to send as soon as the UART is enabled
                self.go_on()
