"""A maintenance window as a calendar file, which goes out with what contacts are told of it.

The same values give the same bytes, so that a repeated request is equal. RFC 5545 and 5546: one UID for the window's
life, a SEQUENCE that grows with each step, METHOD:CANCEL and STATUS:CANCELLED where it is off.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from zdsync.core.maintenance import Step
from zdsync.core.model import Enclosure

NAME: Final = "maintenance.ics"
_AROUND: Final = timedelta(days=400)
"""Of the zone's clock changes: those of about a year before and after. Calendars know the zone by its name anyway."""


def calendar_file(uid: str, step: Step, zone: str, title: str, description: str = "") -> Enclosure:
    """The file for what holds from the step on. `uid`: the window's, the same for its life; `zone`: IANA name, in which
    the times are written."""
    cancelled = step.what == "cancelled"
    method = "CANCEL" if cancelled else "PUBLISH"
    event = Event()
    event.add("uid", uid)
    event.add("sequence", step.number)
    event.add("dtstamp", step.at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _written(step.start, zone))
    event.add("dtend", _written(step.end, zone))
    event.add("summary", title)
    if description:
        event.add("description", description)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # nobody's own time is taken
    calendar = Calendar()
    calendar.add("prodid", vText("-//zdsync//maintenance//EN"))
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones((step.start - _AROUND).date(), (step.end + _AROUND).date())
    content = bytes(calendar.to_ical())
    return Enclosure(NAME, "text/calendar", content)


def _written(instant: datetime, zone: str) -> datetime:
    """On the zone's clock; in UTC where that shows the same time twice, and nobody could tell which is meant."""
    local = instant.astimezone(ZoneInfo(zone))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return instant.astimezone(UTC) if twice else local
