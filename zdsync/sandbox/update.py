"""One audit in the making: every change to a ticket, whoever makes it, goes through `Update`.

`tickets.py` opens it with what was asked for, `rules.py` adds what the system does by itself, `triggers.py` what the
account's triggers do; `finish` then moves the stamps. An update that changes nothing leaves no audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, iso
from zdsync.sandbox.comment_html import html_of, within_comment

ID_FIELDS = frozenset(
    {
        "requester_id",
        "assignee_id",
        "group_id",
        "organization_id",
        "problem_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
    }
)
"""Their values are strings inside audit events."""


def channel(name: str, *, sender: Row | None = None, rel: str | None = None, to: str | None = None) -> Row:
    """A `via` object: `api`, `web`, `email`…"""
    source: Row = {"from": {}, "to": {}, "rel": rel}
    if name == "email" and sender is not None:
        source["from"] = {"address": sender["email"], "name": sender["name"]}
        source["to"] = {"name": "Support", "address": to}
    return {"channel": name, "source": source}


def by_rule(rule: Row, rel: str = "trigger") -> Row:
    """The `via` of what a trigger or automation did."""
    origin = {"id": rule["id"], "title": rule["title"]}
    return {"channel": "rule", "source": {"to": {}, "from": origin, "rel": rel}}


@dataclass(slots=True)
class Update:
    """What one request (or person, or automation) does to one ticket."""

    account: Account
    ticket: Ticket
    actor: Row | None
    """The person who updates: for an API call the API user, whoever the comment's author is. None: Zendesk itself."""
    via: Row
    creates: bool = False
    system: Row = field(default_factory=dict)
    """`metadata.system`, and under `flags` the trust flags of the comment."""
    custom: Row = field(default_factory=dict)
    """`metadata.custom`"""
    audit_id: int = 0
    events: list[Row] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    """What each changed field was at the beginning: triggers ask `changed`."""
    comment: Row | None = None
    """The Comment event, if there is one."""

    def __post_init__(self) -> None:
        self.audit_id = self.audit_id or self.account.new_id()

    @property
    def by_end_user(self) -> bool:
        return self.actor is not None and self.actor["role"] == "end-user"

    def value(self, name: str) -> Any:
        """A field as it is now; custom fields are named by their id."""
        if name == "satisfaction_score":
            return (self.ticket.row["satisfaction_rating"] or {}).get("score")
        return self.ticket.values.get(int(name)) if name.isdigit() else self.ticket.row[name]

    def set(self, name: str, value: Any, *, via: Row | None = None) -> bool:
        """Make a field what it should be; False when it already was, and then no event comes of it."""
        previous = self.value(name)
        if previous == value:
            return False
        self.before.setdefault(name, previous)
        if name.isdigit():
            self.ticket.values[int(name)] = value
        else:
            self.ticket.row[name] = value
        if not self.creates or via is not None:
            self.add_event(
                "Change",
                {"value": shown(name, value), "field_name": name, "previous_value": shown(name, previous)},
                via,
            )
        return True

    def add_event(self, type_: str, content: Row, via: Row | None = None) -> Row:
        event: Row = {"id": self.account.new_id(), "type": type_}
        if via is not None:
            event["via"] = via
        event.update(content)
        self.events.append(event)
        return event

    def say(
        self, body: str, *, author_id: int, public: bool, html: str | None = None, attachments: Sequence[int] = ()
    ) -> None:
        """Add the comment, with the ids of its attachments."""
        content = {
            "author_id": author_id,
            "body": body,
            "html_body": within_comment(html) if html else html_of(body),
            "plain_body": body,
            "public": public,
            "attachments": list(attachments),
            "audit_id": self.audit_id,
        }
        self.comment = self.add_event("Comment", content)

    def list_creation(self) -> None:
        """The Create events of a new ticket, in the order of recordings, after the comment and before triggers."""
        row = self.ticket.row
        names = ["subject", "requester_id", "priority", "type", "status", "organization_id", "brand_id"]
        names += ["ticket_form_id", "custom_status_id"]
        names += [name for name in ("assignee_id", "group_id", "problem_id", "external_id", "tags") if row[name]]
        for name in names:
            self.add_event("Create", {"value": shown(name, row[name]), "field_name": name})
        for field_id, value in self.ticket.values.items():
            self.add_event("Create", {"value": value, "field_name": str(field_id)})

    def as_audit(self) -> Row:
        metadata: Row = {"system": {k: v for k, v in self.system.items() if k != "flags"}, "custom": self.custom}
        if flags := self.system.get("flags"):  # trust flags stand beside `system`, not in it
            metadata |= {"flags": flags, "flags_options": {str(flag): {"trusted": False} for flag in flags}}
            metadata["trusted"] = False
        return {
            "id": self.audit_id,
            "ticket_id": self.ticket.row["id"],
            "created_at": iso(self.account.now_ms),
            "author_id": self.actor["id"] if self.actor else -1,
            "metadata": metadata,
            "events": self.events,
            "via": self.via,
        }

    def finish(self) -> Row:
        """Move the stamps and keep the audit, if anything happened. Gives the audit; empty if nothing did."""
        account, ticket = self.account, self.ticket
        if not self.events:
            self.custom = {}
            return self.as_audit()
        now_ms = account.now_ms
        audit = self.as_audit()
        ticket.audits.append(audit)
        ticket.row["updated_at"] = iso(now_ms)
        ticket.generated_ms = now_ms
        if "status" in self.before or self.creates:
            ticket.solved_ms = now_ms if ticket.row["status"] == "solved" else None
        account.journal.append((now_ms, ticket.row["id"], audit))
        return audit


def shown(name: str, value: Any) -> Any:
    """A value as audit events show it: ids as strings, everything else as it is."""
    if name in ID_FIELDS and value is not None:
        return str(value)
    return list(value) if isinstance(value, list) else value
