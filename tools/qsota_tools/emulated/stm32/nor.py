"""A W25Q128JV on SPI, or a smaller one of its family: commands, times, power that fails."""

from collections.abc import Callable

from qsota_tools.emulated.cortex_m.clock import Clock
from qsota_tools.emulated.cortex_m.registers import NotModelled
from qsota_tools.emulated.operation import Operation

_READ, _FAST_READ, _PROGRAM = 0x03, 0x0B, 0x02
_WRITE_ENABLE, _WRITE_DISABLE = 0x06, 0x04
_STATUS_1, _STATUS_2, _STATUS_3 = 0x05, 0x35, 0x15
_JEDEC_ID, _UNIQUE_ID, _RELEASE = 0x9F, 0x4B, 0xAB
_RESET_ENABLE, _RESET = 0x66, 0x99
_BUSY, _WRITABLE = 1, 2
_PAGE = 256
_PROGRAM_NS = 700_000
# Command to bytes and typical time of an erase (W25Q128JV, 9.6).
_ERASES = {0x20: (4096, 45_000_000), 0x52: (32768, 120_000_000), 0xD8: (65536, 150_000_000)}
_WINBOND = 0xEF40
_HEADS = {_READ: 4, _FAST_READ: 5}  # bytes before the first that is read
_SILENT = 0xFF
_WHEN_BUSY = {_STATUS_1, _STATUS_2, _STATUS_3, _RESET_ENABLE, _RESET}
_ANSWERED_ONLY = {_STATUS_1, _STATUS_2, _STATUS_3, _JEDEC_ID, _UNIQUE_ID, _RELEASE, *_HEADS}


class Nor:
    """content: what it holds, as a bytearray of its size.

    on_operation(operation) is asked before each erase and program: None lets it happen, a number
    from 0 to 1 is the part of it that is done when the power fails.
    """

    def __init__(self, clock: Clock, content: bytearray):
        self.content = content
        self.on_operation: Callable[[Operation], float | None] = lambda operation: None
        self.mistakes: list[str] = []
        self._clock = clock
        self._id = (_WINBOND << 8 | len(content).bit_length() - 1).to_bytes(3, "big")
        self.power_on()

    def power_on(self) -> None:
        """As after a loss of power."""
        self.selected = False
        self._sent = bytearray()
        self._read_at = 0
        self._writable = False
        self._busy_until = 0

    @property
    def busy(self) -> bool:
        return self._clock.now() < self._busy_until

    def select(self, on: bool) -> None:
        """Its select line is low, or no longer."""
        if self.selected and not on:
            self._execute()
        self.selected = on
        self._sent.clear()

    def exchange(self, data: bytes) -> bytes:
        """Bytes are shifted in, and as many out."""
        if not self.selected:
            return bytes([_SILENT]) * len(data)
        answer = bytearray()
        while len(answer) < len(data):
            if self._is_reading():
                return bytes(answer) + self._read(len(data) - len(answer))
            answer.append(self.next_byte())
            self.take(data[len(answer) - 1])
        return bytes(answer)

    def next_byte(self) -> int:
        """What is shifted out next; it does not depend on what is shifted in meanwhile."""
        if not self.selected:
            return _SILENT
        return self._read(1)[0] if self._is_reading() else self._answer()

    def take(self, byte: int) -> None:
        """A byte was shifted in."""
        if self.selected and not self._is_reading():
            self._sent.append(byte)

    def _is_reading(self) -> bool:
        head = _HEADS.get(self._sent[0]) if self._sent else None
        return head is not None and len(self._sent) >= head and not self.busy

    def _read(self, count: int) -> bytes:
        at = self._address() + self._read_at
        self._read_at += count
        size = len(self.content)
        if at + count <= size:
            return bytes(self.content[at : at + count])
        return bytes(self.content[(at + n) % size] for n in range(count))

    def _address(self) -> int:
        return int.from_bytes(self._sent[1:4], "big") % len(self.content)

    def _answer(self) -> int:
        if not self._sent:
            self._read_at = 0
            return _SILENT
        command, at = self._sent[0], len(self._sent)
        if command == _STATUS_1:
            if self.busy:
                self._clock.wait_until(self._busy_until)
            return self.busy * _BUSY | self._writable * _WRITABLE
        if command in (_STATUS_2, _STATUS_3):
            return 0
        if command == _JEDEC_ID:
            return self._id[(at - 1) % 3]
        if command == _UNIQUE_ID and at > 4:
            return b"emulated"[(at - 5) % 8]
        return _SILENT

    def _execute(self) -> None:
        """The select line rises: what was sent is done."""
        if not self._sent:
            return
        command = self._sent[0]
        if self.busy and command not in _WHEN_BUSY:
            self.mistakes.append(f"command {command:#x} while the flash chip is busy")
        elif command in (_WRITE_ENABLE, _WRITE_DISABLE):
            self._writable = command == _WRITE_ENABLE
        elif command == _PROGRAM or command in _ERASES:
            self._change(command)
        elif command == _RESET:
            self._writable = False
        elif command not in _ANSWERED_ONLY and command != _RESET_ENABLE:
            raise NotModelled(f"the flash chip has no command {command:#x}")

    def _change(self, command: int) -> None:
        if not self._writable:
            self.mistakes.append(f"command {command:#x} without write enable")
            return
        operation, duration = self._operation(command)
        done = self.on_operation(operation)
        self._apply(operation, 1 if done is None else done)
        self._writable = False
        if done is None:
            self._busy_until = self._clock.now() + duration

    def _operation(self, command: int) -> tuple[Operation, int]:
        at = self._address()
        if command == _PROGRAM:
            data = bytes(self._sent[4:])
            if at % _PAGE + len(data) > _PAGE:
                raise NotModelled(f"a program of {len(data)} bytes at {at:#x} wraps in its page")
            return Operation("program", at, len(data), data), _PROGRAM_NS
        size, duration = _ERASES[command]
        return Operation("erase", at - at % size, size, b""), duration

    def _apply(self, operation: Operation, part: float) -> None:
        """The bytes up to there are as they were meant to be, those after it as before."""
        start, count = operation.offset, int(operation.size * part)
        end = start + count
        if operation.kind == "erase":
            self.content[start:end] = b"\xff" * count
        else:
            old = self.content[start:end]
            new = bytes(a & b for a, b in zip(old, operation.data, strict=False))
            self.content[start:end] = new


class BitBanged:
    """The chip on pins that code moves itself, in SPI mode 0; the rest are names of pads."""

    def __init__(self, nor: Nor, pads, cs: str, sck: str, mosi: str, miso: str):
        self._nor = nor
        self._mosi_port, self._mosi_pin = pads.at(mosi)
        self._bits = self._in = self._out = 0
        port, pin = pads.at(cs)
        port.watch(pin, self._select)
        port, pin = pads.at(sck)
        port.watch(pin, self._clock)
        port, pin = pads.at(miso)
        port.drive(pin, self._level)

    def _select(self, level: int) -> None:
        self._nor.select(not level)
        self._bits = 0

    def _clock(self, level: int) -> None:
        if not level or not self._nor.selected:
            return  # both sides look when it rises
        if self._bits in (0, 8):
            self._bits, self._in, self._out = 0, 0, self._nor.next_byte()
        self._in = self._in << 1 | self._mosi_port.level(self._mosi_pin)
        self._bits += 1
        if self._bits == 8:
            self._nor.take(self._in)

    def _level(self) -> int:
        return self._out >> 8 - self._bits & 1
