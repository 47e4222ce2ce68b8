"""What the availability figure is worked out from, read from histories: outages, and windows with their notices.

`zdsync/reports/availability.py` fetches the histories. Outages are what `incident.py` reads, corrections included;
windows what `maintenance.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from zdsync.core import watch
from zdsync.core.announced import Announcement, Told, WindowRecord
from zdsync.core.availability import Gap, Outage
from zdsync.core.controls import controls
from zdsync.core.history import Reading
from zdsync.core.incident import incidents
from zdsync.core.incident_down import Down, corrected
from zdsync.core.maintenance import Maintenance, Step
from zdsync.core.maintenance_notices import told_on
from zdsync.core.model import Ticket
from zdsync.core.spans import Span
from zdsync.core.windows import Window


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice of a window: of which steps its contact has heard, and when."""

    ticket_id: int
    steps: Mapping[int, Told]
    """By the step's number."""


def outages(problem: Reading, zone: ZoneInfo) -> tuple[Outage, ...]:
    """Those that were declared on this ticket. `zone`: in which agents write times."""
    return tuple(
        outage_of(down, problem.ticket.id, told=one.go is not None)
        for one in incidents(problem, zone)
        for down in one.downs
    )


def outage_of(down: Down, ticket_id: int, told: bool = True) -> Outage:
    audits = (down.start_audit, *((down.end_audit,) if down.end_audit is not None else ()))
    return Outage(down.began, down.ended, ticket_id, audits, down.corrections, told=told)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the probe has seen, and not seen."""

    outages: tuple[Outage, ...]
    gaps: tuple[Gap, ...]
    doubts: tuple[str, ...]


def watched(control: Iterable[Reading], now: datetime, zone: ZoneInfo) -> Watched:
    """From the control tickets of some months. Agents set an outage right there, as on a problem."""
    tickets = tuple(control)
    noted = [
        watch.Noted(event, audit.at, ticket.ticket.id, audit.id)
        for ticket in tickets
        for key, audit in ticket.said_in.items()
        for event in [watch.read(key)]
        if event is not None
    ]
    seen, gaps = watch.intervals(noted, now)
    downs = [Down(each.span.start, None if each.is_open else each.span.end, *_ends(each.audits)) for each in seen]
    orders = sorted((order for each in tickets for order in controls(each, zone)), key=lambda order: order.audit_id)
    set_right, unused = corrected(downs, orders)
    found = (outage_of(down, each.ticket_id) for down, each in zip(set_right, seen, strict=True))
    return Watched(
        tuple(replace(outage, seen_by="probe") for outage in found),
        tuple(Gap(each.span, each.ticket_id, each.audits) for each in gaps),
        unused,
    )


def _ends(audits: tuple[int, ...]) -> tuple[int, int | None]:
    return audits[0], audits[1] if len(audits) > 1 else None


def doubts(problem: Reading, zone: ZoneInfo) -> tuple[str, ...]:
    """What agents have corrected and cannot be, in words."""
    return tuple(f"#{problem.ticket.id}: {words}" for one in incidents(problem, zone) for words in one.unused)


def heard_on(notice: Reading) -> Heard:
    """From the notice's whole history."""
    found = {number: Told(told.at, notice.ticket.id, told.audit_id) for number, told in told_on(notice).items()}
    return Heard(notice.ticket.id, found)


def heard_at_creation(notice: Ticket, parent: Maintenance) -> Heard:
    """Of a window whose times were told once only a notice says all by being there: its first audit is its creation."""
    first = parent.promises[0].number
    return Heard(notice.id, {first: Told(notice.created_at, notice.id, None)})


def record(parent: Maintenance, heard: Iterable[Heard], window: Window | None = None) -> WindowRecord | None:
    """The window of a parent ticket. `window` as `maintenance.yaml` has it; None for one that agents opened as a
    ticket, of which there is nothing to tell before its first step."""
    if (times := _times(parent, window)) is None:
        return None
    started, completed, cancelled = (parent.last(what) for what in ("started", "completed", "cancelled"))
    begun = completed or started
    steps = [step for step in parent.steps if step.what in ("started", "extended", "completed", "cancelled")]
    return WindowRecord(
        name=parent.window_id,
        start=times.start,
        end=times.end,
        ticket_id=parent.ticket_id,
        planned=parent.planned if parent.announced or window is None else window.planned,
        announcements=tuple(_announcements(parent, list(heard))),
        began=begun.start if begun else None,
        ended=completed.end if completed else None,
        cancelled=cancelled.at if cancelled else window.start if window and window.cancelled else None,
        audits=tuple(step.audit_id for step in steps),
        titles=dict(window.title) if window else {},
    )


def _times(parent: Maintenance, window: Window | None) -> Span | None:
    if window is not None:
        return Span(window.start, window.end)
    return Span(parent.present.start, parent.present.end) if parent.present else None


def planned(window: Window) -> WindowRecord:
    """One of `maintenance.yaml` for which there is no ticket yet."""
    return WindowRecord(
        name=window.id,
        start=window.start,
        end=window.end,
        planned=window.planned,
        cancelled=window.start if window.cancelled else None,
        titles=dict(window.title),
    )


def _announcements(parent: Maintenance, heard: Sequence[Heard]) -> Iterator[Announcement]:
    """Each time that times were told, with those who have heard of them before they were told of others."""
    promises = parent.promises
    for place, step in enumerate(promises):
        until = promises[place + 1].number if place + 1 < len(promises) else None
        told = {each.ticket_id: found for each in heard if (found := _first(each, step.number, until))}
        before = [each.ticket_id for each in heard if min(each.steps, default=step.number) < step.number]
        contacts = max(_contacts(parent, step), len(before)) if place else _contacts(parent, step)
        # Who had been told other times has to be told of these: somebody new does not stand in for them.
        newer = sorted(found for ticket_id, found in told.items() if ticket_id not in before)
        counted = [told[ticket_id] for ticket_id in before if ticket_id in told]
        counted += newer[: contacts - len(before)] if before else newer
        yield Announcement(step.start, step.end, step.at, contacts, tuple(counted), step.audit_id)


def _first(heard: Heard, number: int, until: int | None) -> Told | None:
    """When its contact has first heard of a step, or of a later one that tells the same times."""
    found = [told for each, told in heard.steps.items() if number <= each and (until is None or each < until)]
    return min(found, default=None)


def _contacts(parent: Maintenance, step: Step) -> int:
    """How many had to be told when it was announced: without those for whom Zendesk has refused a notice."""
    announced = parent.announced or step
    pinned = announced.contacts or 0
    sent = parent.sent
    return min(pinned, sent.contacts) if sent and sent.contacts is not None else pinned
