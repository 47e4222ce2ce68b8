"""Whether a ticket is a customer's own request, of which they may be told something at its beginning."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from zdsync.core.automation import Case
from zdsync.core.controls import controls, latest
from zdsync.core.history import Said

LATEST: Final = timedelta(hours=24)
"""So long after its cause something is still said: not to all who ever wrote, when a rule is new or was stopped."""
_WRITTEN: Final = frozenset({"web", "email", "mobile", "mobile_sdk", "api"})
"""Channels of requests that are answered by mail; a chat or a call is a conversation already."""


class NotTheirs(Exception):
    """The ticket is nothing of which the customer is told."""

    def __init__(self, outcome: str, words: str) -> None:
        super().__init__(words)
        self.outcome = outcome
        self.words = words


def opening(case: Case, exempt_tags: tuple[str, ...]) -> Said:
    """The first words of the customer who opened the ticket and is its requester. Raises `NotTheirs`."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "request":
        raise NotTheirs("not-a-request", f"a {reading.kind} is nobody's request")
    if not ticket.tags.isdisjoint(exempt_tags) or latest(controls(reading, case.rulebook.zone), "exempt"):
        raise NotTheirs("exempt", "the ticket is exempt")
    if reading.creation is None:
        raise NotTheirs("unknown", "the history lacks the ticket's creation")
    said = next((said for said in reading.comments if said.at_creation), None)
    person = case.facts.people.get(ticket.requester_id)
    opener = case.facts.people.get(reading.creation.author_id)
    by_customer = person and opener and person.role == opener.role == "end-user" and not person.suspended
    if said is None or said.author_id != ticket.requester_id or said.by != "requester" or not by_customer:
        raise NotTheirs("not-by-the-customer", "no customer has opened it for themselves")
    if not said.public:
        raise NotTheirs("private", "no customer knows of this ticket")
    if said.automatic:
        raise NotTheirs("automatic", "a mail program has opened it")
    if ticket.channel not in _WRITTEN:
        raise NotTheirs("conversation", f"the customer came by {ticket.channel}: that is a conversation already")
    return said
