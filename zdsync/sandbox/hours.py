"""Conditions on how long something has lasted, as automations and views have them: `PENDING greater_than 120`.

Hours are those of the calendar; the `…_business_hours` operators are not played. An automation looks once an hour, and
the first look after the event is its hour 0, so "greater than 96" comes true once 96 hours are full.
"""

from __future__ import annotations

from zdsync.sandbox.account import Ticket
from zdsync.sandbox.base import HOUR, Row, as_int, to_ms

STATUSES = {"OPEN": "open", "PENDING": "pending", "HOLD": "hold", "SOLVED": "solved", "CLOSED": "closed"}
FIELDS = {*STATUSES, "NEW", "assigned_at", "updated_at", "requester_updated_at", "assignee_updated_at"}
OPERATORS = {"is", "less_than", "greater_than"}


def hold(ticket: Ticket, condition: Row, now_ms: int) -> bool:
    """Is it so many hours now?"""
    span = window(ticket, condition)
    return span is not None and span[0] <= now_ms < span[1]


def window(ticket: Ticket, condition: Row) -> tuple[int, int] | None:
    """From when until before when the condition holds if nothing happens, in ms; None: not as the ticket is."""
    start, wanted = since(ticket, condition["field"]), as_int(condition.get("value"))
    if start is None or wanted is None:
        return None
    at, for_ever = start + wanted * HOUR, 1 << 62
    match condition.get("operator", "is"):
        case "greater_than":
            return at, for_ever
        case "less_than":
            return start, at
        case _:
            return at, at + HOUR


def since(ticket: Ticket, name: str) -> int | None:
    """The instant from which `name` counts, in ms; None when the ticket is not in that state."""
    row = ticket.row
    if name == "SOLVED":
        return ticket.solved_ms
    if name in STATUSES:
        return _changed(ticket, "status") if row["status"] == STATUSES[name] else None
    match name:
        case "assigned_at":
            return _changed(ticket, "assignee_id") if row["assignee_id"] is not None else None
        case "updated_at":
            return to_ms(row["updated_at"])
        case "requester_updated_at":
            return _last_by(ticket, row["requester_id"])
        case "assignee_updated_at":
            return _last_by(ticket, row["assignee_id"])
        case _:
            return to_ms(row["created_at"])


def _changed(ticket: Ticket, name: str) -> int:
    """When the field got the value that it has; a ticket that was opened with it: when it was opened."""
    for audit in reversed(ticket.audits):
        if any(event.get("field_name") == name for event in audit["events"]):
            return to_ms(audit["created_at"])
    return to_ms(ticket.row["created_at"])


def _last_by(ticket: Ticket, person: int | None) -> int | None:
    if person is None:
        return None
    return next((to_ms(audit["created_at"]) for audit in reversed(ticket.audits) if audit["author_id"] == person), None)
