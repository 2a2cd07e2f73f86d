"""The end of a trial by hand, with the device's own code on its boot record."""

from collections.abc import Callable

from qsota import log
from qsota_tools.common.errors import UserError
from qsota_tools.provision.program import interrupted


class _State:
    """What the loader would leave of the boot record."""

    kept = False

    def __init__(self, program):
        self.records = program.records
        self.record = program.record
        self.slot = program.record.active


def end_trial(port: str | None, verdict: Callable[["_State"], None]) -> str:
    """Let verdict(state) end the trial and restart the board; returns the version on trial.
    UserError if there is none."""
    log.sink = None
    with interrupted(port) as program:
        if not program.trial:
            raise UserError(f"nothing is on trial: {program.headline()}")
        version = program.record.slots[program.record.active].version
        verdict(_State(program))
    return version
