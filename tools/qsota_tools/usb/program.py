"""The program of a provisioned board, interrupted: what it left in RAM and in the boot record."""

import json

from qsota.flash import Area
from qsota.record import TRIAL, RecordLog
from qsota_tools.errors import UserError
from qsota_tools.usb.link import Link
from qsota_tools.usb.remote_flash import RemoteFlash


class Program:
    """board: the board file on the board; records and record: its boot record; started: a program
    was running, from `slot` (None: recovery); log: its last messages.

    UserError if the board was not provisioned.
    """

    def __init__(self, link: Link):
        self.link = link
        self.started, self.slot, self.log = link.call("running")
        text = link.call("content", "/board.json", "/flash/board.json")
        if text is None:
            raise UserError(f"the board on {link.port} is not provisioned: see `qsota flash`")
        self.board = json.loads(text)
        flash, (start, size) = self.board["flash"], self.board["areas"]["state"]
        device = RemoteFlash(link, self.board, start, size)
        self.records = RecordLog(Area(device, size, flash["erase"], flash["program"]))
        self.record = self.records.load()

    @property
    def trial(self) -> bool:
        """Whether the active slot is on trial."""
        return self.record.slots[self.record.active].state == TRIAL

    def headline(self) -> str:
        """What runs, in one line."""
        if not self.started:
            return "stopped: a host or the maintenance pin keeps it at the REPL"
        if self.slot is None:
            return "recovery: no slot holds an image that may run"
        image = self.record.slots[self.slot]
        kind = f"on trial, {image.attempts} more attempts" if image.state == TRIAL else "confirmed"
        return f"{image.version} from slot {'AB'[self.slot]}, {kind}"

    def resume(self) -> None:
        """Restart the board; a trial gets back the attempt that this costs it."""
        if self.started and self.trial:
            self.record.slots[self.record.active].attempts += 1
            self.records.store(self.record)
        self.link.restart()
