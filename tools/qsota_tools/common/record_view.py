"""Reads the boot record out of a flash file, with the device's own code."""

from pathlib import Path

from qsota.boot.flash import Area
from qsota.boot.record import RecordLog
from qsota.boot.record_data import Record

STATES = ("empty", "trial", "good", "bad")


class _Window:
    """A block device that shows part of a file and refuses to change it."""

    def __init__(self, path: Path, start: int, size: int, erase: int):
        self._path = path
        self._start = start
        self._size = size
        self._erase = erase

    def readblocks(self, block: int, buf, offset: int = 0) -> None:
        with self._path.open("rb") as file:
            file.seek(self._start + block * self._erase + offset)
            file.readinto(buf)

    def writeblocks(self, block: int, buf, offset: int = 0) -> int:
        return -30  # EROFS

    def ioctl(self, op: int, arg: int) -> int:
        return {4: self._size // self._erase, 5: self._erase, 6: -30}.get(op, 0)


def read_record(path: Path, board: dict) -> Record:
    """The newest valid boot record in the flash file of that board (seq 0: there is none)."""
    start, size = board["areas"]["state"]
    erase, program = board["flash"]["erase"], board["flash"]["program"]
    return RecordLog(Area(_Window(path, start, size, erase), size, erase, program)).load()


def describe(record: Record) -> dict:
    """The fields that events and reports show."""
    return {
        "seq": record.seq,
        "active": record.active,
        "states": [STATES[slot.state] for slot in record.slots],
        "versions": [slot.version for slot in record.slots],
    }


def confirmed(fields: dict, version: str) -> bool:
    """Whether the active slot of a described record holds that version for good."""
    active = fields["active"]
    return fields["states"][active] == "good" and fields["versions"][active] == version
