"""The mail that the account sends. Nothing leaves the machine: tests and the demo read it in the outbox."""

from __future__ import annotations

from zdsync.sandbox.base import Row, iso_ms
from zdsync.sandbox.update import Update


def notify(update: Update, via: Row, people: list[int], subject: str, body: str) -> None:
    """The mail of a trigger or automation: one Notification event, and one mail to each recipient with an address.

    Each row of the outbox tells by its `rule`, `rel` and `cause` (the title) who sent it. Suspended users get none.
    """
    users = update.account.users
    recipients = [
        person
        for person in dict.fromkeys(people)
        if person in users and users[person]["email"] and not users[person]["suspended"]
    ]
    if not recipients:
        return
    update.add_event("Notification", {"subject": subject, "body": body, "recipients": recipients}, via)
    for person in recipients:
        update.account.emails.append(
            {
                "to": users[person]["email"],
                "to_role": users[person]["role"],
                "subject": subject,
                "body": body,
                "ticket": update.ticket.row["id"],
                "at": iso_ms(update.account.now_ms),
                "cause": via["source"]["from"]["title"],
                "rel": via["source"]["rel"],
                "rule": via["source"]["from"]["id"],
                "audit": update.audit_id,
                "actor": update.actor["id"] if update.actor else None,
            }
        )
