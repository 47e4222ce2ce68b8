"""The calendar file of a window, held against what another program reads in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from icalendar import Calendar, Event

from tests.builders import paris
from tests.core.windows import END, START, announced, read
from zdsync.core.maintenance import Step, What
from zdsync.core.maintenance_calendar import calendar_file

ZONE = "Europe/Paris"


def a_step(what: What = "announced", number: int = 1, start: str = START, end: str = END) -> Step:
    return Step(number, what, paris(start), paris(end), paris("2026-11-26 09:00"), 100)


def content(step: Step, zone: str = ZONE, title: str = "Upgrade", description: str = "") -> bytes:
    file = calendar_file("5000-x@zdsync", step, zone, title, description)
    assert (file.name, file.content_type) == ("maintenance.ics", "text/calendar")
    assert isinstance(file.content, bytes)
    return file.content


def opened(written: bytes) -> tuple[Calendar, Event]:
    """The calendar and its one event."""
    calendar = Calendar.from_ical(written)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return calendar, event


def test_the_file_says_when_in_the_windows_zone_with_the_rules_of_its_clocks() -> None:
    calendar, event = opened(content(a_step()))
    assert (calendar["METHOD"], calendar["VERSION"], event["STATUS"]) == ("PUBLISH", "2.0", "CONFIRMED")
    assert event["DTSTART"].params["TZID"] == ZONE
    assert (event.start, event.end) == (paris(START), paris(END))
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == [ZONE]
    assert (event.sequence, event.uid) == (1, "5000-x@zdsync")


def test_a_cancellation_cancels_that_event() -> None:
    _, before = opened(content(a_step()))
    calendar, event = opened(content(a_step("cancelled", 4)))
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event.uid, event.start) == (before.uid, before.start)
    assert event.sequence > before.sequence


CLOCKS = {
    "over the hour that comes twice": ("2026-10-24 22:00", "2026-10-25 04:00", timedelta(hours=7)),
    "over the hour that is left out": ("2027-03-27 22:00", "2027-03-28 04:00", timedelta(hours=5)),
    "over a year's end": ("2026-12-31 22:00", "2027-01-01 02:00", timedelta(hours=4)),
}


@pytest.mark.parametrize(("start", "end", "length"), CLOCKS.values(), ids=CLOCKS)
def test_the_file_is_as_long_as_the_window_over_every_clock_change(start: str, end: str, length: timedelta) -> None:
    _, event = opened(content(a_step(start=start, end=end)))
    assert cast("datetime", event.end).astimezone(UTC) - cast("datetime", event.start).astimezone(UTC) == length


@pytest.mark.parametrize("utc_hour", [0, 1])
def test_an_end_in_the_hour_that_comes_twice_is_told_beyond_doubt(utc_hour: int) -> None:
    """02:30 on the clock in Paris, first and again."""
    end = datetime(2026, 10, 25, utc_hour, 30, tzinfo=UTC)
    _, event = opened(content(replace(a_step(start="2026-10-24 22:00"), end=end)))
    assert cast("datetime", event.end).astimezone(UTC) == end


def test_the_same_step_gives_the_same_bytes() -> None:
    assert content(a_step()) == content(a_step())


def test_whatever_an_admin_writes_stays_within_its_line() -> None:
    title = "Mise à jour; a, b\nATTENDEE:mailto:x@example.com " + "é" * 200
    written = content(a_step(), title=title, description="One\nTwo")
    _, event = opened(written)
    assert event["SUMMARY"] == title
    assert "ATTENDEE" not in event
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


def test_the_number_of_the_step_is_the_sequence() -> None:
    present = read(announced()).present
    assert present is not None
    assert opened(content(present))[1].sequence == present.number
