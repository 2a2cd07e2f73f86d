"""USARTs: one byte in the receiver, an overrun for the next (RM0433, 48; RM0090, 30).

Both generations have the same parts at other places: the tables at the end.
"""

from collections.abc import Callable
from typing import NamedTuple

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers

# Status bits of both generations, and their enable bits in CR1.
_OVERRUN, _IDLE, _RECEIVED, _COMPLETE, _EMPTY = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_CTS_PIN = 1 << 10
_INTERRUPTS = _IDLE | _RECEIVED | _COMPLETE | _EMPTY
_RECEIVER, _TRANSMITTER = 1 << 2, 1 << 3
_PARITY, _NINE_BITS = 1 << 10, 1 << 12
_STOP = 12  # in CR2
_STOP_BITS = {0: 1, 2: 2}
_RTS_ENABLE, _CTS_ENABLE, _DMA = 1 << 8, 1 << 9, 3 << 6  # in CR3
_ACTIVE, _RECEIVER_ACTIVE = 1 << 21, 1 << 22  # TEACK and REACK


class Layout(NamedTuple):
    """Where a generation has its registers, and what it cannot be asked for here."""

    cr1: int
    cr2: int
    cr3: int
    rate: int
    others: tuple[int, ...]
    status: int
    receive: int
    transmit: int
    clear: int | None
    request: int | None
    enable: int
    not_modelled: int  # in CR1: OVER8, M1, FIFOEN


OLD = Layout(0x0C, 0x10, 0x14, 0x08, (0x18,), 0x00, 0x04, 0x04, None, None, 1 << 13, 1 << 15)
NEW = Layout(
    *(0x00, 0x04, 0x08, 0x0C, (0x10, 0x14, 0x2C), 0x1C, 0x24, 0x28, 0x20, 0x18, 1 << 0),
    not_modelled=1 << 15 | 1 << 28 | 1 << 29,
)


class Usart(Registers):
    """line(active) is its interrupt; hertz() its clock. on_byte(byte) gets what has been sent,
    clear_to_send() tells whether the partner takes more, on_ready() that this UART does again."""

    def __init__(
        self,
        name: str,
        layout: Layout,
        clock: Scope,
        line: Callable[[bool], None],
        hertz: Callable[[], int],
    ):
        self.name = name
        self.plain = dict.fromkeys(
            (layout.cr1, layout.cr2, layout.cr3, layout.rate, *layout.others), 0
        )
        super().__init__()
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.on_ready: Callable[[], None] = lambda: None
        self.clear_to_send: Callable[[], bool] = lambda: True
        self._layout, self._clock, self._line, self._hertz = layout, clock, line, hertz
        self._byte: int | None = None  # in RDR
        self._flags = _EMPTY | _COMPLETE
        self._next: int | None = None  # in TDR
        self._shifting = False
        self._departure = self._silence = None

    def power_off(self) -> None:
        """A reset: what is half sent ends here."""
        self._clock.cancel(self._departure)
        self._clock.cancel(self._silence)

    # To the chip

    @property
    def listening(self) -> bool:
        """Whether the receiver is on."""
        return self._on(_RECEIVER)

    @property
    def ready(self) -> bool:
        """Whether RTS asks the partner for more."""
        return not self.values[self._layout.cr3] & _RTS_ENABLE or self._byte is None

    def take(self, byte: int) -> bool:
        """A byte has arrived; returns whether it was not lost."""
        self._clock.cancel(self._silence)
        self._silence = self._clock.after(self.byte_ns(), self._silent)
        taken = self._byte is None
        if taken:
            self._byte = byte
            self._flags |= _RECEIVED
        else:
            self._flags |= _OVERRUN
        self._update()
        return taken

    def _silent(self) -> None:
        self._flags |= _IDLE
        self._update()

    def _read_byte(self) -> int:
        byte, self._byte = self._byte, None
        self._flags &= ~_RECEIVED
        if self._layout.clear is None:  # the older ones: by this read
            self._flags &= ~(_OVERRUN | _IDLE)
        self._update()
        self.on_ready()
        return byte or 0

    # From the chip

    def go_on(self) -> None:
        """Begin with the byte in TDR, if there is one and the partner takes it."""
        if self._shifting or self._next is None or not self._may_send():
            return
        byte, self._next = self._next, None
        self._shifting = True
        self._flags |= _EMPTY
        self._departure = self._clock.after(self.byte_ns(), lambda: self._sent(byte))
        self._update()

    def _may_send(self) -> bool:
        return not self.values[self._layout.cr3] & _CTS_ENABLE or self.clear_to_send()

    def _sent(self, byte: int) -> None:
        self._shifting = False
        self.on_byte(byte)
        self.go_on()
        if not self._shifting:
            self._flags |= _COMPLETE
        self._update()

    def _write_byte(self, value: int) -> None:
        if not self._on(_TRANSMITTER):
            return
        self._next = value & 0xFF
        self._flags &= ~(_EMPTY | _COMPLETE)
        self.go_on()
        self._update()

    # Time

    def byte_ns(self) -> int:
        """How long a byte is on the wire; the parity bit is one of its data bits."""
        rate = self.values[self._layout.rate]
        if not rate:
            raise NotModelled(f"{self.name} has no baud rate")
        control = self.values[self._layout.cr1]
        stop = self.values[self._layout.cr2] >> _STOP & 3
        bits = 9 + bool(control & _NINE_BITS) + _STOP_BITS[stop]
        return bits * rate * 1_000_000_000 // self._hertz()

    # Registers

    def _on(self, part: int) -> bool:
        control = self.values[self._layout.cr1]
        return bool(control & self._layout.enable and control & part)

    def _status(self) -> int:
        if self._shifting and self._byte is None:
            self._clock.wait_until(self._departure.time)  # polled until it is empty
        flags = self._flags
        if self._layout is NEW:
            control = self.values[NEW.cr1]
            flags |= bool(control & _TRANSMITTER) * _ACTIVE
            flags |= bool(control & _RECEIVER) * _RECEIVER_ACTIVE
            flags |= self.clear_to_send() * _CTS_PIN
        return flags

    def load(self, offset: int) -> int:
        if offset == self._layout.status:
            return self._status()
        if offset == self._layout.receive:
            return self._read_byte()
        return super().load(offset)

    def write(self, offset: int, size: int, value: int) -> None:
        if offset == self._layout.transmit:
            self._write_byte(value)
        else:
            super().write(offset, size, value)

    def store(self, offset: int, value: int) -> None:
        layout = self._layout
        if offset == layout.clear:
            self._flags &= ~(value & (_OVERRUN | _IDLE | _COMPLETE))
        elif offset == layout.request:
            if value & 1 << 3:  # RXFRQ
                self._read_byte()
        elif offset == layout.status:
            self._flags &= value | ~(_RECEIVED | _COMPLETE)
            self._byte = self._byte if self._flags & _RECEIVED else None
        else:
            self._check(offset, value)
            super().store(offset, value)
            self.on_ready()
        self._update()

    def _check(self, offset: int, value: int) -> None:
        layout = self._layout
        if offset == layout.cr1 and value & layout.not_modelled:
            raise NotModelled(f"{self.name}: CR1 is set to {value:#x}")
        if offset == layout.cr2 and value >> _STOP & 3 not in _STOP_BITS:
            raise NotModelled(f"{self.name}: half stop bits")
        if offset == layout.cr3 and value & _DMA:
            raise NotModelled(f"{self.name}: DMA")

    def _update(self) -> None:
        control = self.values[self._layout.cr1]
        flags = self._flags
        if flags & _OVERRUN:
            flags |= _RECEIVED  # RXNEIE is for both
        self._line(bool(control & self._layout.enable and control & flags & _INTERRUPTS))
