"""What a decision needs to know of other tickets: read from Zendesk only where a rule asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from zdsync.core.model import Facts, History, WorkClass
from zdsync.core.rulebook import Rulebook
from zdsync.core.when import check
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import NotFound


def with_linked(
    facts: Facts, history: History, rulebook: Rulebook, now: datetime, zendesk: Zendesk, work: WorkClass = "live"
) -> Facts:
    """The facts with the other tickets that the rules want for this one, and with its first comment if any exists.

    No call where none is wanted. Nothing of it is kept. Raises what reading raises, but for tickets that do not exist.
    """
    ticket = history.ticket
    wanted = {
        number
        for rule in rulebook.rules
        if rule.mode != "off" and rule.automation.wants is not None
        if check(rule.when, ticket, facts.field_ids).held and check(rulebook.scope, ticket, facts.field_ids).held
        for number in rule.automation.wants(history, facts, now)
    }
    linked: dict[int, History] = {}
    for number in sorted(wanted):
        try:
            other = zendesk.ticket(number, work).ticket  # before its audits, as ever
            linked[number] = History(other, zendesk.audits(number, work=work))
        except NotFound:
            continue
    if not linked:
        return facts
    return replace(facts, linked=linked, mailed=zendesk.first_comment(ticket.id, work))
