"""A maintenance window as a calendar file, which goes out with what contacts are told of it.

A plain calendar object of RFC 5545: nobody is invited, so it has neither METHOD (3.7.2: only together with a parameter
of the mail's Content-Type, which an attachment has not) nor ORGANIZER (3.8.4.3: not where nothing is scheduled with a
group; with one Outlook asks to accept, and Apple's Calendar has refused files). One UID for the window's life and a
SEQUENCE that grows with each step: what calendars go by that replace an entry. Some make a second one, so the title
says that the window is off, and not STATUS alone. Times are in UTC, which each calendar shows on its reader's clock.

The same values give the same bytes, so that a repeated request is equal.
"""

from __future__ import annotations

from datetime import UTC
from typing import Final

from icalendar import Calendar, Event, vText

from zdsync.core.maintenance import Step, stamp
from zdsync.core.model import Enclosure, Ticket
from zdsync.core.windows import Words

NAME: Final = "maintenance.ics"
_OFF: Final = Words(en="Cancelled: ", fr="Annulation\u00a0: ")
"""Before the title, by language."""


def calendar_file(parent: Ticket, step: Step, locale: str, title: Words, description: Words) -> Enclosure:
    """The file for what holds from the step on. `parent`: the window's ticket, whose number and second make the UID."""
    cancelled = step.what == "cancelled"
    event = Event()
    event.add("uid", f"{parent.id}-{stamp(parent.created_at)}@zdsync")
    event.add("sequence", step.number)
    event.add("dtstamp", step.at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", step.start.astimezone(UTC))
    event.add("dtend", step.end.astimezone(UTC))
    event.add("summary", f"{_OFF[locale] if cancelled else ''}{title[locale]}")
    if description[locale]:
        event.add("description", description[locale])
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # nobody's own time is taken
    calendar = Calendar()
    calendar.add("prodid", vText("-//zdsync//maintenance//EN"))
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return Enclosure(NAME, "text/calendar", bytes(calendar.to_ical()))
