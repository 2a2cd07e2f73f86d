"""The program of a provisioned board, interrupted: what it left in RAM and in the boot record."""

import contextlib
import json
import time
from collections.abc import Iterator

from qsota.boot.flash import Area
from qsota.boot.record import RecordLog
from qsota.boot.record_data import TRIAL
from qsota_tools.common.errors import UserError
from qsota_tools.provision.patience import stretch
from qsota_tools.provision.remote_flash import RemoteFlash
from qsota_tools.provision.repl_link import Link

_LAST_WORDS = "reset: "  # of the loader, when the application has ended
_START_S = (3, 10)  # from reset to a running application, and if it was not enough


class Program:
    """board: the board file on the board; records and record: its boot record; started: a program
    was running, from `slot` (None: recovery); starting: one was about to; log: last messages;
    heap: its bytes used and free.

    UserError if the board was not provisioned.
    """

    def __init__(self, link: Link):
        self.link = link
        self._loaded, self.started, self.slot, self._alone, self.log, self.heap = link.found
        text = link.call("content", "/board.json", "/flash/board.json")
        if text is None:
            raise UserError(f"the board on {link.port} is not provisioned: see `qsota flash`")
        try:
            self.board = json.loads(text)
            flash, (start, size) = self.board["flash"], self.board["areas"]["state"]
        except (ValueError, KeyError, TypeError):
            text = f"the board on {link.port} has a damaged board.json: see `qsota flash`"
            raise UserError(text) from None
        device = RemoteFlash(link, self.board, start, size)
        self.records = RecordLog(Area(device, size, flash["erase"], flash["program"]))
        self.record = self.records.load()

    @property
    def starting(self) -> bool:
        return self._loaded and not self.started

    @property
    def trial(self) -> bool:
        """Whether the active slot is on trial."""
        return self.record.slots[self.record.active].state == TRIAL

    def headline(self) -> str:
        """What runs, in one line."""
        if not self.started:
            return "stopped: by a host, by the maintenance pin, or while it started"
        if self.slot is None:
            return "recovery: no slot holds an image that may run"
        image = self.record.slots[self.slot]
        if self._alone:
            return f"the updater alone: {image.version} ended five times soon after its start"
        kind = f"on trial, {image.attempts} more attempts" if image.state == TRIAL else "confirmed"
        return f"{image.version} from slot {'AB'[self.slot]}, {kind}"

    @property
    def _ended(self) -> bool:
        """Whether it had ended by itself, and the loader was about to restart the board."""
        return bool(self.log) and self.log[-1].startswith(_LAST_WORDS)

    def settings(self) -> dict | None:
        """The product's settings in its data area; None if they are damaged."""
        self.link.run("mount_data()")
        text = self.link.call("content", "/data/settings.json")
        try:
            settings = json.loads(text or "{}")
        except ValueError:
            return None
        return settings if isinstance(settings, dict) else None

    def resume(self) -> None:
        """Restart the board; a trial gets back the attempt that this costs it."""
        try:
            if self._loaded and self.trial and not self._ended:
                slot = self.record.slots[self.record.active]
                slot.attempts = min(slot.attempts + 1, self.board["trial"]["attempts"])
                self.records.store(self.record)
        finally:
            self.link.restart()


def _program(link: Link) -> Program:
    try:
        return Program(link)
    except UserError as error:
        link.give_up()
        raise UserError("\n  ".join([str(error), *_last_words(link.found[4])])) from None
    except BaseException:
        link.give_up()
        raise


def _last_words(log: list[str]) -> list[str]:
    """The restart clears the log: what is in it is told first."""
    return ["its last messages:", *log] if log else []


def resume(link: Link) -> None:
    """Restart a board that was interrupted for nothing, provisioned or not."""
    with contextlib.suppress(UserError):
        _program(link).resume()


@contextlib.contextmanager
def interrupted(port: str | None, restarted: bool = False) -> Iterator[Program]:
    """The program of the board on that port, interrupted; afterwards the board is restarted.

    One that is interrupted while it starts is given the time to do so; likewise one that was
    restarted a moment ago.
    """
    waits = list(_START_S)
    if restarted:
        time.sleep(stretch(waits.pop(0)))
    while True:
        with Link(port) as link:
            program = _program(link)
            early = program.starting or (restarted and not program.started)
            try:
                if not early or not waits:
                    yield program
                    return
            finally:
                program.resume()
        time.sleep(stretch(waits.pop(0)))
