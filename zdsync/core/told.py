"""Who was told what when: what the tickets linked to a problem hold of its messages, each by the key in its audit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.incident_report import Task
from zdsync.core.model import Audit, History

SKEW: Final = timedelta(seconds=5)
"""By so much the instants of two tickets may be out of order."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One message to many."""

    contacts: int
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
    organizations: int = 0
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
    told: dict[str, dict[int, tuple[datetime, int, int]]] = {}
    organizations: set[int] = set()
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
                first = told.setdefault(key, {}).setdefault(ticket.requester_id, (audit.at, ticket.id, audit.id))
                told[key][ticket.requester_id] = min(first, (audit.at, ticket.id, audit.id))
                if ticket.organization_id is not None:
                    organizations.add(ticket.organization_id)
    spreads = {key: _spread(times.values()) for key, times in told.items()}
    return Linked(spreads, len(organizations), open=frozenset(still_open), said=said)


def _copied(audit: Audit, solves: Mapping[int, datetime]) -> tuple[str, ...]:
    """The key of the resolution that Zendesk has copied with this audit."""
    if audit.problem_id is None or not any(comment.public for comment in audit.comments):
        return ()
    before = [(at, number) for number, at in solves.items() if at <= audit.at + SKEW]
    return (f"resolved:{max(before)[1]}",) if before else ()


def _spread(times: Collection[tuple[datetime, int, int]]) -> Spread:
    last = max(times)
    return Spread(len(times), min(times)[0], last[0], last[1], last[2])
