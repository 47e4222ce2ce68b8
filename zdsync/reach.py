"""What a decision needs to know of a campaign: whom it is for, whom it has reached; and who hears news of a problem.

Read only where a rule asks for it (`Automation.reaches`). The tickets that are linked to the problem are the record: a
contact is told if one of them is ours and has the campaign's external id. Reading 10,000 of them is a hundred calls, so
within an undisturbed sending they are read once and kept in Redis (`store/campaigns.py`). Whose notice was created
stays told there, too: one that an agent has deleted is in no list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from zdsync.audience import contacts
from zdsync.core import notices
from zdsync.core.automation import Reaches
from zdsync.core.history import Reading, was_problem
from zdsync.core.incident import incidents
from zdsync.core.model import Audit, Facts, History, Reach, Ticket, WorkClass
from zdsync.core.outage_merged import merged_in
from zdsync.core.rulebook import Rulebook
from zdsync.linked import asks, ids_of_people, on_problem
from zdsync.store.campaigns import Campaigns, Link
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import NotFound, Rejected

GO: Final = ":go:"
"""In the key of the note after which notices are sent, followed by how many contacts there were."""
_LOOKED_AT: Final = 5
"""Earlier problems of a kind among which the last campaign is looked for."""


@dataclass(frozen=True)
class Source:
    """Where it is read."""

    zendesk: Zendesk
    known: Campaigns | None = None
    """None: nothing is kept, all is read."""
    work: WorkClass = "live"
    per_minute: Callable[[datetime], float] | None = None
    """How many notices the limits let us send; None: not known."""
    updates_per_minute: Callable[[datetime], float] | None = None
    """How many of them can be told something new, likewise."""


def with_reach(facts: Facts, history: History, rulebook: Rulebook, now: datetime, source: Source) -> Facts:
    """The facts with the reach of the campaign that a rule carries on with this ticket, and with the tickets of others
    that were merged into it.

    No call where there is none. The first rule that names a campaign has it. Raises what reading raises.
    """
    facts = _with_merged(facts, history, rulebook, source)
    wanted = _wanted(facts, history, rulebook, now)
    if wanted is None:
        return facts
    problem_id = history.ticket.id
    told: dict[int, bool] = {}
    refused: frozenset[int] = frozenset()
    if wanted.campaign:
        links = ledger(problem_id, facts.own_user_ids, now, source)
        told = {link.user_id: link.bounced for link in links.values() if link.campaign == wanted.campaign}
        if source.known is not None:
            told = dict.fromkeys(source.known.told(problem_id, wanted.campaign), False) | told
            refused = source.known.refused(problem_id, wanted.campaign, wanted.tried_again)
    reach = Reach(
        contacts(wanted.audience, source.zendesk, source.known, now, source.work),
        frozenset(told),
        refused - told.keys(),
        frozenset(user_id for user_id, bounced in told.items() if bounced),
        _before(wanted.kind, history.ticket, facts.own_user_ids, source),
        running=_running(wanted, problem_id, facts, rulebook, now, source) if wanted.asks_for_another else None,
        campaign=wanted.campaign,
    )
    if source.per_minute is not None:
        reach = replace(reach, per_minute=source.per_minute(now))
    if source.updates_per_minute is not None:
        reach = replace(reach, updates_per_minute=source.updates_per_minute(now))
    return replace(facts, reach=reach)


def ledger(problem_id: int, own: Collection[int], now: datetime, source: Source) -> Mapping[int, Link]:
    """The tickets that are linked to a problem, by id: as kept, else as Zendesk has them."""
    found = source.known.ledger(problem_id, now) if source.known is not None else None
    return found if found is not None else read_ledger(problem_id, own, now, source)


def read_ledger(problem_id: int, own: Collection[int], now: datetime, source: Source) -> Mapping[int, Link]:
    """The same, as Zendesk has them now; it is kept. Zendesk may not list them where it is no problem any more."""
    try:
        found = {each.id: _link(each, own) for each in source.zendesk.incidents(problem_id, source.work)}
    except NotFound:
        return {}
    if source.known is not None:
        source.known.keep_ledger(problem_id, found, now)
    return found


def news_of(history: History, facts: Facts, rulebook: Rulebook, told: int) -> bool:
    """Whether a problem has updates after the audit `told` that its linked tickets have to hear of; False where no rule
    carries on campaigns with it."""
    if not was_problem(history):
        return False
    rules = [rule for rule in rulebook.rules if rule.automation.reaches and asks(rule, facts, history, rulebook)]
    also = [rule.automation.spreads for rule in rules if rule.automation.spreads is not None]
    fresh = [audit for audit in history.audits if audit.id > told] if rules else []
    # What we say on the problem itself is for its requester alone.
    by_others = [replace(audit, comments=()) if audit.author_id in facts.own_user_ids else audit for audit in fresh]
    return any(notices.is_news(each) for each in by_others) or any(
        spreads(audit) for spreads in also for audit in fresh
    )


def _link(ticket: Ticket, own: Collection[int]) -> Link:
    """Anybody may write an external id: only what we have submitted is a notice."""
    named = notices.contact_of(ticket.external_id) if ticket.submitter_id in own else None
    return Link() if named is None else Link(*named, notices.BOUNCED_TAG in ticket.tags)


def _with_merged(facts: Facts, history: History, rulebook: Rulebook, source: Source) -> Facts:
    """The facts with the tickets that people have merged into this one and of which notices were created: who has one
    may hear nothing more. Redis knows which these are, so that no other merge costs a call."""
    if not any(audit.merged_with for audit in history.audits):
        return facts
    if not any(rule.automation.reaches and asks(rule, facts, history, rulebook) for rule in rulebook.rules):
        return facts
    for number in sorted(merged_in(Reading(history, facts))):
        if source.known is None or source.known.has_told(number):
            with suppress(NotFound):
                facts = _with_other(number, facts, source)
    return facts


def _with_other(number: int, facts: Facts, source: Source) -> Facts:
    """The facts with another ticket and its people. Raises what reading raises."""
    ticket = source.zendesk.ticket(number, source.work).ticket
    other = History(ticket, source.zendesk.audits(number, work=source.work))
    people = source.zendesk.users(ids_of_people(ticket, other.audits), source.work)
    known = {person.id: person for person in people} | dict(facts.people)
    return replace(facts, linked={**facts.linked, number: other}, people=known)


def _wanted(facts: Facts, history: History, rulebook: Rulebook, now: datetime) -> Reaches | None:
    for rule, case in on_problem(facts, history, rulebook, now):
        if rule.automation.reaches is not None and (wanted := rule.automation.reaches(case, rule.settings)) is not None:
            return wanted
    return None


def _running(
    wanted: Reaches, problem_id: int, facts: Facts, rulebook: Rulebook, now: datetime, source: Source
) -> int | None:
    """Another problem whose major incident is running; None: there is none. One that thanks have opened is none.

    A search does not know the latest minutes, so that those which were about to begin here are looked at besides.
    """
    begun = set(source.known.begun(wanted.kind, problem_id, now)) if source.known is not None else set()
    with suppress(Rejected):  # a search that this user may not make
        query = f"tags:zdsync_{wanted.kind} ticket_type:problem status<solved"
        begun |= {each.id for each in source.zendesk.newest(query, _LOOKED_AT, source.work)}
    for number in sorted(begun - {problem_id}):
        with suppress(NotFound):
            known = _with_other(number, facts, source)
            running = (
                each for each in incidents(Reading(known.linked[number], known), rulebook.zone) if each.is_running
            )
            gone = [(each.go.at, each.go.audit_id) for each in running if each.go is not None]
            if any(wanted.older_than is None or each < wanted.older_than for each in gone):
                return number
    return None


def _before(kind: str, problem: Ticket, own: Collection[int], source: Source) -> int | None:
    """How many contacts the campaign before this one had; None: there was none, or it cannot be told."""
    known = source.known.before(kind, problem.id) if source.known is not None else None
    if known is None:
        known = (_look_up_before(kind, problem, own, source),)
        if source.known is not None:
            source.known.keep_before(kind, problem.id, *known)
    return known[0]


def _look_up_before(kind: str, problem: Ticket, own: Collection[int], source: Source) -> int | None:
    try:
        found = source.zendesk.newest(f"tags:zdsync_{kind} ticket_type:problem", _LOOKED_AT, source.work)
    except Rejected:  # a search that this user may not make
        return None
    for other in found:
        if other.id == problem.id or other.created_at > problem.created_at:
            continue
        audits = source.zendesk.audits(other.id, work=source.work)
        counts = _counts(kind, (audit for audit in audits if audit.author_id in own))
        if counts:
            return counts[-1]
    return None


def _counts(kind: str, audits: Iterable[Audit]) -> list[int]:
    keys = [key for audit in audits for key in audit.keys if key.startswith(f"{kind}:")]
    ends = [key.partition(GO)[2].partition(":")[0] for key in keys if GO in key]
    return [int(end) for end in ends if end.isascii() and end.isdigit()]
