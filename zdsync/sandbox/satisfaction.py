"""Satisfaction surveys: what a ticket's requester was asked, and what they answered.

With `Options.satisfaction` each ticket has a score: `unoffered`, then `offered` (an automation or trigger sets
`satisfaction_score`, and its mail asks), then `good` or `bad` with a comment perhaps. A rating is a row from the offer
on. A rating says nothing about the status, and does not reopen.
"""

from __future__ import annotations

from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, iso
from zdsync.sandbox.errors import forbidden, invalid
from zdsync.sandbox.update import Update

SCORE = "satisfaction_score"
GIVEN = ("good", "bad")


def first(account: Account) -> Row | None:
    """What a new ticket has."""
    return {"score": "unoffered"} if account.options.satisfaction else None


def offer(update: Update, via: Row) -> None:
    """The action of an automation or trigger. Once offered, or rated, it stays so."""
    if update.value(SCORE) != "unoffered":
        return
    rating = _row(update.account, update.ticket, "offered")
    update.ticket.row["satisfaction_rating"] = {"score": "offered"}
    update.before.setdefault(SCORE, "unoffered")
    update.add_event("Change", {"value": "offered", "field_name": SCORE, "previous_value": "unoffered"}, via)
    update.account.satisfaction_ratings[rating["id"]] = rating


def rate(update: Update, score: str, comment: str | None) -> Row:
    """What the requester says; they may change their mind. Raises 403 and 422. Gives the rating's row."""
    row, account = update.ticket.row, update.account
    if update.actor is None or update.actor["id"] != row["requester_id"] or not update.by_end_user:
        raise forbidden("Only the end user who requested the ticket can rate it")
    if not update.actor["verified"]:
        raise forbidden("Only a verified user can rate a ticket")
    if score not in GIVEN:
        raise invalid("score", f"Score: {score} is invalid")
    if not account.options.satisfaction or not _was_solved(update.ticket):
        raise invalid("base", "Satisfaction rating: is for tickets that are or were solved")
    rating = _of_ticket(account, row["id"]) or _row(account, update.ticket, score)
    rating.update(score=score, assignee_id=row["assignee_id"], group_id=row["group_id"], updated_at=iso(account.now_ms))
    rating["comment"] = comment or rating["comment"]
    account.satisfaction_ratings[rating["id"]] = rating
    update.before.setdefault(SCORE, update.value(SCORE))
    row["satisfaction_rating"] = {key: rating[key] for key in ("id", "score", "comment")}
    told = {"score": score, "assignee_id": row["assignee_id"], "body": rating["comment"]}
    update.add_event("SatisfactionRating", told)
    return rating


def _was_solved(ticket: Ticket) -> bool:
    changes = (event for audit in ticket.audits for event in audit["events"] if event.get("field_name") == "status")
    return any(event["value"] == "solved" for event in changes)


def _of_ticket(account: Account, ticket_id: int) -> Row | None:
    return next((row for row in account.satisfaction_ratings.values() if row["ticket_id"] == ticket_id), None)


def _row(account: Account, ticket: Ticket, score: str) -> Row:
    return {
        "url": "",
        "id": account.new_id(),
        "assignee_id": ticket.row["assignee_id"],
        "group_id": ticket.row["group_id"],
        "requester_id": ticket.row["requester_id"],
        "ticket_id": ticket.row["id"],
        "score": score,
        "created_at": iso(account.now_ms),
        "updated_at": iso(account.now_ms),
        "comment": None,
        "reason": None,
    }
