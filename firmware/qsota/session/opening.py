# The boot record opened for a phase, with what that has to know of the board.
from qsota.boot import flash, record_data  # noqa: F401  what it is open with
from qsota.resident import phases

_READY = "qsota.boot.ready"
_CODE = ("qsota.boot.record", "qsota.boot.chip", "qsota.boot.board", _READY)


async def begin(make):
    """As ready.begin(), step by step; its code has gone when this returns."""
    await phases.bring(_CODE)
    try:
        return phases.call(_READY, "begin", make)
    finally:
        phases.forget(*_CODE)
