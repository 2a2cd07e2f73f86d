"""Time zones with their summer times, and times as people write them in a zone."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from qsota_tools.center.complaints import refuse
from qsota_tools.center.hours import fixed_offset


def offset(zone: str, ms: int) -> int:
    """Minutes east of UTC at that time; ValueError if there is no such zone.

    zone: as of the IANA database ("Asia/Shanghai"), or "UTC+08:00".
    """
    if zone.startswith("UTC"):
        return fixed_offset(zone, ms)
    shift = datetime.fromtimestamp(ms / 1000, _zone(zone)).utcoffset()
    return round(shift.total_seconds() / 60) if shift else 0


def names() -> list[str]:
    """The zones that a form offers."""
    return sorted(available_timezones())


def to_ms(text: str, zone: str, field: str = "time") -> int:
    """What the zone's clocks show, like 2026-11-30T10:00, as ms since 1970; BadInput if it is no
    time. Of an hour that does not exist it is the moment after the gap."""
    try:
        time = datetime.fromisoformat(text).replace(tzinfo=None)
        local = round((time - datetime(1970, 1, 1)).total_seconds() * 1000)
        guess = local - offset(zone, local) * 60000
        return local - offset(zone, guess) * 60000
    except (ValueError, OverflowError):
        raise refuse(field, "wrong-type", wanted="a time like 2026-11-30T10:00") from None


def to_text(ms: int, zone: str) -> str:
    """The reverse of to_ms(), by the minute."""
    local = datetime.fromtimestamp(ms / 1000 + offset(zone, ms) * 60, UTC)
    return local.strftime("%Y-%m-%dT%H:%M")


@lru_cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError):  # OSError: the name of a directory
        raise ValueError(name) from None
