"""Two clients as one writes them first, for the bench: what a careful one gains over them.

Both ask, look every 10 ms whether the answer is whole, and write what came before they ask again.
"""

from collections.abc import Iterator

from qsota_tools.center.cloud import Cloud
from qsota_tools.center.plan import Component, Plan
from qsota_tools.common.errors import UserError
from qsota_tools.module.module import Module
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.wire import Uart

_LOOK_MS = 10
_PATIENCE_MS = 600_000
_ERASE_MS, _PAGE_MS, _PAGE, _UNIT = 45, 0.65, 256, 4096
_WAY = (
    ("AT+QIOTREG=1", b"+QIOTEVT: 3,10200"),
    ('AT+QIOTMCUVER="MCU","1_0_0"', b"OK"),
    ("AT+QIOTOTAREQ=1", b"+QIOTEVT: 7,10700"),
    ("AT+QIOTUPDATE=1", b"+QIOTEVT: 7,10703"),
)


class Client:
    """Fetches a package; chunk: bytes that it asks for at once."""

    chunk = 0

    def __init__(self, baud: int, latency_ms: int, data: bytes):
        self._clock = Clock()
        self._uart = Uart(self._clock, baud, 1 << 17)
        cloud = Cloud(self._clock, [Plan([Component("MCU", "2_0_0", data)])])
        module = Module(self._clock, self._uart.receive, cloud, response_ms=latency_ms)
        self._uart.peer = module.rx
        self._data = data

    def run(self) -> float:
        """Seconds from the first read to the last byte in flash."""
        self._clock.advance(5000)  # the module starts
        for line, wanted in _WAY:
            self._ask(line, wanted)
            self._clock.advance(1000)
        began = self._clock.now_us()
        for at in range(0, len(self._data), self.chunk):
            size = min(self.chunk, len(self._data) - at)
            answer = self._ask(f"AT+QIOTOTARD={at},{size}", b"\r\nOK\r\n", size)
            if self._data[at : at + size] not in answer:
                raise UserError("the naive client got something else")
            for ms in self._flash_ms(at, size):
                self._clock.advance(ms)
        return (self._clock.now_us() - began) / 1e6

    def _ask(self, line: str, wanted: bytes, least: int = 0) -> bytes:
        self._uart.write(line.encode() + b"\r\n")
        answer = bytearray()
        for _ in range(_PATIENCE_MS // _LOOK_MS):
            self._clock.advance(_LOOK_MS)
            piece = bytearray(self._uart.any())
            self._uart.readinto(piece)
            answer += piece
            if len(answer) > least and wanted in answer[least:]:
                return bytes(answer)
        raise UserError(f"{line}: no answer")

    def _flash_ms(self, at: int, size: int) -> Iterator[float]:
        """What its writes take."""
        yield -(-size // _PAGE) * _PAGE_MS


class LineReader(Client):
    """A line, decoded, and 512 bytes written with an erase each."""

    chunk = 512

    def _flash_ms(self, at, size):
        yield _ERASE_MS
        yield from super()._flash_ms(at, size)


class FixedLoop(Client):
    """974 bytes each time; an erase where a unit begins."""

    chunk = 974

    def _flash_ms(self, at, size):
        if at // _UNIT != (at + size) // _UNIT or not at:
            yield _ERASE_MS
        yield from super()._flash_ms(at, size)


CLIENTS: dict[str, type[Client]] = {"line reader": LineReader, "fixed 974": FixedLoop}
