"""Zones, windows and months, against the calendar of the standard library."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsota_tools.center import hours, zones
from qsota_tools.center.complaints import BadInput

MOMENTS = st.integers(0, 4102444800000)  # to the year 2100
ZONES = st.sampled_from(
    ["UTC", "UTC+05:45", "UTC-09:30", "Asia/Shanghai", "Europe/Berlin", "America/St_Johns"]
)
WINDOWS = st.tuples(st.integers(0, 23), st.integers(0, 24)).filter(lambda w: w[0] != w[1])


@given(MOMENTS, ZONES)
def test_offsets_are_those_of_the_database(ms, zone):
    if zone.startswith("UTC"):
        return
    there = datetime.fromtimestamp(ms / 1000, ZoneInfo(zone))
    # Before 1900 offsets had seconds; since then they are whole minutes.
    assert zones.offset(zone, ms) * 60 == there.utcoffset().total_seconds()


@given(MOMENTS)
def test_months_are_those_of_the_calendar(ms):
    date = datetime.fromtimestamp(ms / 1000, UTC)
    following = hours.next_month(ms)
    assert hours.month(following) == hours.month(ms) + 1
    first = datetime.fromtimestamp(following / 1000, UTC)
    assert (first.day, first.hour, first.minute) == (1, 0, 0)
    assert (first.year, first.month) == (date.year + date.month // 12, date.month % 12 + 1)


@given(MOMENTS, WINDOWS, ZONES)
def test_a_window_is_what_the_clocks_on_the_wall_say(ms, window, zone):
    minute = (ms // 60000 + zones.offset(zone, ms)) % 1440
    start, end = window[0] * 60, window[1] * 60
    inside = start <= minute < end if start < end else minute >= start or minute < end
    assert hours.in_window(ms, window, zone, zones.offset) == inside


@given(MOMENTS, WINDOWS, ZONES)
def test_the_next_window_opens_within_a_day_and_not_before_that(ms, window, zone):
    opens = hours.next_in_window(ms, window, zone, zones.offset)
    assert ms <= opens <= ms + 25 * hours.HOUR
    assert hours.in_window(opens, window, zone, zones.offset) or _gap(opens, zone)
    if opens > ms:
        assert not hours.in_window(opens - 60000, window, zone, zones.offset) or _gap(opens, zone)


def _gap(ms, zone):
    """The clocks are changed within hours of it."""
    day = 24 * hours.HOUR
    return zones.offset(zone, ms - day) != zones.offset(zone, ms + day)


def test_a_window_follows_summer_time():
    # Berlin: +01:00 until 2026-03-29 02:00, then +02:00.
    before = zones.to_ms("2026-03-28T12:00", "Europe/Berlin")
    opens = hours.next_in_window(before, (5, 6), "Europe/Berlin", zones.offset)
    assert zones.to_text(opens, "Europe/Berlin") == "2026-03-29T05:00"
    assert opens - before == 16 * hours.HOUR


@given(MOMENTS, ZONES)
def test_times_are_read_as_they_are_written(ms, zone):
    ms -= ms % 60000
    text = zones.to_text(ms, zone)
    back = zones.to_ms(text, zone)
    assert back == ms or zones.to_text(back, zone) == text  # the hour that comes twice


def test_an_hour_that_does_not_exist_is_the_moment_after_the_gap():
    ms = zones.to_ms("2026-03-29T02:30", "Europe/Berlin")
    assert zones.to_text(ms, "Europe/Berlin") == "2026-03-29T03:30"


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00", "2026-02-30T00:00", "25:00"])
def test_what_is_no_time_is_told_so(text):
    with pytest.raises(BadInput) as caught:
        zones.to_ms(text, "UTC", "start")
    assert (caught.value.field, caught.value.code) == ("start", "wrong-type")


@pytest.mark.parametrize("zone", ["", "Mars", "UTC+8", "Europe", "../../etc/passwd", "UTC+99:00"])
def test_what_is_no_zone_is_a_value_error(zone):
    with pytest.raises(ValueError):
        zones.offset(zone, 0)


def test_the_forms_offer_zones_by_name():
    assert {"Asia/Shanghai", "Europe/Berlin"} <= set(zones.names())
