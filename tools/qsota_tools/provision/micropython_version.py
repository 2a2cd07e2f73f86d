"""Which MicroPython a board must have."""

from collections.abc import Sequence

from qsota_tools.common.errors import UserError

_OLDEST = (1, 25)


def check_version(version: Sequence[int]) -> str:
    """A version such as (1, 25, 0) as text; UserError if it is too old."""
    release = ".".join(map(str, version))
    if tuple(version) < _OLDEST:
        raise UserError(f"MicroPython {release} is too old: 1.25 or newer is needed")
    return release
