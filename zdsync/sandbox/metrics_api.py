"""What Zendesk measures of a ticket, as far as an audit trail tells it: `GET /tickets/{id}/metrics`.

A reply is a public comment of an agent after the creation, whoever sits behind the agent's account; what triggers mail
is none. Values are there once their event has happened, null before. Of the documented keys those are shown that are
worked out here; minutes in business hours are those of the calendar, since the account has no schedule.
"""

from __future__ import annotations

from zdsync.sandbox import tickets
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import MINUTE, Row, to_ms
from zdsync.sandbox.http import Call, Reply, route


@route("GET /tickets/{id}/metrics")
def metrics(call: Call) -> Reply:
    ticket = tickets.get(call.account, call.id)
    return Reply(200, {"ticket_metric": of_ticket(call.account, ticket, call.url(f"/tickets/{call.id}/metrics.json"))})


def of_ticket(account: Account, ticket: Ticket, url: str) -> Row:
    replies = [at for audit in ticket.audits[1:] for at in _replies(account, audit)]
    created = ticket.row["created_at"]
    minutes = (to_ms(replies[0]) - to_ms(created)) // MINUTE if replies else None
    return {
        "url": url,
        "id": ticket.row["id"],
        "ticket_id": ticket.row["id"],
        "created_at": created,
        "updated_at": ticket.row["updated_at"],
        "replies": len(replies),
        "reply_time_in_minutes": {"calendar": minutes, "business": minutes},
    }


def _replies(account: Account, audit: Row) -> list[str]:
    """When an agent said something in public in this audit."""
    spoken = [event for event in audit["events"] if event["type"] == "Comment" and event["public"]]
    return [audit["created_at"] for event in spoken if account.users[event["author_id"]]["role"] in ("agent", "admin")]
