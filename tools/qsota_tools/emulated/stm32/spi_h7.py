"""SPI of the H7 as a master (RM0433, chapter 50): transfers of TSIZE bytes, by DMA or polled."""

from collections import deque
from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Scope
from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers
from qsota_tools.emulated.stm32.dma import Routes

_CR1, _CR2, _CFG1, _CFG2, _IER = 0x00, 0x04, 0x08, 0x0C, 0x10
_SR, _IFCR, _TXDR, _RXDR = 0x14, 0x18, 0x20, 0x30
_CRC, _I2S = (0x40, 0x44, 0x48, 0x4C), 0x50
_ENABLE, _START, _SUSPEND = 1, 1 << 9, 1 << 10
_RX_DMA, _TX_DMA, _SIZE, _RATE = 1 << 14, 1 << 15, 0x1F, 28
_COMM, _MASTER, _LSB, _CPHA, _CPOL = 17, 1 << 22, 1 << 23, 1 << 24, 1 << 25
_FULL, _SEND_ONLY, _RECEIVE_ONLY = 0, 1, 2
_RECEIVED, _SPACE, _BOTH, _END, _FILLED, _SUSPENDED = 1, 2, 4, 1 << 3, 1 << 4, 1 << 11
_SENT_ALL = 1 << 12
_LEVEL = 13


class SpiH7(Registers):
    """exchange(bytes) is what it is wired to; line(active) its interrupt."""

    plain = dict.fromkeys((_CR2, _CFG1, _CFG2, _IER, *_CRC, _I2S), 0)

    def __init__(
        self,
        name: str,
        base: int,
        clock: Scope,
        line: Callable[[bool], None],
        hertz: Callable[[], int],
        routes: Routes,
    ):
        super().__init__()
        self.name = name
        self.exchange: Callable[[bytes], bytes] = lambda data: b"\xff" * len(data)
        self._base, self._clock, self._line, self._hertz = base, clock, line, hertz
        self._routes = routes
        self._control = self._flags = self._count = 0
        self._received: deque[int] = deque()

    def _byte_ns(self) -> int:
        return 8 * (2 << (self.values[_CFG1] >> _RATE & 7)) * 1_000_000_000 // self._hertz()

    def _mode(self) -> int:
        return self.values[_CFG2] >> _COMM & 3

    def _wanted(self) -> int:
        return self.values[_CR2] & 0xFFFF

    # Registers

    def load(self, offset: int) -> int:
        if offset == _CR1:
            return self._control
        if offset == _SR:
            return self._status()
        return 0 if offset == _IFCR else super().load(offset)

    def _status(self) -> int:
        flags = self._flags
        if self._control & _ENABLE:
            space = self._mode() != _RECEIVE_ONLY and self._count < self._wanted()
            flags |= space * _SPACE | bool(self._received) * _RECEIVED
            flags |= (space and bool(self._received)) * _BOTH
        if flags & _END or not self._control & _START:
            flags |= _SENT_ALL
        return flags | min(len(self._received), 3) << _LEVEL

    def read(self, offset: int, size: int) -> int:
        if offset != _RXDR:
            return super().read(offset, size)
        taken = [self._received.popleft() for _ in range(min(size, len(self._received)))]
        self._update()
        return int.from_bytes(bytes(taken), "little")

    def write(self, offset: int, size: int, value: int) -> None:
        if offset == _TXDR:
            self._send(value.to_bytes(size, "little"))
        else:
            super().write(offset, size, value)

    def store(self, offset: int, value: int) -> None:
        if offset == _CR1:
            self._set_control(value)
        elif offset == _IFCR:
            self._flags &= ~value
        else:
            super().store(offset, value)
        self._update()

    def _update(self) -> None:
        self._line(bool(self.values[_IER] & self._status() & 0xFFF))

    # Transfers

    def _set_control(self, value: int) -> None:
        begins = value & _ENABLE and value & _START and not self._control & _START
        self._control = value & ~_SUSPEND
        if not value & _ENABLE:
            self._control &= ~_START
            self._flags = self._count = 0
            self._received.clear()
        elif value & _SUSPEND and self._control & _START:
            self._control &= ~_START
            self._flags |= _SUSPENDED
        elif begins:
            self._begin()

    def _begin(self) -> None:
        self._check()
        self._count = 0
        if self.values[_CFG1] & (_TX_DMA | _RX_DMA):
            self._clock.after(self._wanted() * self._byte_ns(), self._move)
        elif self._mode() == _RECEIVE_ONLY:
            self._received.extend(self.exchange(b"\xff" * self._wanted()))
            self._finish()

    def _check(self) -> None:
        first, second = self.values[_CFG1], self.values[_CFG2]
        if first & _SIZE != 7 or not second & _MASTER or second & (_LSB | _CPHA | _CPOL):
            raise NotModelled(f"{self.name}: CFG1 {first:#x}, CFG2 {second:#x}")
        if self._mode() not in (_FULL, _SEND_ONLY, _RECEIVE_ONLY) or not self._wanted():
            raise NotModelled(f"{self.name}: CFG2 {second:#x}, TSIZE {self._wanted()}")

    def _send(self, data: bytes) -> None:
        """Polled: the processor writes the data register."""
        answer = self.exchange(data)
        self._clock.wait_until(self._clock.now() + len(data) * self._byte_ns())
        if self._mode() == _FULL:
            self._received.extend(answer)
        self._count += len(data)
        if self._count >= self._wanted():
            self._finish()
        self._update()

    def _move(self) -> None:
        """All of a transfer by DMA, at its end. A request that reaches no stream is not served:
        then it does not end."""
        count, uses = self._wanted(), self.values[_CFG1]
        source = self._routes.find(f"{self.name}_TX") if uses & _TX_DMA else None
        sink = self._routes.find(f"{self.name}_RX") if uses & _RX_DMA else None
        if uses & _TX_DMA and not source or uses & _RX_DMA and not sink:
            return
        data = b"\xff" * count
        if source:
            dma, stream = source
            data = dma.fetch(stream, self._base + _TXDR, count)
        answer = self.exchange(data)
        if sink:
            dma, stream = sink
            dma.store_from(stream, self._base + _RXDR, answer)
        self._finish()

    def _finish(self) -> None:
        self._count = self._wanted()
        self._flags |= _END | _FILLED
        self._update()
