"""What the notices of a maintenance window tell their contacts: each step that was noted on the parent, by its key.

So nobody is told twice, and nobody of what has been overtaken. A notice whose window is over is solved with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from zdsync.core.actions import Action, AddTag, Say, SetStatus
from zdsync.core.automation import Case, Decision
from zdsync.core.history import Reading
from zdsync.core.maintenance import KIND, Maintenance, Step, maintenance
from zdsync.core.maintenance_calendar import calendar_file
from zdsync.core.maintenance_notices import owed, told_on
from zdsync.core.model import Audit, Enclosure, Facts, History, Ticket
from zdsync.core.notices import BOUNCED_TAG, came_back_at, contact_of, is_opened_by_a_machine
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
    """What was noted on the parent since, told to the notice's contact, and what has become of the notice."""
    history = case.facts.linked.get(case.reading.ticket.problem_id or 0)
    read = maintenance(Reading(history, case.facts)) if history is not None else None
    if history is None or read is None or not read.steps:
        return Decision("parent-unknown", "the ticket of its window cannot be read")
    steps = tuple(step for step in owed(case.reading, read) if _is_news(step, case.now))
    actions: tuple[Action, ...] = (
        *_says(case, history.ticket, read, steps),
        *_status(case, read, steps),
        *_bounced(case),
    )
    if not steps:
        return Decision("told", f"its contact knows everything of the window, which is {read.state}", actions)
    return Decision("telling", f"its contact is told: {', '.join(step.what for step in steps)}", actions)


def _is_news(step: Step, now: datetime) -> bool:
    """What was held up until its time was over is none: how it ended is, and that follows."""
    if step.what in ("completed", "cancelled"):
        return True
    return now < (step.start if step.what == "reminded" else step.end)


def _says(case: Case, parent: Ticket, read: Maintenance, steps: Sequence[Step]) -> Iterator[Say]:
    window = case.rulebook.windows.get(read.window_id)
    title = window.title if window else Words({FALLBACK: parent.subject})
    description = window.description if window else Words()
    person = case.facts.people.get(case.reading.ticket.requester_id)
    number = max(told_on(case.reading), default=0)
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
    for step in steps:
        told = {**values, "start": step.start, "end": step.end}
        moved = step.what in ("changed", "extended", "cancelled")
        file = calendar_file(parent, step, locale, title, description) if moved else None
        yield _news(step, told, (file,) if file else ())


def _status(case: Case, read: Maintenance, steps: Sequence[Step]) -> Iterator[SetStatus]:
    """Of a notice that nobody has answered: it waits, and is solved with what tells that its window is over. Where an
    automatic mail has opened it, it is put back; an agent who opens one has a reason."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "notice" or not reading.audits:
        return
    by_machine = ticket.status in ("new", "open") and is_opened_by_a_machine(reading)
    since = steps[-1].at if steps else reading.audits[-1].at
    if read.is_over:
        if ticket.status != "solved" and (steps or by_machine):
            yield SetStatus("solved", since)
    elif by_machine:
        yield SetStatus("pending", since)


def _bounced(case: Case) -> Iterator[AddTag]:
    """What reaches nobody counts against the announcement, while that goes on."""
    back = came_back_at(case.reading)
    if back is not None:
        yield AddTag(BOUNCED_TAG, back)


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
