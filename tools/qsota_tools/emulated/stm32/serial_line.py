"""Two wires from a UART of the chip to something outside, and what is on the way."""

from collections import deque
from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Clock

_UNHEARD_NS = 10 * 1_000_000_000 // 115200  # how long a byte takes where nobody listens


class SerialLine:
    """on_byte(byte) gets what the chip sends once it has left the wire; send() is its partner.

    listener() is the UART that the wire leads to if it listens, or None; with flow, a byte only
    starts while that UART's RTS asks for it. received, sent, lost: bytes so far; the lost ones
    found the UART full.
    """

    def __init__(self, clock: Clock, listener: Callable, flow: bool = False):
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.received = self.sent = self.lost = 0
        self._clock, self._listener, self._flow = clock, listener, flow
        self._coming: deque[int] = deque()
        self._moving = False

    def send(self, data: bytes) -> None:
        """Put bytes on the wire to the chip."""
        self._coming.extend(data)
        self.go_on()

    @property
    def waiting(self) -> int:
        """Bytes on the way to the chip."""
        return len(self._coming)

    def go_on(self) -> None:
        """Start the next byte, if there is one and it may start."""
        if self._moving or not self._coming:
            return
        uart = self._listener()
        if self._flow and not (uart and uart.ready):
            return  # go_on() comes when it is
        self._moving = True
        self._clock.after(uart.byte_ns() if uart else _UNHEARD_NS, self._arrive)

    def _arrive(self) -> None:
        byte = self._coming.popleft()
        self._moving = False
        uart = self._listener()
        if uart:
            self.received += 1
            self.lost += not uart.take(byte)
        self.go_on()

    def leave(self, byte: int) -> None:
        """The chip has sent a byte."""
        self.sent += 1
        self.on_byte(byte)
