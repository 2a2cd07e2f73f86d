"""Looks for new boot records in a virtual board's flash."""

from collections.abc import Callable
from pathlib import Path

from qsota_tools.common.record_view import describe, read_record


class RecordWatch:
    """Calls on_record("record", **fields) for each record that was not there before."""

    def __init__(self, flash: Path, board: dict, on_record: Callable[..., None]):
        self._flash = flash
        self._board = board
        self._on_record = on_record
        self._seq = -1

    def written(self, offset: int) -> None:
        """Something was written at that offset of the flash."""
        start, size = self._board["areas"]["state"]
        if start <= offset < start + size:
            self.check()

    def check(self) -> None:
        record = read_record(self._flash, self._board)
        if record.seq != self._seq:
            self._seq = record.seq
            self._on_record("record", **describe(record))
