"""The mail that the account sends. Nothing leaves the machine: tests and the demo read it in the outbox."""

from __future__ import annotations

from zdsync.sandbox import mail
from zdsync.sandbox.base import Row, iso_ms
from zdsync.sandbox.update import Update

AUTOMATIC = 4
"""Comment flag: the comment was generated automatically."""


def notify(update: Update, via: Row, people: list[int], subject: str, body: str) -> None:
    """The mail of a trigger or automation: one Notification event, and one mail to each recipient with an address.

    Each row of the outbox tells by its `rule`, `rel` and `cause` (the title) who sent it. Suspended users get none, and
    nobody an answer to what a machine has written for them.
    """
    recipients = [person for person in _reachable(update, people) if not _wrote_by_machine(update, person)]
    if recipients:
        update.add_event("Notification", {"subject": subject, "body": body, "recipients": recipients}, via)
        rule, rel = via["source"]["from"], via["source"]["rel"]
        _post(update, recipients, subject, body, {"cause": rule["title"], "rel": rel, "rule": rule["id"]})


def tell_followers(update: Update) -> None:
    """Every comment, internal ones too, goes to the ticket's followers, except to who wrote it. No rule is needed."""
    if update.comment is None:
        return
    users, author = update.account.users, update.comment["author_id"]
    agents = [user for user in update.value("follower_ids") if user in users and users[user]["role"] != "end-user"]
    recipients = _reachable(update, [user for user in agents if user != author])
    if recipients:
        subject, body = f"Re: {update.value('subject')}", update.comment["body"]
        update.add_event("FollowerNotification", {"subject": subject, "body": body, "recipients": recipients})
        _post(update, recipients, subject, body, {"cause": "Follower notification", "rel": None, "rule": None})


def _wrote_by_machine(update: Update, person: int) -> bool:
    """Their comment is flagged as automatic mail: a notification to them would have two machines talk."""
    comment = update.comment
    flagged = AUTOMATIC in update.system.get("flags", ())
    return flagged and comment is not None and comment["author_id"] == person


def _reachable(update: Update, people: list[int]) -> list[int]:
    users = update.account.users
    return [
        person
        for person in dict.fromkeys(people)
        if person in users and users[person]["email"] and not users[person]["suspended"]
    ]


def _post(update: Update, recipients: list[int], subject: str, body: str, sent_by: Row) -> None:
    users = update.account.users
    for person in recipients:
        update.account.emails.append(
            {
                "to": users[person]["email"],
                **mail.outgoing(update.account, update.ticket.row["id"]),
                "to_role": users[person]["role"],
                "subject": subject,
                "body": body,
                "ticket": update.ticket.row["id"],
                "at": iso_ms(update.account.now_ms),
                **sent_by,
                "audit": update.audit_id,
                "actor": update.actor["id"] if update.actor else None,
            }
        )
