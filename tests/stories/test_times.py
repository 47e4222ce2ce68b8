"""When things happen in a story: what may be written, and which instant it is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import paris
from zdsync.rules.findings import Fault
from zdsync.rules.story_times import parse_when, resolve

PARIS = ZoneInfo("Europe/Paris")
BEFORE = paris("2026-11-23 10:00")
"""A Monday."""

TIMES = {
    "the same day": ("11:30", "2026-11-23 11:30"),
    "the same minute": ("10:00", "2026-11-23 10:00"),
    "one digit": ("12:05", "2026-11-23 12:05"),
    "with seconds": ("10:00:30", "2026-11-23 10:00:30"),
    "the next Tuesday": ("Tue 09:30", "2026-11-24 09:30"),
    "in full, in any case": ("tuesday 9:30", "2026-11-24 09:30"),
    "today's weekday, later": ("Mon 17:00", "2026-11-23 17:00"),
    "today's weekday, earlier": ("Mon 09:00", "2026-11-30 09:00"),
    "a date": ("2026-12-24 17:00", "2026-12-24 17:00"),
    "a date with its weekday": ("Thu 2026-12-24 17:00", "2026-12-24 17:00"),
    "minutes later": ("+90m", "2026-11-23 11:30"),
    "hours and minutes": ("+1h 30m", "2026-11-23 11:30"),
    "seconds": ("+20s", "2026-11-23 10:00:20"),
    "days": ("+2d", "2026-11-25 10:00"),
    "days and hours": ("+1d 2h", "2026-11-24 12:00"),
}


@pytest.mark.parametrize(("written", "expected"), TIMES.values(), ids=TIMES)
def test_times(written: str, expected: str) -> None:
    """In the zone, counted from the line before."""
    assert resolve(parse_when(written), BEFORE, PARIS) == paris(expected)


CLOCK_CHANGES = {
    "hours are real hours in spring": ("2027-03-27 12:00", "+24h", "2027-03-28 13:00"),
    "days are those of the clock": ("2027-03-27 12:00", "+1d", "2027-03-28 12:00"),
    "hours are real hours in autumn": ("2026-10-24 12:00", "+24h", "2026-10-25 11:00"),
    "of two the first": ("2026-10-24 12:00", "Sun 02:30", "2026-10-25 02:30"),
}


@pytest.mark.parametrize(("before", "written", "expected"), CLOCK_CHANGES.values(), ids=CLOCK_CHANGES)
def test_clock_changes(before: str, written: str, expected: str) -> None:
    """What the clock on the wall shows, where it is unambiguous."""
    assert resolve(parse_when(written), paris(before), PARIS) == paris(expected)


NO_TIMES = {
    "a word": ("soon", "`soon` is no time; write it like 09:10, Tue 09:30, Mon 2026-11-23 09:00 or +90m"),
    "nothing": ("", "`` is no time; write it like"),
    "a number": (9, "`9` is no time; write it like"),
    "no hour": ("25:00", "`25:00` is no time that there is"),
    "no date": ("2026-02-30 09:00", "`2026-02-30 09:00` is no time that there is"),
    "no weekday": ("Die 09:00", "`Die` in `Die 09:00` is no weekday; write one of: mon, tue"),
    "a date alone": ("2026-11-23", "`2026-11-23` is no time; write"),
    "a plus alone": ("+", "`+` is no time"),
    "no unit": ("+90", "`+90` is no time"),
    "too far": ("3026-11-23 09:00", "`3026-11-23 09:00` is too far away; write a year from"),
}


@pytest.mark.parametrize(("written", "told"), NO_TIMES.values(), ids=NO_TIMES)
def test_what_is_no_time(written: object, told: str) -> None:
    """Is refused with what to write."""
    with pytest.raises(Fault) as caught:
        parse_when(written)
    assert str(caught.value).startswith(told)


NOT_THEN = {
    "before the line above": ("09:00", "`09:00` is before the line above (Mon 2026-11-23 10:00); write the lines in"),
    "an earlier date": ("2026-11-22 12:00", "`2026-11-22 12:00` is before the line above"),
    "another weekday": ("Tue 2026-12-24 17:00", "2026-12-24 is a Thursday; write Thu 2026-12-24"),
    "skipped by the clock": (
        "2027-03-28 02:30",
        "`2027-03-28 02:30`: on 2027-03-28 the clock of Europe/Paris jumps over 02:30; write a time an hour",
    ),
}


@pytest.mark.parametrize(("written", "told"), NOT_THEN.values(), ids=NOT_THEN)
def test_what_cannot_be_then(written: str, told: str) -> None:
    """Is refused with what to write."""
    with pytest.raises(Fault) as caught:
        resolve(parse_when(written), BEFORE, PARIS)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("written", ["09:00", "Tue 09:00", "+1h"])
def test_a_story_begins_on_a_date(written: str) -> None:
    """Nothing else says which day it is."""
    with pytest.raises(Fault, match="write the date"):
        resolve(parse_when(written), None, PARIS)


@given(
    st.integers(1_600_000_000, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_what_a_clock_shows_is_read_back(at: datetime, zone: str) -> None:
    """Any instant, as that zone's clock shows it, is that instant, or the first of the two that look the same."""
    local = at.astimezone(ZoneInfo(zone))
    read = resolve(parse_when(f"{local:%a %Y-%m-%d %H:%M:%S}"), None, ZoneInfo(zone))
    assert read.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)
    assert read <= at
    assert read == at or local.fold == 1
