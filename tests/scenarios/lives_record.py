"""What the sandbox has recorded of a life of a major incident (`lives.py`), as its oracle reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from tests.scenarios.lives import Life
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.sandbox.account import Ticket


class Said(NamedTuple):
    """A public comment on a ticket."""

    at: datetime
    audit: int
    by: int
    body: str
    copied: bool
    """By Zendesk, from the problem."""


class Moment(NamedTuple):
    """How a problem was after one of its audits."""

    at: datetime
    audit: int
    by_staff: bool
    status: str
    is_major: bool
    declared: bool
    """Staff made it major by hand in this one."""
    stopped: bool
    sends: bool
    lifted: bool
    """Staff have taken the tag that stops it off."""
    wrote: bool
    """In public."""


def at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["created_at"])


def public(ticket: Ticket) -> list[Said]:
    return [
        Said(at(audit), audit["id"], event["author_id"], event["body"], is_copy(audit))
        for audit in ticket.audits
        for event in audit["events"]
        if event["type"] == "Comment" and event["public"]
    ]


def is_copy(audit: dict[str, Any]) -> bool:
    return bool((audit["via"].get("source") or {}).get("rel") == "problem")


def moments(ticket: Ticket, life: Life) -> list[Moment]:
    staff = {id_ for id_, user in life.account.users.items() if user["role"] != "end-user"} - {life.stage.own_id}
    state: dict[str, Any] = {"status": "new", "priority": None, "type": None}
    found: list[Moment] = []
    stop_at = send_at = -1
    for n, audit in enumerate(ticket.audits):
        by_staff = audit["author_id"] in staff and audit["via"]["channel"] != "rule"
        before, lifted = (state["priority"], state["type"]) == ("urgent", "problem"), False
        for event in audit["events"]:
            if event["type"] not in ("Change", "Create"):
                continue
            name, value = event["field_name"], event["value"]
            if name in state:
                state[name] = value
            elif name == "tags" and event["type"] == "Change":
                now_, then = (
                    set(v.split() if isinstance(v, str) else v or ()) for v in (value, event["previous_value"])
                )
                if STOP_TAG in now_ - then and by_staff:
                    stop_at = n
                elif STOP_TAG in then - now_:
                    stop_at, lifted = -1, by_staff
                if SEND_TAG in now_ - then and by_staff:
                    send_at = n
                elif SEND_TAG in then - now_ and by_staff:
                    send_at = -1
        is_major = (state["priority"], state["type"]) == ("urgent", "problem")
        wrote = any(event["type"] == "Comment" and event["public"] for event in audit["events"])
        found.append(
            Moment(
                at(audit),
                audit["id"],
                by_staff,
                state["status"],
                is_major,
                is_major and not before and by_staff,
                stop_at > send_at,
                send_at == n,
                lifted,
                wrote,
            )
        )
    return found


def told(life: Life) -> Iterator[str]:
    """All that stands on the tickets, to read what went wrong."""
    for number, ticket in life.account.tickets.items():
        yield f"#{number} {ticket.row['status']} {ticket.row['external_id'] or ''}"
        for audit in ticket.audits:
            for event in audit["events"]:
                what = event.get("body") or f"{event.get('field_name')} = {event.get('value')}"
                if event["type"] in ("Comment", "Change") and event.get("field_name") not in (
                    "group_id",
                    "custom_status_id",
                ):
                    kind = "public" if event.get("public") else ""
                    yield f"   {audit['created_at'][11:19]} {audit['id']} {audit['author_id']} {kind} {what[:110]!r}"
