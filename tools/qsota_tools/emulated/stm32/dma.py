"""DMA1 and DMA2: streams, and which request reaches which (RM0433, 15 and 17; RM0090, 10)."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.registers import NotModelled, Registers

_STREAMS = 8
_STATUS, _CLEAR, _FIRST = (0x00, 0x04), (0x08, 0x0C), 0x10
_CR, _NDTR, _PAR, _M0AR, _M1AR, _FCR, _SIZE = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18
_SHIFTS = (0, 6, 16, 22)
_ENABLE, _COMPLETE_INTERRUPT, _HALF_INTERRUPT = 1, 1 << 4, 1 << 3
_COMPLETE, _HALF = 1 << 5, 1 << 4
_DIRECTION, _INCREMENT, _CHANNEL = 6, 1 << 10, 25
_TO_MEMORY, _FROM_MEMORY = 0, 1
# Flow controller, circular, increment at the peripheral, sizes other than bytes, double buffer.
_NOT_MODELLED = 1 << 5 | 1 << 8 | 1 << 9 | 15 << 11 | 1 << 18


class Stream:
    """One stream: its registers CR, NDTR and so on by offset, its flags."""

    def __init__(self, number: int):
        self.number = number
        self.values = {_CR: 0, _NDTR: 0, _PAR: 0, _M0AR: 0, _M1AR: 0, _FCR: 0x21}
        self.flags = 0

    @property
    def on(self) -> bool:
        return bool(self.values[_CR] & _ENABLE)

    @property
    def count(self) -> int:
        return self.values[_NDTR]

    @property
    def channel(self) -> int:
        """The request line that it listens to, on chips that have no DMAMUX."""
        return self.values[_CR] >> _CHANNEL & 7

    @property
    def interrupts(self) -> bool:
        control = self.values[_CR]
        return bool(
            self.flags & _COMPLETE
            and control & _COMPLETE_INTERRUPT
            or self.flags & _HALF
            and control & _HALF_INTERRUPT
        )


class Dma(Registers):
    """lines[n](active) is the interrupt of stream n. read and write are the processor's memory.

    on_start() is told when a stream is enabled: somebody may wait for it.
    """

    def __init__(self, name: str, lines: list[Callable[[bool], None]], read, write):
        super().__init__()
        self.name = name
        self.streams = [Stream(n) for n in range(_STREAMS)]
        self.on_start: Callable[[], None] = lambda: None
        self._lines, self._read, self._write = lines, read, write

    def load(self, offset: int) -> int:
        if offset in _STATUS:
            first = _STATUS.index(offset) * 4
            streams = self.streams[first : first + 4]
            return sum(s.flags << shift for s, shift in zip(streams, _SHIFTS, strict=True))
        stream, register = self._at(offset)
        return stream.values[register]

    def store(self, offset: int, value: int) -> None:
        if offset in _CLEAR:
            first = _CLEAR.index(offset) * 4
            for stream, shift in zip(self.streams[first : first + 4], _SHIFTS, strict=True):
                stream.flags &= ~(value >> shift)
                self._update(stream)
            return
        stream, register = self._at(offset)
        if register == _CR and value & _ENABLE and value & _NOT_MODELLED:
            raise NotModelled(f"{self.name} stream {stream.number}: CR is set to {value:#x}")
        begins = register == _CR and value & _ENABLE and not stream.on
        stream.values[register] = value
        self._update(stream)
        if begins:
            self.on_start()

    def _at(self, offset: int) -> tuple[Stream, int]:
        number, register = divmod(offset - _FIRST, _SIZE)
        if not 0 <= number < _STREAMS:
            raise NotModelled(f"{self.name} has no register {offset:#x}")
        return self.streams[number], register

    def _update(self, stream: Stream) -> None:
        self._lines[stream.number](stream.interrupts)

    # For peripherals

    def fetch(self, stream: Stream, register: int, count: int) -> bytes:
        """The next bytes for the data register of a peripheral."""
        self._check(stream, register, _FROM_MEMORY)
        count = min(count, stream.count)
        memory = stream.values[_M0AR]
        data = (
            self._read(memory, count)
            if stream.values[_CR] & _INCREMENT
            else self._read(memory, 1) * count
        )
        self._moved(stream, count)
        return data

    def store_from(self, stream: Stream, register: int, data: bytes) -> None:
        """Bytes from the data register of a peripheral."""
        self._check(stream, register, _TO_MEMORY)
        data = data[: stream.count]
        increment = stream.values[_CR] & _INCREMENT
        self._write(stream.values[_M0AR], data if increment else data[-1:])
        self._moved(stream, len(data))

    def _check(self, stream: Stream, register: int, direction: int) -> None:
        found = stream.values[_CR] >> _DIRECTION & 3
        if stream.values[_PAR] != register or found != direction:
            raise NotModelled(
                f"{self.name} stream {stream.number} serves a request of the register "
                f"{register:#x}, but is set to {stream.values[_PAR]:#x}"
            )

    def _moved(self, stream: Stream, count: int) -> None:
        if count != stream.count:
            raise NotModelled(f"{self.name} stream {stream.number}: a part of its transfer")
        stream.values[_NDTR] = 0
        stream.values[_CR] &= ~_ENABLE
        stream.flags |= _COMPLETE | _HALF
        self._update(stream)


class DmaMux(Registers):
    """DMAMUX1 of H7: channel n says which request reaches stream n % 8 of DMA n // 8 + 1."""

    name = "DMAMUX1"
    plain = dict.fromkeys((*range(0, 0x40, 4), 0x80, 0x84, *range(0x100, 0x120, 4)), 0)

    def request(self, channel: int) -> int:
        return self.values[4 * channel] & 0x7F


class Routes:
    """Which stream a request of a peripheral reaches.

    listens(dma index, stream): whether the stream listens to that request now, by its name.
    """

    def __init__(self, dmas: list[Dma], listens: Callable[[int, Stream, str], bool]):
        self._dmas, self._listens = dmas, listens

    def find(self, request: str) -> tuple[Dma, Stream] | None:
        """The enabled stream for a request such as SPI3_TX, or None."""
        for index, dma in enumerate(self._dmas):
            for stream in dma.streams:
                if stream.on and self._listens(index, stream, request):
                    return dma, stream
        return None
