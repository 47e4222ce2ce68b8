"""What the notices of a maintenance window tell their contacts: each step that was noted on the parent, by its key.

So nobody is told twice, and nobody of what has been overtaken. A notice whose window is over is solved with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import assert_never

from zdsync.core.actions import Action, Say, SetStatus
from zdsync.core.automation import Case, Decision
from zdsync.core.history import Reading
from zdsync.core.maintenance import KIND, Step, maintenance, stamp
from zdsync.core.maintenance_calendar import calendar_file
from zdsync.core.maintenance_notices import owed, told_on
from zdsync.core.model import Audit, Enclosure, Facts, History, Ticket
from zdsync.core.notices import contact_of
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import Words


def wants(history: History, facts: Facts, now: datetime) -> Collection[int]:
    """Of a notice the window's parent ticket."""
    ticket = history.ticket
    ours = is_notice(Reading(history, facts)) and ticket.status != "closed"
    return (ticket.problem_id,) if ours and ticket.problem_id is not None else ()


def spreads(audit: Audit) -> bool:
    """A step that contacts have to hear of."""
    told = ("reminded", "started", "changed", "extended", "completed", "cancelled")
    return any(key.startswith(f"{KIND}:") and key.split(":")[2:3] and key.split(":")[2] in told for key in audit.keys)


def is_notice(reading: Reading) -> bool:
    """A notice of ours; an agent may have made it a request again, or its contact by an answer."""
    ticket, contact = reading.ticket, contact_of(reading.ticket.external_id)
    ours = reading.creation is None or reading.is_ours(reading.creation)
    return contact is not None and ours and ticket.problem_id is not None and contact[0].startswith(f"{KIND}-")


def telling(case: Case) -> Decision:
    """What was noted on the parent since, told to the notice's contact; once the window is over the notice is solved,
    unless it has become a request."""
    reading, ticket = case.reading, case.reading.ticket
    history = case.facts.linked.get(ticket.problem_id or 0)
    read = maintenance(Reading(history, case.facts)) if history is not None else None
    if history is None or read is None:
        return Decision("parent-unknown", "the ticket of its window cannot be read")
    steps = owed(reading, read)
    if not steps:
        return Decision("told", f"its contact knows everything of the window, which is {read.state}")
    window = case.rulebook.windows.get(read.window_id)
    zone = window.zone if window else case.rulebook.zone.key
    title = window.title if window else Words({FALLBACK: history.ticket.subject})
    description = window.description if window else Words()
    person = case.facts.people.get(ticket.requester_id)
    number = max(told_on(reading), default=0)
    known = next((each for each in reversed(read.steps) if each.number <= number), read.steps[0])
    values = {
        "title": title,
        "description": description,
        "was_start": known.start,
        "was_end": known.end,
        "planned": read.planned,
        "zone": person.time_zone if person else "UTC",
    }
    locale = person.locale if person else FALLBACK
    actions: list[Action] = []
    for step in steps:
        told = {**values, "start": step.start, "end": step.end}
        moved = step.what in ("changed", "extended", "cancelled")
        file = file_of(history.ticket, step, zone, title[locale], description[locale]) if moved else None
        actions.append(_news(step, told, (file,) if file else ()))
    if steps[-1].what in ("completed", "cancelled") and reading.kind == "notice" and ticket.status != "solved":
        actions.append(SetStatus("solved", steps[-1].at))
    words = f"its contact is told: {', '.join(step.what for step in steps)}"
    return Decision("telling", words, tuple(actions))


def _news(step: Step, values: Mapping[str, object], files: tuple[Enclosure, ...]) -> Say:
    """A step as its contacts are told of it."""
    key, since = step.key, step.at
    match step.what:
        case "reminded":
            return Say("customer", "maintenance.reminded", key, since, values, to_all=True)
        case "changed":
            return Say("customer", "maintenance.changed", key, since, values, enclosures=files, to_all=True)
        case "started":
            return Say("customer", "maintenance.started", key, since, values, to_all=True)
        case "extended":
            return Say("customer", "maintenance.extended", key, since, values, enclosures=files, to_all=True)
        case "completed":
            return Say("customer", "maintenance.completed", key, since, values, to_all=True)
        case "cancelled":
            return Say("customer", "maintenance.cancelled", key, since, values, enclosures=files, to_all=True)
        case "announced" | "sent":
            raise ValueError(f"nobody is told of {step.what} on a notice")
        case never:
            assert_never(never)


def file_of(parent: Ticket, step: Step, zone: str, title: str, description: str) -> Enclosure:
    """A calendar file. Its UID is that of the parent ticket, of which no other account has one from the same second."""
    uid = f"{parent.id}-{stamp(parent.created_at)}@zdsync"
    return calendar_file(uid, step, zone, title, description)
