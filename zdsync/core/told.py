"""Who was told what when: what the tickets linked to a problem hold of its messages, each by the key in its audit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.incident_report import Task
from zdsync.core.model import Audit, History

SKEW: Final = timedelta(seconds=5)
"""By so much the instants of two tickets may be out of order."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One message to many."""

    contacts: int
    organizations: int
    """Of those contacts' tickets."""
    first: datetime
    last: datetime
    last_ticket: int
    """The linked ticket that got it last, and the audit of that."""
    last_audit: int


@dataclass(frozen=True, slots=True)
class Linked:
    """Of all tickets that are linked to one problem."""

    spreads: Mapping[str, Spread] = field(default_factory=dict)
    """By the message's key: `notice:outage-14`, `relay:<comment id>`, `resolved:<audit id>`."""
    earlier: tuple[Task, ...] = ()
    """Preventive actions of reports on other problems: those that are open, and those that were done lately."""
    opened: frozenset[str] = frozenset()
    """External ids of the tasks that are known to be opened for this problem."""
    open: frozenset[int] = frozenset()
    """The tickets that are neither solved nor closed."""
    said: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By ticket, closed ones left out: the keys of what we have said there."""


def linked(
    histories: Iterable[History], own_user_ids: Collection[int], solves: Mapping[int, datetime] | None = None
) -> Linked:
    """What our audits in these tickets say. A contact with two linked tickets counts once.

    `solves`: the audits of the problem that solved it, with their instants. What Zendesk itself has copied from one of
    them to a linked ticket was told like a resolution of ours.
    """
    told: dict[str, dict[int, _Heard]] = {}
    said: dict[int, frozenset[str]] = {}
    still_open: set[int] = set()
    for history in histories:
        ticket = history.ticket
        if ticket.status != "closed":
            ours = (audit.keys for audit in history.audits if audit.author_id in own_user_ids)
            said[ticket.id] = frozenset(key for keys in ours for key in keys)
        if ticket.status not in ("solved", "closed"):
            still_open.add(ticket.id)
        for audit in history.audits:
            for key in audit.keys if audit.author_id in own_user_ids else _copied(audit, solves or {}):
                heard = _Heard(audit.at, ticket.id, audit.id, ticket.organization_id)
                first = told.setdefault(key, {}).setdefault(ticket.requester_id, heard)
                told[key][ticket.requester_id] = min(first, heard, key=_order)
    spreads = {key: _spread(times.values()) for key, times in told.items()}
    return Linked(spreads, open=frozenset(still_open), said=said)


class _Heard(NamedTuple):
    """When and where a contact has heard of something."""

    at: datetime
    ticket_id: int
    audit_id: int
    organization_id: int | None


def _order(heard: _Heard) -> tuple[datetime, int, int]:
    return heard[:3]


def _copied(audit: Audit, solves: Mapping[int, datetime]) -> tuple[str, ...]:
    """The key of the resolution that Zendesk has copied with this audit."""
    if audit.problem_id is None or not any(comment.public for comment in audit.comments):
        return ()
    before = [(at, number) for number, at in solves.items() if at <= audit.at + SKEW]
    return (f"resolved:{max(before)[1]}",) if before else ()


def _spread(heard: Collection[_Heard]) -> Spread:
    first, last = min(heard, key=_order), max(heard, key=_order)
    organizations = {each.organization_id for each in heard} - {None}
    return Spread(len(heard), len(organizations), first.at, last.at, last.ticket_id, last.audit_id)
