"""Time zones, push windows, the grid and months, in whole numbers: no calendar is needed."""

MINUTE = 60000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def fixed_offset(zone, ms):
    """Minutes east of UTC for "UTC", "UTC+08:00", "UTC-05:30"; ValueError for anything else.

    Zones with summer time need a database, which the host has: see zones.py.
    """
    if zone == "UTC":
        return 0
    sign, hours, colon, minutes = zone[3:4], zone[4:6], zone[6:7], zone[7:]
    well_formed = zone[:3] == "UTC" and sign in ("+", "-") and colon == ":" and len(minutes) == 2
    if not well_formed or not (hours + minutes).isdigit():
        raise ValueError(zone)
    if int(hours) > 14 or int(minutes) > 59:
        raise ValueError(zone)
    value = int(hours) * 60 + int(minutes)
    return value if sign == "+" else -value


def local(ms, zone, offset):
    """The wall clock of the zone as if it were UTC."""
    return ms + offset(zone, ms) * MINUTE


def in_window(ms, window, zone, offset):
    """Whether it is within (from hour, to hour) there; a window may cross midnight."""
    if window is None:
        return True
    start, end = window
    time = local(ms, zone, offset) % DAY
    if start * HOUR <= time < end * HOUR:
        return True
    return start >= end and (time >= start * HOUR or time < end * HOUR)


def next_in_window(ms, window, zone, offset):
    """The first moment from ms on that is within the window."""
    if in_window(ms, window, zone, offset):
        return ms
    time = local(ms, zone, offset)
    opens = time - time % DAY + window[0] * HOUR
    if opens <= time:
        opens += DAY
    # The offset may change on the way (summer time).
    guess = opens - offset(zone, ms) * MINUTE
    return opens - offset(zone, guess) * MINUTE


def next_slot(ms, grid_ms):
    """The first slot of the push grid from ms on; any moment if there is no grid."""
    if not grid_ms:
        return ms
    return ms + -ms % grid_ms


def month(ms):
    """Months since the year 0 (UTC), for counting."""
    # Howard Hinnant's civil_from_days, of a year that begins with March.
    days = ms // DAY + 719468
    era = days // 146097
    of_era = days - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    return (year + era * 400) * 12 + march + 2


def next_month(ms):
    """The first moment of the month after that of ms (UTC)."""
    now = month(ms)
    later = ms - ms % DAY
    while month(later) == now:
        later += DAY
    return later
