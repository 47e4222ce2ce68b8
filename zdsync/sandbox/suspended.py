"""Mail that Zendesk sets aside: no ticket, no trigger, no webhook; it waits for an agent, and is gone after two weeks.

`acts.py` puts mail here, `suspended_api.py` shows, recovers and deletes it. A row is the API's suspended ticket;
`attachments` has ids, `_act` what is needed to make the ticket after all.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import attachments, people, tickets
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import HOUR, Row, as_int, iso, to_ms
from zdsync.sandbox.causes import CAUSES, FOR_GOOD
from zdsync.sandbox.errors import bad_request, invalid, not_found
from zdsync.sandbox.update import channel

LIFE_MS = 14 * 24 * HOUR


def hold(account: Account, act: Row, cause: int, ticket_id: int | None) -> Row:
    """Set a person's mail aside. Nobody is made a user by it, and `ticket_id` (the ticket it answers) hears nothing."""
    author = _author(account, act["as"])
    kind = str(act.get("channel") or "email")
    recipient = str(act.get("to") or account.options.support_address)
    tokens, _ = attachments.received(account, act.get("attachments") or [])
    number = account.new_id()
    row: Row = {
        "url": "",
        "id": number,
        "author": author,
        "subject": act.get("subject") or _subject(account, ticket_id),
        "content": act.get("comment") or "",
        "cause": CAUSES[cause][1],
        "cause_id": cause,
        "message_id": act.get("message_id"),
        "ticket_id": ticket_id,
        "created_at": iso(account.now_ms),
        "updated_at": iso(account.now_ms),
        "recipient": recipient,
        "via": channel(kind, sender=author, to=recipient),
        "attachments": attachments.use(account, tokens),
        "brand_id": account.default_of(account.brands),
        "error_messages": None,
        "_act": {"as": act["as"]},
    }
    account.suspended[number] = row
    account.tell(None, ticket_id, f"set mail of {author['email']} aside: {row['cause']}")
    return row


def _author(account: Account, who: Any) -> Row:
    user = account.user_by_email(who) if isinstance(who, str) and "@" in who else account.users.get(as_int(who) or 0)
    if user is not None:
        return {"id": user["id"], "name": user["name"], "email": user["email"]}
    if not isinstance(who, str) or "@" not in who:
        raise bad_request("InvalidAct", f"nobody is called {who!r}")
    return {"id": None, "name": people.name_of(who), "email": who}


def _subject(account: Account, ticket_id: int | None) -> str | None:
    return None if ticket_id is None else f"Re: {account.tickets[ticket_id].row['subject']}"


def present(account: Account) -> list[Row]:
    """What has not been recovered, deleted or given up, the oldest first."""
    return [row for row in account.suspended.values() if account.now_ms - to_ms(row["created_at"]) < LIFE_MS]


def get(account: Account, number: int) -> Row:
    row = account.suspended.get(number)
    if row is None or row not in present(account):
        raise not_found()
    return row


def recover(account: Account, row: Row, by: Row, *, keeps_requester: bool) -> Ticket:
    """The ticket or comment that the mail would have become. Raises 422 for what cannot be; then it stays here.

    `keeps_requester` False: the new ticket's requester is the agent who recovers it, as documented.
    """
    if row["cause_id"] == FOR_GOOD:
        raise invalid("base", "Requester: is a support address of this account")
    sender = people.named(account, row["_act"]["as"])
    assert sender is not None, "hold() has looked"
    ticket = account.tickets.get(row["ticket_id"] or 0)
    answers = ticket is not None and ticket.row["status"] not in ("closed", "deleted")
    author = sender if keeps_requester or answers else by
    comment: Row = {
        "body": row["content"] or " ",
        "public": True,
        "author_id": author["id"],
        "uploads": attachments.copies(account, row["attachments"]),
    }
    if ticket is not None and answers:
        tickets.update(account, ticket, {"comment": comment}, sender, row["via"])
    else:
        body = {"subject": row["subject"], "comment": comment, "requester_id": author["id"]}
        ticket, _, _ = tickets.create(account, body, author, row["via"])
    del account.suspended[row["id"]]
    return ticket
