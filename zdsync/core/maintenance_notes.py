"""What is noted on a window's parent ticket: its steps, and what agents alone have to know."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from zdsync.core.actions import Action, AddTag, Say
from zdsync.core.announced import tell_by
from zdsync.core.audience import figures
from zdsync.core.automation import Case
from zdsync.core.maintenance import TAG, TROUBLE, Maintenance, What, step_key
from zdsync.core.maintenance_plan import Next, remind_at, sent_from
from zdsync.core.maintenance_settings import Settings
from zdsync.core.notify import reaches_somebody
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import Window, Words


def noted(
    case: Case, settings: Settings, read: Maintenance, window: Window | None, following: Next, contacts: int | None
) -> tuple[Action, ...]:
    """The next step of a window. `contacts`: how many it is about, where it counts them."""
    reach = case.facts.reach
    what = next(each for each in get_args(What) if each == following.what)
    planned = window.planned if window is not None and what == "announced" else True
    key = step_key(read.next_number, what, following.start, following.end, contacts, planned)
    latest = tell_by(following.start, case.rulebook.zone)
    promise = what in ("announced", "changed") and (planned if what == "announced" else read.planned)
    zone = window.zone if window else case.rulebook.zone.key
    counted = figures(reach.contacts if reach else ())
    begins = sent_from(case.now, following.start, settings.pace, case.rulebook.zone)
    waits = what == "announced" and planned and following.order is None and begins > case.now
    reminded = remind_at(following.start, case.now, zone, settings.pace) is not None
    values = {
        "what": what,
        "title": title_of(case, window),
        "start": following.start,
        "end": following.end,
        "contacts": contacts if contacts is not None else 0,
        "organizations": counted.organizations,
        "sample": counted.sample,
        "at": begins if waits else None,
        "refused": len(reach.refused) if reach else 0,
        "planned": planned and read.planned,
        "late": promise and case.now > latest,
        "tell_by": latest,
        "ordered": following.order is not None,
        "reminder": settings.remind_days if reminded else 0,
        "zone": case.rulebook.zone.key,
    }
    note = Say("agents", "maintenance.step", key, following.since, values)
    heard = reaches_somebody(case, following.since) if waits else ()
    return (note, AddTag(TAG, following.since), *heard)


def trouble(
    case: Case,
    what: str,
    fact: int | str,
    since: datetime,
    about: Next | None = None,
    window: Window | None = None,
    why: str = "",
    contacts: int = 0,
) -> tuple[Action, ...]:
    """A note for agents alone, once for each fact, which reaches somebody."""
    key = trouble_key(what, fact)
    if key in case.reading.keys:
        return ()
    values = {
        "what": what,
        "title": title_of(case, window),
        "start": about.start if about else since,
        "end": about.end if about else since,
        "why": about.why if about and about.why else why,
        "order": about.order.verb if about and about.order else "",
        "contacts": contacts,
        "zone": case.rulebook.zone.key,
    }
    return (Say("agents", "maintenance.trouble", key, since, values), *reaches_somebody(case, since))


def trouble_key(what: str, fact: int | str) -> str:
    return f"{TROUBLE}:{fact}:{what.replace(' ', '-')}"


def title_of(case: Case, window: Window | None) -> Words:
    return window.title if window is not None else Words({FALLBACK: case.reading.ticket.subject})
