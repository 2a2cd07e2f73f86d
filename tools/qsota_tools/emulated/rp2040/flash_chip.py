"""The flash chip on the SSI: operations take their time, and the power may fail in one."""

from collections.abc import Callable

from rp2040py.peripherals.ssi import (
    CMD_BLOCK_ERASE,
    CMD_PAGE_PROGRAM,
    CMD_READ_STATUS_1,
    CMD_SECTOR_ERASE,
    RPSSI,
)

from qsota_tools.emulated.operation import Operation
from qsota_tools.emulated.rp2040.bus import replace

# Typical times of a W25Q16JV, in nanoseconds.
_TIMES = {CMD_SECTOR_ERASE: 45e6, CMD_BLOCK_ERASE: 150e6, CMD_PAGE_PROGRAM: 0.4e6}
_SIZES = {CMD_SECTOR_ERASE: 4096, CMD_BLOCK_ERASE: 65536}
_COMMAND_LENGTH = 4  # with its address
_BUSY = 1
_READ_UNIQUE_ID, _ID_AT = 0x4B, 5
_UNIQUE_ID = b"emulated"


class FlashChip(RPSSI):
    """on_operation(operation) is asked before each one: None lets it happen, a number from 0 to 1
    is the part of it that is done when the power fails."""

    def __init__(self, rp2040, name):
        super().__init__(rp2040, name)
        self.on_operation: Callable[[Operation], float | None] = lambda operation: None
        self._busy_until = 0.0

    @classmethod
    def attach(cls, rp2040) -> "FlashChip":
        """Take the place of the chip's SSI."""
        old = rp2040.ssi
        new = cls(rp2040, old.name)
        replace(rp2040, old, new)
        rp2040.ssi = new
        return new

    def _shift_byte(self, byte_out: int) -> int:
        answer = super()._shift_byte(byte_out)
        command, count = self._tx_buffer[0], len(self._tx_buffer)
        if command == _READ_UNIQUE_ID and count > _ID_AT:
            return _UNIQUE_ID[(count - _ID_AT - 1) % len(_UNIQUE_ID)]
        if command == CMD_READ_STATUS_1 and count > 1 and self._busy():
            return answer | _BUSY
        return answer

    def _busy(self) -> bool:
        """Whether an operation goes on; the boot ROM asks again and again, so time jumps to the
        end of it or to the next event."""
        clock = self.rp2040.clock
        left = self._busy_until - clock.nanos
        if left <= 0:
            return False
        if clock.has_scheduled_alarm:
            left = min(left, max(0, clock.nanos_to_next_alarm))
        clock.tick(left)
        return True

    def _apply_command(self) -> None:
        operation = self._operation()
        done = None if operation is None else self.on_operation(operation)
        if done is not None:
            self._tear(operation, done)
            return
        if operation is not None:
            self._busy_until = self.rp2040.clock.nanos + _TIMES[self._tx_buffer[0]]
        super()._apply_command()

    def _operation(self) -> Operation | None:
        sent = self._tx_buffer
        if not self._write_enabled or len(sent) < _COMMAND_LENGTH or sent[0] not in _TIMES:
            return None
        offset = int.from_bytes(sent[1:_COMMAND_LENGTH], "big")
        if sent[0] == CMD_PAGE_PROGRAM:
            data = bytes(sent[_COMMAND_LENGTH:])
            return Operation("program", offset, len(data), data)
        return Operation("erase", offset, _SIZES[sent[0]], b"")

    def _tear(self, operation: Operation, done: float) -> None:
        """The bytes before the cut are as they were meant to be, those after it as before."""
        flash, start = self.rp2040.flash, operation.offset
        count = int(operation.size * done)
        data = operation.data or b"\xff" * operation.size
        for at, byte in enumerate(data[:count], start):
            flash[at] = flash[at] & byte if operation.data else byte
        self._tx_buffer = bytearray()
        self._write_enabled = False
        self._busy_until = 0.0
