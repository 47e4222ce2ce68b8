"""What happened on a ticket, as the account itself has it: raw audits and mails, with as little code as will do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from tests.scenarios.month.phrases import Label, Piece, contents, meaning

Raw = Mapping[str, Any]
Who = Literal["agent", "requester", "other", "us", "machine"]
AUTOMATIC = 4
"""Zendesk's flag of a comment that a mail program has sent by itself."""
COMMAND = re.compile(r"/zdsync (.*)")


class Mailed(NamedTuple):
    """A mail with a reference in its subject, as its sender meant it."""

    names: tuple[int, ...]
    """Tickets that there are."""
    clear: bool
    """One ticket, and the sender, who is sure, belongs to it; nothing else is odd about the mail."""


class Customer(NamedTuple):
    """Who has opened a ticket, or for whom it was opened."""

    email: str
    locale: str
    zone: str
    has_phone: bool


NOBODY = Customer("", "en", "UTC", False)


@dataclass(frozen=True)
class Event:
    """One audit."""

    id: int
    at: datetime
    """Its stamp: whole seconds."""
    who: Who
    public: bool = False
    """It has a public comment."""
    note: bool = False
    """It has an internal one."""
    says: Label | None = None
    """What a public comment of a customer means, by what whoever wrote it had in mind."""
    command: str = ""
    creates: bool = False
    statuses: tuple[tuple[str, bool], ...] = ()
    """What the status became, in order; True: a trigger did it."""
    custom_status: int | None = None
    """Set by hand, or by us."""
    priority: str | None = None
    tags: frozenset[str] | None = None
    """All tags after it, if it changed any."""
    tags_of_rule: frozenset[str] = frozenset()
    """Those that a trigger added."""
    keys: tuple[str, ...] = ()
    asks_by_mail: bool = False
    """Within it, a trigger mailed our question."""
    tells: Sequence[Collection[Piece]] = ()
    """What a public comment of a customer tells of their request, as its writer had it in mind."""
    files: int = 0
    merged_with: int | None = None
    """It is what a merge does: with this other ticket."""
    unanswerable: bool = False
    """A mail program sent it, and Zendesk has flagged it as such: it mails nobody an answer."""


@dataclass(frozen=True)
class Life:
    """A ticket's events, oldest first, and what they began with."""

    ticket: int
    type: str | None
    events: tuple[Event, ...]
    closed: bool
    customer: Customer = NOBODY
    mailed: Mailed | None = None


def lives(account: Any, us: int, ask_rules: frozenset[int], mailed: Mapping[int, Mailed]) -> Iterator[Life]:
    """Every ticket that people opened. `ask_rules`: the triggers that mail the question; `mailed`: which of the tickets
    are mails that name another one."""
    asked = {mail["audit"] for mail in account.emails if mail["rule"] in ask_rules}
    agents = {user["id"] for user in account.agents()}
    for number, ticket in account.tickets.items():
        if str(ticket.row["external_id"] or "").startswith("zdsync-"):
            continue
        requester = ticket.row["requester_id"]
        events = tuple(
            _event(audit, requester, agents, us, index == 0, audit["id"] in asked)
            for index, audit in enumerate(ticket.audits)
        )
        person = account.users[requester]
        customer = Customer(
            person["email"], str(person["locale"])[:2], person["iana_time_zone"], bool(person.get("phone"))
        )
        closed = ticket.row["status"] == "closed"
        yield Life(number, ticket.row["type"], events, closed, customer, mailed.get(number))


def _event(audit: Raw, requester: int, agents: set[int], us: int, creates: bool, asks_by_mail: bool) -> Event:
    author, rows = audit["author_id"], audit["events"]
    who: Who = "machine" if author < 0 else "us" if author == us else "agent" if author in agents else "other"
    if author == requester:
        who = "requester"
    comment = next((row for row in rows if row["type"] == "Comment"), None)
    public = comment is not None and bool(comment["public"])
    says = meaning(str(comment["body"])) if comment and public and who in ("requester", "other") else None
    found = COMMAND.match(str(comment["body"])) if comment and not public and who == "agent" else None
    changes = [row for row in rows if row["type"] in ("Change", "Create")]
    custom = [row["value"] for row in changes if row["field_name"] == "custom_status_id" and not _of_rule(row)]
    tags = [row for row in changes if row["field_name"] == "tags"]
    source = (audit["via"] or {}).get("source") or {}
    return Event(
        id=audit["id"],
        at=datetime.fromisoformat(audit["created_at"]),
        who=who,
        public=public,
        note=comment is not None and not public,
        says=says,
        command=found[1].strip() if found else "",
        creates=creates,
        statuses=tuple((str(row["value"]), _of_rule(row)) for row in changes if row["field_name"] == "status"),
        custom_status=int(custom[-1]) if custom and custom[-1] else None,
        priority=next((row["value"] for row in reversed(changes) if row["field_name"] == "priority"), None),
        tags=frozenset(tags[-1]["value"]) if tags else None,
        tags_of_rule=frozenset(tag for row in tags if _of_rule(row) for tag in _added(row)),
        keys=tuple(str((audit["metadata"].get("custom") or {}).get("zdsync_keys", "")).split()),
        asks_by_mail=asks_by_mail,
        tells=contents(str(comment["body"])) if comment and says else (),
        files=len(comment["attachments"]) if comment and says else 0,
        merged_with=source["from"]["ticket_id"] if source.get("rel") == "merge" else None,
        unanswerable=AUTOMATIC in ((audit["metadata"].get("system") or {}).get("flags") or ()),
    )


def _of_rule(row: Raw) -> bool:
    return bool((row.get("via") or {}).get("channel") == "rule")


def _added(row: Raw) -> set[str]:
    return set(row["value"]) - set(row.get("previous_value") or ())


def kind(key: str) -> str:
    """`warn:first_reply` for `warn:6130000000042:first_reply`; each lapse and reminder is one kind."""
    parts: Sequence[str] = [part for part in key.split(":") if not part.isdigit()]
    return ":".join(parts) if len(parts) > 1 else parts[0] + (":lapse" if key.startswith("cadence:") else "")
