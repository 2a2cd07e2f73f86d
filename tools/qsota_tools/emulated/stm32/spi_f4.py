"""SPI of the F4 as a master (RM0090, chapter 28)."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers
from qsota_tools.emulated.stm32.dma import Routes

_CR1, _CR2, _SR, _DR = 0x00, 0x04, 0x08, 0x0C
_OTHERS = (0x10, 0x14, 0x18, 0x1C, 0x20)  # CRCs, I2S
_CPHA, _CPOL, _MASTER, _RATE, _ENABLE, _LSB = 1, 2, 4, 3, 1 << 6, 1 << 7
_RECEIVE_ONLY, _WIDE, _ONE_WIRE = 1 << 10, 1 << 11, 1 << 15
_RX_DMA, _TX_DMA, _INTERRUPTS = 1, 2, 3 << 6  # but for errors, of which there are none
_RECEIVED, _EMPTY, _OVERRUN = 1, 2, 1 << 6
_NOT_MODELLED = _CPHA | _CPOL | _LSB | _RECEIVE_ONLY | _WIDE | _ONE_WIRE


class SpiF4(Registers):
    """exchange(bytes) is what it is wired to."""

    plain = dict.fromkeys((_CR1, _CR2, *_OTHERS), 0)

    def __init__(
        self, name: str, base: int, clock: Scope, hertz: Callable[[], int], routes: Routes
    ):
        super().__init__()
        self.name = name
        self.exchange: Callable[[bytes], bytes] = lambda data: b"\xff" * len(data)
        self._base, self._clock, self._hertz, self._routes = base, clock, hertz, routes
        self._received: int | None = None
        self._overrun = False
        self._moving = None

    def _byte_ns(self) -> int:
        return 8 * (2 << (self.values[_CR1] >> _RATE & 7)) * 1_000_000_000 // self._hertz()

    def load(self, offset: int) -> int:
        if offset == _SR:
            return _EMPTY | (self._received is not None) * _RECEIVED | self._overrun * _OVERRUN
        if offset == _DR:
            byte, self._received = self._received, None
            self._overrun = False
            return byte or 0
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        if offset == _DR:
            self._send(value & 0xFF)
            return
        if offset == _CR2 and value & _INTERRUPTS:
            raise NotModelled(f"{self.name}: CR2 is set to {value:#x}")
        if offset != _SR:
            super().store(offset, value)
            self.go_on()

    def _check(self) -> None:
        control = self.values[_CR1]
        if control & _NOT_MODELLED or not control & _MASTER:
            raise NotModelled(f"{self.name}: CR1 is set to {control:#x}")

    def _send(self, byte: int) -> None:
        """Polled: the processor writes the data register."""
        if not self.values[_CR1] & _ENABLE:
            return
        self._check()
        self._overrun = self._received is not None
        self._received = self.exchange(bytes((byte,)))[0]
        self._clock.wait_until(self._clock.now() + self._byte_ns())

    def go_on(self) -> None:
        """A transfer by DMA begins once the SPI and the stream that feeds it are on."""
        if self._moving or not self.values[_CR1] & _ENABLE or not self.values[_CR2] & _TX_DMA:
            return
        found = self._routes.find(f"{self.name}_TX")
        if found:
            self._check()
            time = found[1].count * self._byte_ns()
            self._moving = self._clock.after(time, self._move)

    def _move(self) -> None:
        self._moving = None
        source = self._routes.find(f"{self.name}_TX")
        if not source:
            return
        dma, stream = source
        answer = self.exchange(dma.fetch(stream, self._base + _DR, stream.count))
        if not self.values[_CR2] & _RX_DMA:
            self._received, self._overrun = answer[-1], True
            return
        sink = self._routes.find(f"{self.name}_RX")
        if sink:  # else what was received is lost, and the transfer never ends
            dma, stream = sink
            dma.store_from(stream, self._base + _DR, answer)
