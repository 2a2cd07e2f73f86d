"""Is the device well? Judged by the bytes in its flash and by what the cloud knows."""

from dataclasses import dataclass
from hashlib import sha256

from qsota.boot.flash import Area
from qsota.boot.record import RecordLog
from qsota.boot.record_data import GOOD, NOTHING, Record
from qsota.update import package
from qsota_tools.boards import Board
from qsota_tools.common.record_view import STATES
from qsota_tools.package.payload import image_of
from qsota_tools.proof.lab.nor_flash import NorFlash


def read_record(storage: bytes, board: Board) -> Record:
    """The boot record in these bytes of the storage, read by the device's own code."""
    start, size = board["areas"]["state"]
    erase, program = board["flash"]["erase"], board["flash"]["program"]
    chip = NorFlash(size // erase, erase, program, storage[start : start + size])
    return RecordLog(Area(chip, size, erase, program)).load()


@dataclass
class Verdict:
    """What runs, and what is wrong with that; nothing wrong is a device that is well."""

    running: str
    problems: list[str]


def judge(storage: bytes, board: Board, approved: list[bytes], known: str | None) -> Verdict:
    """The storage of a device at rest, the packages that it may run, the version in the cloud."""
    state = read_record(storage, board)
    slot = state.slots[state.active]
    problems = []
    if slot.state != GOOD:
        problems.append(f"{slot.version or 'nothing'} is {STATES[slot.state]}, not confirmed")
    elif not _is_one_of(approved, storage, board, state):
        problems.append(f"the slot does not hold an approved {slot.version}")
    if state.report != NOTHING:
        problems.append("a report is pending")
    if known != slot.version:
        problems.append(f"{slot.version} runs, the cloud knows {known}")
    return Verdict(slot.version, problems)


def _is_one_of(approved: list[bytes], storage: bytes, board: Board, state: Record) -> bool:
    """Whether the active slot holds the image of the approved package of its version, byte for
    byte, and the record the hash of that."""
    slot = state.slots[state.active]
    start = board["areas"][("slot_a", "slot_b")[state.active]][0] + package.HEADER_SIZE
    for data in approved:
        if package.parse(data).version == slot.version:
            image = image_of(data)
            same = storage[start : start + len(image)] == image
            return same and slot.size == len(image) and slot.sha256 == sha256(image).digest()
    return False
