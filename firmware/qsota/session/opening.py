# What a phase begins with: the boot record opened, with what that has to know of the board.
from qsota.resident import phases

# Of who talks to the module, in the order in which they import each other.
COMMANDS = (
    "qsota.command.at_command",
    "qsota.command.exchange",
    "qsota.session.names",
    "qsota.session.events",
    "qsota.session.event_queue",
    "qsota.session.commands",
)
_READY = "qsota.boot.ready"
# What the record is open with, and what stores it: far down in a step a Pico's stack has no room
# for an import.
_OPEN = ("qsota.boot.flash", "qsota.boot.record_data", "qsota.boot.record")
_CODE = (
    "qsota.boot.chip",
    "qsota.boot.hardware",
    "qsota.boot.stored",
    "qsota.boot.board",
    _READY,
)


async def begin(make):
    """As ready.begin(), step by step; its code has gone when this returns."""
    await phases.bring(_OPEN + _CODE)
    try:
        return phases.call(_READY, "begin", make)
    finally:
        phases.forget(*_CODE)
