"""Fetches what the availability figure is worked out from: problems that were declared outages, windows, their notices.

`zdsync report availability` and the status page's task call `fetch`. Only reads, a hundred notices a call; of a window
whose times have changed each notice is read by itself, since its audits tell when its contact heard of which times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from zdsync.control import external_id as control_of
from zdsync.core import availability_sources as read
from zdsync.core.announced import WindowRecord
from zdsync.core.availability import Availability, Gap, Month, Outage, Policy, availability
from zdsync.core.history import Reading
from zdsync.core.maintenance import TAG, Maintenance, campaign_of, maintenance
from zdsync.core.model import Facts, History, Person, Ticket
from zdsync.core.notices import contact_of
from zdsync.core.rulebook import Rulebook
from zdsync.core.spans import Span
from zdsync.linked import ids_of_people
from zdsync.zendesk.client import Found, Zendesk
from zdsync.zendesk.errors import NotFound

T = TypeVar("T")

OUTAGE_TAG: Final = "zdsync_outage"
"""On a problem after its notices; one that was over before is found by its priority."""
FAR_AHEAD: Final = timedelta(days=366)
"""No window is announced earlier than that."""


class Patiently(Protocol):
    def __call__(self, read: Callable[[], T], /) -> T: ...


def at_once(read: Callable[[], T]) -> T:
    return read()


@dataclass(frozen=True)
class Source:
    """Where it is read, and how."""

    zendesk: Zendesk
    rulebook: Rulebook
    facts: Callable[[Iterable[Person]], Facts]
    patiently: Patiently = at_once
    """Each call goes through it: it may wait for the account's limits."""
    shown: Callable[[Sequence[Any], str], Iterable[Any]] = lambda rows, what: rows
    """Goes through what takes long, with a word on what it is."""
    people: dict[int, Person] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    outages: tuple[Outage, ...]
    windows: tuple[WindowRecord, ...]
    gaps: tuple[Gap, ...] = ()
    """Of the probe."""
    doubts: tuple[str, ...] = ()
    """What agents have corrected and cannot be, in words."""

    def month(self, month: Month, policy: Policy, now: datetime, since: datetime) -> Availability:
        return availability(month, policy.target, self.outages, self.windows, now, since, self.gaps)


def fetch(source: Source, span: Span, now: datetime) -> Fetched:
    """Everything that concerns the span. Search is a minute or two behind; raises what reading raises."""
    outages: list[Outage] = []
    doubts: list[str] = []
    zone = source.rulebook.zone
    problems = _problems(source, span)
    for ticket in source.shown(problems, f"{len(problems)} problems"):
        if (problem := _reading(source, ticket)) is not None:
            outages += read.outages(problem, zone)
            doubts += read.doubts(problem, zone)
    seen = read.watched(_controls(source, Span(span.start, min(span.end, now))), now, zone)
    return Fetched((*outages, *seen.outages), tuple(_windows(source, span)), seen.gaps, (*doubts, *seen.doubts))


def _controls(source: Source, span: Span) -> Iterator[Reading]:
    """The control tickets on which the probe's outages are noted: what began in a month may be noted in the one before
    or after, by the edge of another zone."""
    first = span.start - timedelta(days=31)
    days = range(0, (span.end - first).days + 32, 5)
    for name in dict.fromkeys(control_of(first + timedelta(days=day)) for day in days):
        for ticket in source.patiently(partial(source.zendesk.tickets_by_external_id, name, "bulk")):
            if ticket.submitter_id in source.facts(()).own_user_ids and (found := _reading(source, ticket)):
                yield found


def _problems(source: Source, span: Span) -> list[Ticket]:
    """What was down in the span was declared, solved or corrected in it or later: the ticket has changed since."""
    since = f"updated>={span.start - timedelta(days=1):%Y-%m-%d}"
    queries = [f"ticket_type:problem tags:{OUTAGE_TAG} {since}", f"ticket_type:problem priority:urgent {since}"]
    return _found(source, queries)


def _windows(source: Source, span: Span) -> Iterator[WindowRecord]:
    known = dict(source.rulebook.windows)
    parents = _found(source, [f"ticket_type:problem tags:{TAG} created>={span.start - FAR_AHEAD:%Y-%m-%d}"])
    for ticket in source.shown(parents, f"{len(parents)} windows"):
        parent = _reading(source, ticket)
        found = maintenance(parent) if parent is not None else None
        if found is None:
            continue
        window = known.pop(found.window_id, None)
        record = read.record(found, (), window)
        if record is None or not _concerns(record, span):
            continue
        yield read.record(found, _heard(source, found), window) or record
    yield from (read.planned(window) for window in known.values() if not window.cancelled)  # then nobody was told


def _concerns(record: WindowRecord, span: Span) -> bool:
    times = [*(each.span for each in record.announcements), Span(record.start, record.end)]
    if record.began is not None:
        times.append(Span(record.began, record.ended or record.cancelled or span.end))
    return any(each.start < span.end and each.end > span.start for each in times)


def _heard(source: Source, parent: Maintenance) -> Iterator[read.Heard]:
    """Who has heard of what: of the notices that we have made for this window."""
    if not parent.promises:
        return
    own, campaign = source.facts(()).own_user_ids, campaign_of(parent.window_id)
    linked = source.patiently(lambda: list(source.zendesk.incidents(parent.ticket_id, "bulk")))
    notices = [
        each
        for each in linked
        if each.submitter_id in own and (named := contact_of(each.external_id)) and named[0] == campaign
    ]
    if len(parent.promises) == 1:
        yield from (read.heard_at_creation(each, parent) for each in notices)
        return
    for ticket in source.shown(notices, f"{len(notices)} notices of #{parent.ticket_id}"):
        if (notice := _reading(source, ticket, whose=())) is not None:
            yield read.heard_on(notice)


def _found(source: Source, queries: Iterable[str]) -> list[Ticket]:
    """Each ticket once; all pages before anything else, since a cursor is good for an hour only."""
    found: dict[int, Ticket] = {}
    for query in queries:
        cursor = ""
        while True:
            page: Found = source.patiently(partial(source.zendesk.search_page, query, cursor))
            found |= {ticket.id: ticket for ticket in page.tickets}
            cursor = page.cursor
            if not cursor:
                break
    return list(found.values())


def _reading(source: Source, ticket: Ticket, whose: Iterable[int] | None = None) -> Reading | None:
    """With its history; None for a ticket that was deleted meanwhile. `whose`: the people who matter, if not all do."""
    try:
        audits = source.patiently(partial(source.zendesk.audits, ticket.id, work="bulk"))
    except NotFound:
        return None
    ids = set(ids_of_people(ticket, audits) if whose is None else whose)
    missing = sorted(ids - source.people.keys())
    if missing:
        found = source.patiently(partial(source.zendesk.users, missing, "bulk"))
        source.people.update({person.id: person for person in found})
    people = [source.people[each] for each in sorted(ids) if each in source.people]
    return Reading(History(ticket, audits), source.patiently(lambda: source.facts(people)))
