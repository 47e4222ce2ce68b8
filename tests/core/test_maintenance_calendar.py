"""The calendar file of a window, held against what another program reads in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from icalendar import Calendar, Event

from tests.builders import paris
from tests.core.windows import END, START, a_parent, announced, read
from zdsync.core.maintenance import Step, What
from zdsync.core.maintenance_calendar import calendar_file
from zdsync.core.windows import Words


def a_step(what: What = "announced", number: int = 1, start: str = START, end: str = END) -> Step:
    return Step(number, what, paris(start), paris(end), paris("2026-11-26 09:00"), 100)


def content(step: Step, title: str = "Upgrade", description: str = "", locale: str = "en-US") -> bytes:
    file = calendar_file(a_parent().ticket, step, locale, Words(en=title), Words(en=description))
    assert (file.name, file.content_type) == ("maintenance.ics", "text/calendar")
    assert isinstance(file.content, bytes)
    return file.content


def opened(written: bytes) -> tuple[Calendar, Event]:
    """The calendar and its one event."""
    calendar = Calendar.from_ical(written)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return calendar, event


def test_the_file_is_a_plain_calendar_object_that_invites_nobody() -> None:
    """RFC 5545: an attachment has no METHOD (3.7.2), what nobody is invited to no ORGANIZER (3.8.4.3)."""
    calendar, event = opened(content(a_step(), description="Nothing to do"))
    assert set(calendar) == {"PRODID", "VERSION"}
    assert set(event) == {
        *("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "DESCRIPTION", "TRANSP")
    }
    assert (calendar["VERSION"], event["STATUS"], event.sequence) == ("2.0", "CONFIRMED", 1)
    assert event.uid == "5000-20261126T080000Z@zdsync"


def test_the_times_are_in_utc_so_that_no_calendar_has_to_know_a_zone() -> None:
    written = content(a_step())
    assert b"DTSTART:20261206T210000Z\r\nDTEND:20261207T010000Z\r\n" in written
    assert b"TZID" not in written


@pytest.mark.parametrize(("locale", "title"), [("en", "Cancelled: Upgrade"), ("fr-CA", "Annulation\u00a0: Upgrade")])
def test_a_cancellation_cancels_that_event_and_its_title_says_so(locale: str, title: str) -> None:
    _, before = opened(content(a_step()))
    _, event = opened(content(a_step("cancelled", 4), locale=locale))
    assert (event["STATUS"], event["SUMMARY"]) == ("CANCELLED", title)
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
