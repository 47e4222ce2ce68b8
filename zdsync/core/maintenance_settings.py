"""What the automation `maintenance` can be told, and which window a ticket is about by it.

`maintenance_sending.py`: what comes next on a window's parent ticket; `maintenance_linked.py`: what its notices tell.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from zdsync.core.announced import NOTICE_DAYS
from zdsync.core.audience import AudienceSettings
from zdsync.core.automation import Case, SettingsModel, Tag
from zdsync.core.durations import Duration
from zdsync.core.maintenance import ticket_window, window_of
from zdsync.core.maintenance_plan import Pace
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import LONGEST, NoSuchTime, Window, Words, instant_of, written_time


class ParentTicket(SettingsModel):
    """What the parent ticket of a window of maintenance.yaml is made with."""

    group: int | None = Field(None, ge=1, description="id of the group that it belongs to")
    assignee: int | None = Field(None, ge=1, description="id of an agent")
    brand: int | None = Field(None, ge=1, description="id; notices are sent from it")
    form: int | None = Field(None, ge=1, description="id of a ticket form")
    tags: frozenset[Tag] = Field(frozenset(), description="besides zdsync_maintenance")


class TicketWindows(SettingsModel):
    """Windows that agents open as tickets, rather than in maintenance.yaml."""

    form: int | None = Field(None, ge=1, description="id of the form that such tickets have")
    tag: Tag | None = Field(None, description="a tag that such tickets have")
    start: str = Field(description="text field with the start, by the name given under the account's `fields:`")
    end: str = Field(description="likewise")
    urgent_tag: Tag = Field("urgent_maintenance", description="on such a ticket: it is not planned")


class StopIfFailed(SettingsModel):
    """Notices that are refused or come back are counted, and past this nothing more is sent."""

    at_least: int = Field(5, ge=1, description="so many")
    share: float = Field(0.1, gt=0, le=1, description="and so large a part of those that were tried")


class Settings(SettingsModel):
    audience: AudienceSettings = AudienceSettings()
    """Of windows that name none."""
    announce_days: Annotated[int, Field(ge=NOTICE_DAYS + 1, le=90)] = 10
    """So many days ahead windows are announced that do not say when: more than have to be, since mails take a while."""
    countdown: Duration | None = timedelta(minutes=15)
    """So long after the note that announces a planned window nobody is mailed, so that an agent can stop it; null: at
    once. So is what would be told too late by it, and what somebody has ordered."""
    remind_days: Annotated[int, Field(ge=1, le=6)] | None = 1
    """So many days ahead contacts are reminded; null: they are not."""
    by_itself: frozenset[Literal["start", "complete"]] = frozenset({"start", "complete"})
    """What is taken to happen at the window's times. What is left out is for agents to say."""
    ending: Duration = timedelta(minutes=15)
    """So long before the end agents are told that it is near, and how it is extended."""
    stop_if_failed: StopIfFailed = StopIfFailed()
    ticket: ParentTicket = ParentTicket()
    tickets: TicketWindows | None = None

    @property
    def pace(self) -> Pace:
        starts, completes = "start" in self.by_itself, "complete" in self.by_itself
        return Pace(self.announce_days, self.remind_days, starts, completes, self.ending, self.countdown)


def window_on(case: Case, settings: Settings) -> Window | str | None:
    """The window that the ticket is about, as it is written now; in words why that cannot be told; None for none."""
    window_id = window_of(case.reading)
    if window_id is not None and window_id in case.rulebook.windows:
        return case.rulebook.windows[window_id]
    written = settings.tickets
    return _ticket_window(case, written) if written is not None else None


def _ticket_window(case: Case, written: TicketWindows) -> Window | str | None:
    """A window that an agent has opened as a ticket. Customers may choose forms, triggers set tags: that makes none."""
    reading, ticket, creation = case.reading, case.reading.ticket, case.reading.creation
    marked = (written.form is not None and ticket.form_id == written.form) or written.tag in ticket.tags
    if not marked or ticket.problem_id is not None or creation is None or not reading.by_agent(creation):
        return None
    if ticket.type != "problem":
        return "its type is not Problem"
    zone, times = case.rulebook.zone, []
    for name in (written.start, written.end):
        value = ticket.fields.get(case.facts.field_ids.get(name, 0))
        try:
            times.append(instant_of(written_time(str(value or "")), zone))
        except NoSuchTime as error:
            return f"{name}: {error}"
    start, end = times
    if not start < end <= start + LONGEST:
        return "its end is not after its start, or more than a week after it"
    urgent = written.urgent_tag in ticket.tags
    title = Words({FALLBACK: ticket.subject})
    return Window(ticket_window(ticket.id), start, end, zone.key, title, planned=not urgent, source=f"#{ticket.id}")


def audience_of(window: Window, settings: Settings) -> AudienceSettings:
    return window.audience or settings.audience
