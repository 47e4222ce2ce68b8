"""Reading who was told what when: for a report on a problem, from the tickets that are linked to it.

What the worker has seen of a notice is in its history cache, so that mostly nothing but the list of tickets is read.
Read only where a rule asks for it (`Automation.tells`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.history import Reading
from zdsync.core.incident import incidents
from zdsync.core.incident_report import Task
from zdsync.core.model import Audit, Facts, History, Ticket, WorkClass
from zdsync.core.preventive_actions import TAG, task_of
from zdsync.core.rulebook import Rulebook
from zdsync.core.told import linked
from zdsync.linked import on_problem
from zdsync.store.cache import Cache
from zdsync.store.campaigns import Campaigns
from zdsync.zendesk.client import Zendesk

LATELY: Final = timedelta(days=180)
"""So long a preventive action that is done stands in the reports after it."""

AT_ONCE: Final = 50
"""So many audits are read in one pass; the rest in the next ones."""


def with_told(
    facts: Facts,
    history: History,
    rulebook: Rulebook,
    now: datetime,
    zendesk: Zendesk,
    cache: Cache | None,
    known: Campaigns | None,
    work: WorkClass = "live",
) -> Facts:
    """The facts with what the linked tickets were told; as they are while too much of it has still to be read. Without
    a cache all is read at once. No call where no rule asks. Raises what reading raises."""
    if not _wanted(facts, history, rulebook, now):
        return facts
    problem_id = history.ticket.id
    tickets = tuple(zendesk.incidents(problem_id, work))
    found = list(_histories(tickets, zendesk, cache, work))
    if len(found) < len(tickets):
        return facts
    told = replace(
        linked(found, facts.own_user_ids, solves(history, facts, rulebook)),
        earlier=earlier(history.ticket, facts, rulebook, now, zendesk, work),
        opened=known.opened(problem_id) if known is not None else frozenset(),
    )
    return replace(facts, told=told)


def solves(history: History, facts: Facts, rulebook: Rulebook) -> Mapping[int, datetime]:
    """The audits in which staff solved the problem, with their instants."""
    found = incidents(Reading(history, facts), rulebook.zone)
    return {solve.audit_id: solve.at for one in found for solve in one.solves}


def earlier(
    problem: Ticket, facts: Facts, rulebook: Rulebook, now: datetime, zendesk: Zendesk, work: WorkClass
) -> tuple[Task, ...]:
    """Preventive actions that were decided on before this problem: the open ones, and what was done since `LATELY`."""
    tasks = f"tags:{TAG}"
    found = {
        each.id: each
        for query in (f"{tasks} status<solved", f"{tasks} status>=solved updated>{now - LATELY:%Y-%m-%d}")
        for each in zendesk.search_page(query, work=work).tickets
        if each.submitter_id in facts.own_user_ids and each.created_at < problem.created_at
    }
    return tuple(task_of(found[number], rulebook.zone) for number in sorted(found))


def _histories(
    tickets: tuple[Ticket, ...], zendesk: Zendesk, cache: Cache | None, work: WorkClass
) -> Iterator[History]:
    """As far as they may be read in one pass."""
    read = 0
    for ticket in tickets:
        audits: tuple[Audit, ...] | None = cache.load(ticket.id) if cache is not None else None
        if audits is None:
            if cache is not None and read == AT_ONCE:
                continue
            read += 1
            audits = zendesk.audits(ticket.id, work=work)
            if cache is not None:
                cache.save(ticket.id, audits)
        yield History(ticket, audits)


def _wanted(facts: Facts, history: History, rulebook: Rulebook, now: datetime) -> bool:
    return any(
        rule.automation.tells is not None and rule.automation.tells(case, rule.settings)
        for rule, case in on_problem(facts, history, rulebook, now)
    )
