"""The end of a trial by hand, with the device's own code on its boot record."""

from collections.abc import Callable

from qsota import log
from qsota.journal import Journal
from qsota_tools.errors import UserError
from qsota_tools.usb.link import Link
from qsota_tools.usb.program import Program


def end_trial(port: str | None, verdict: Callable[[Journal], None]) -> str:
    """Let verdict(journal) end the trial and restart the board; returns the version on trial.
    UserError if there is none."""
    log.sink = None
    with Link(port) as link:
        program = Program(link)
        image = program.record.slots[program.record.active]
        if not program.trial:
            program.resume()
            raise UserError(f"nothing is on trial: {program.headline()}")
        verdict(Journal(program.records, program.record, program.record.active))
        link.restart()
        return image.version
