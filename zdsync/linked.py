"""What a decision needs to know of other tickets and of mail that was set aside: read only where a rule asks for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.automation import Case
from zdsync.core.history import Reading, was_problem
from zdsync.core.model import Audit, Facts, History, Person, Ticket, WorkClass
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.suspended import Suspended, key_of, naming
from zdsync.core.when import check
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import NotFound, Rejected, Unavailable

AT_ONCE = 5
"""So many mails are read for one decision; the others have their turn once something was said of these."""

KEPT: Final = timedelta(seconds=10)
"""So long a process goes by what it has read of a problem: a thousand notices are looked at one after the other."""


@dataclass(frozen=True, slots=True)
class Other:
    """A ticket whose public comments may be passed on, as it was read."""

    history: History
    texts: Mapping[int, str] = field(repr=False)
    people: Mapping[int, Person]
    read_at: datetime


@dataclass
class Kept:
    """What this process has just read of problems. `newest` tells the last audit that somebody has seen of one and
    hinted its tickets for: what was read before that is not gone by, so that nobody is looked at in vain."""

    newest: Callable[[int], int] = lambda number: 0
    _others: dict[int, Other] = field(default_factory=dict)

    def read(self, number: int, zendesk: Zendesk, now: datetime, work: WorkClass) -> Other:
        """As kept, or read now. Raises what reading raises, and `Unavailable` where the audits lag behind `newest`."""
        newest = self.newest(number)
        known = self._others.get(number)
        if known is not None and timedelta(0) <= now - known.read_at < KEPT and _reaches(known.history, newest):
            return known
        ticket = zendesk.ticket(number, work).ticket
        history = History(ticket, zendesk.audits(number, work=work))
        if not _reaches(history, newest):
            raise Unavailable(f"the audits of ticket {number} lag")
        people = {each.id: each for each in zendesk.users(ids_of_people(ticket, history.audits), work)}
        found = Other(history, zendesk.comments(number, work), people, now)
        others = {key: each for key, each in self._others.items() if timedelta(0) <= now - each.read_at < KEPT}
        self._others = {**others, number: found}
        return found


def with_linked(
    facts: Facts,
    history: History,
    rulebook: Rulebook,
    now: datetime,
    zendesk: Zendesk,
    work: WorkClass = "live",
    kept: Kept | None = None,
) -> Facts:
    """The facts with the other tickets that the rules want for this one, and with the words that may be passed on if
    any of them exists (`Automation.passes_on`): this ticket's first comment, or the public ones of those, whose people
    are known then too; and what rules then seek by its external id (`Automation.seeks`).

    No call where none is wanted. Raises what reading raises, but for tickets that do not exist.
    """
    opening, comments = _wanted(facts, history, rulebook, now)
    linked: dict[int, History] = {}
    texts: dict[int, str] = {}
    people: dict[int, Person] = {}
    others = kept if kept is not None else Kept()
    for number in sorted(comments):
        try:
            other = others.read(number, zendesk, now, work)
        except NotFound:
            continue
        linked[number] = other.history
        texts |= other.texts
        people |= other.people
    for number in sorted(opening - linked.keys()):
        try:
            ticket = zendesk.ticket(number, work).ticket  # before its audits, as ever
            linked[number] = History(ticket, zendesk.audits(number, work=work))
        except NotFound:
            continue
    if not linked:
        return facts
    mailed = zendesk.first_comment(history.ticket.id, work) if opening & linked.keys() else None
    facts = replace(facts, linked=linked, mailed=mailed, texts=texts, people={**people, **facts.people})
    return replace(facts, found=_found(facts, history, rulebook, now, zendesk, work))


def ids_of_people(ticket: Ticket, audits: tuple[Audit, ...]) -> list[int]:
    """Everybody who takes part in a ticket; Zendesk itself (-1) is nobody."""
    ids = {ticket.requester_id, *(audit.author_id for audit in audits)}
    ids |= {comment.author_id for audit in audits for comment in audit.comments}
    return sorted(each for each in ids if each > 0)


def _wanted(facts: Facts, history: History, rulebook: Rulebook, now: datetime) -> tuple[set[int], set[int]]:
    """The other tickets whose like gets this one's first comment, and those whose comments this one gets."""
    opening: set[int] = set()
    comments: set[int] = set()
    for rule in rulebook.rules:
        if rule.automation.wants is not None and asks(rule, facts, history, rulebook):
            found = rule.automation.wants(history, facts, now)
            (comments if rule.automation.passes_on == "comments" else opening).update(found)
    return opening, comments


def _found(
    facts: Facts, history: History, rulebook: Rulebook, now: datetime, zendesk: Zendesk, work: WorkClass
) -> Mapping[str, Ticket]:
    """What the rules seek. Anybody may write an external id: only what we have submitted counts."""
    case = Case(Reading(history, facts), facts, rulebook, now)
    wanted: set[str] = set()
    for rule in rulebook.rules:
        if rule.automation.seeks is not None and asks(rule, facts, history, rulebook):
            wanted.update(rule.automation.seeks(case, rule.settings))
    found = (each for name in sorted(wanted) for each in zendesk.tickets_by_external_id(name, work))
    return {each.external_id: each for each in found if each.external_id and each.submitter_id in facts.own_user_ids}


def _reaches(history: History, audit_id: int) -> bool:
    return not audit_id or (bool(history.audits) and history.audits[-1].id >= audit_id)


def with_set_aside(
    facts: Facts,
    history: History,
    rulebook: Rulebook,
    named_by: Callable[[int], Collection[int]],
    read: Callable[[int, int], Suspended],
) -> Facts:
    """The facts with the mail that was set aside, names this ticket and was not pointed out on it yet.

    `named_by` gives the ids of the mails that are known to name a ticket, `read` (with the ticket's id and the mail's)
    one of them as it is now: what has been recovered or deleted meanwhile is left out, and all where they may not be
    read any more. No call where no rule asks. Raises what else reading raises.
    """
    if not any(_looks_at_set_aside(rule) and asks(rule, facts, history, rulebook) for rule in rulebook.rules):
        return facts
    ids = named_by(history.ticket.id)
    said = Reading(history, facts).keys if ids else ()
    found: list[Suspended] = []
    for mail_id in sorted(mail_id for mail_id in ids if key_of(mail_id) not in said):
        if len(found) == AT_ONCE:
            break
        try:
            found.append(read(history.ticket.id, mail_id))
        except NotFound:
            continue
        except Rejected:
            break
    return replace(facts, set_aside=naming(history.ticket.id, found)) if found else facts


def wants_set_aside(rulebook: Rulebook) -> Iterator[str]:
    """The names of the rules that look at mail that was set aside."""
    return (rule.name for rule in rulebook.rules if rule.mode != "off" and _looks_at_set_aside(rule))


def _looks_at_set_aside(rule: Rule) -> bool:
    return rule.automation.needs(rule.settings).set_aside


def asks(rule: Rule, facts: Facts, history: History, rulebook: Rulebook) -> bool:
    """Whether the rule may decide something on this ticket."""
    ticket, fields = history.ticket, facts.field_ids
    return rule.mode != "off" and check(rule.when, ticket, fields).held and check(rulebook.scope, ticket, fields).held


def on_problem(facts: Facts, history: History, rulebook: Rulebook, now: datetime) -> Iterator[tuple[Rule, Case]]:
    """The rules that may decide something on what is or was a problem, with what they decide by; none on any other
    ticket, so that nothing is worked out there for what only problems have: campaigns and reports."""
    if not was_problem(history):
        return
    case = Case(Reading(history, facts), facts, rulebook, now)
    for rule in rulebook.rules:
        if asks(rule, facts, history, rulebook):
            yield rule, case
