"""JSON as Zendesk sends it, with one thing changed; and a session against a host that `responses` answers for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from zdsync.core.model import WorkClass
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import RateLimited
from zdsync.zendesk.oauth import ApiToken, Credential
from zdsync.zendesk.session import ApiSession, Hooks

BASE = "https://acme.zendesk.com"
API = f"{BASE}/api/v2"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DATE = "Tue, 24 Nov 2026 09:30:00 GMT"


def a_ticket(**changed: Any) -> dict[str, Any]:
    """Keys and their order as in a recorded reply."""
    return {
        "url": f"{API}/tickets/4013.json",
        "id": 4013,
        "external_id": None,
        "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": "2026-11-23T08:00:00Z",
        "updated_at": "2026-11-24T09:12:07Z",
        "type": None,
        "subject": "The invoice does not open",
        "raw_subject": "The invoice does not open",
        "description": "Hello",
        "priority": "high",
        "status": "open",
        "recipient": None,
        "requester_id": 21,
        "submitter_id": 21,
        "assignee_id": 7,
        "organization_id": 5,
        "group_id": 3,
        "collaborator_ids": [],
        "problem_id": None,
        "due_at": None,
        "tags": ["billing", "vip"],
        "custom_fields": [{"id": 100, "value": None}, {"id": 101, "value": "2026-11-24 12:00"}],
        "custom_status_id": 900,
        "fields": [{"id": 100, "value": None}, {"id": 101, "value": "2026-11-24 12:00"}],
        "ticket_form_id": 40,
        "brand_id": 2,
        **changed,
    }


def an_audit(**changed: Any) -> dict[str, Any]:
    """An audit of a public reply, with ids inside events as strings where Zendesk has them so."""
    return {
        "id": 555,
        "ticket_id": 4013,
        "created_at": "2026-11-24T09:12:07Z",
        "author_id": 7,
        "metadata": {"system": {"client": "x", "ip_address": "192.0.2.1"}, "custom": {}},
        "events": [a_comment()],
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        **changed,
    }


def a_comment(**changed: Any) -> dict[str, Any]:
    return {
        "id": 777,
        "type": "Comment",
        "author_id": 7,
        "body": "private words",
        "html_body": "<p>private words</p>",
        "plain_body": "private words",
        "public": True,
        "attachments": [],
        "audit_id": 555,
        **changed,
    }


def a_change(**changed: Any) -> dict[str, Any]:
    return {
        "id": 778,
        "type": "Change",
        "value": "pending",
        "field_name": "status",
        "previous_value": "open",
        **changed,
    }


@dataclass
class Seen:
    """What the hooks were told, and how long the session slept."""

    counted: list[str] = field(default_factory=list)
    asked: list[tuple[tuple[str, ...], WorkClass]] = field(default_factory=list)
    dates: list[datetime] = field(default_factory=list)
    headers: list[tuple[dict[str, str], int | None]] = field(default_factory=list)
    limited: list[RateLimited] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def hooks(self) -> Hooks:
        def gate(families: Sequence[str], work: WorkClass) -> None:
            self.asked.append((tuple(families), work))

        return Hooks(
            gate=gate,
            count=self.counted.append,
            date=self.dates.append,
            headers=lambda headers, ticket_id: self.headers.append((dict(headers), ticket_id)),
            limited=self.limited.append,
        )


def a_session(seen: Seen | None = None, base_url: str = BASE, credential: Credential | None = None) -> ApiSession:
    seen = seen or Seen()
    credential = credential or ApiToken("ada@example.com", "secret-token")
    return ApiSession(base_url, credential, now=lambda: NOW, hooks=seen.hooks(), sleep=seen.slept.append)


def a_client(seen: Seen | None = None, base_url: str = BASE) -> Zendesk:
    return Zendesk(a_session(seen, base_url))
