"""Mail that Zendesk has set aside, and why an agent should look at one: it names a ticket, or sounds like an outage.

Such mail is no ticket and nobody is told of it; after two weeks it is gone. `zdsync report suspended` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zdsync.core.intake import Kind
from zdsync.core.references import references


@dataclass(frozen=True, slots=True)
class Suspended:
    """One mail, without its text."""

    id: int
    at: datetime
    sender: str
    """The address that it claims to come from."""
    cause: str
    """Why Zendesk set it aside, in its own words."""
    subject: str
    ticket_id: int | None = None
    """The ticket that it answers."""
    kind: Kind = "request"
    """What its words tell of (`core/intake_reading.py`)."""


def reasons(mail: Suspended) -> tuple[str, ...]:
    """Why it should be looked at, the most pressing first; nothing for what may well stay there."""
    found = ["it sounds like an outage"] if mail.kind == "outage" else []
    if mail.ticket_id is not None:
        found.append(f"it answers ticket {mail.ticket_id}")
    named = [number for number in references(mail.subject) if number != mail.ticket_id]
    if named:
        found.append(f"its subject names ticket {', '.join(str(number) for number in named)}")
    return tuple(found)
