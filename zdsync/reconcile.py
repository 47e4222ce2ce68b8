"""How one ticket is brought to what it should be: the one imperative flow.

`tasks/reconcile.py` calls it for each ticket that it has claimed. Decisions are made in `core.evaluate`; here they are
carried out, exactly once, whatever crashes. The numbers below are the protocol's steps (`zdsync/README.md`); tests
crash after each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from zdsync.brakes import STEADY_AGAIN
from zdsync.carry_out import carry_out
from zdsync.clock import instant, milliseconds
from zdsync.core.evaluate import evaluate
from zdsync.core.history import was_problem
from zdsync.core.model import Audit, Facts, History, Person, Ticket, WorkClass
from zdsync.core.rulebook import Rulebook
from zdsync.linked import ids_of_people, with_linked, with_set_aside
from zdsync.parts import HELD_BACK, LEASE_MS, SETTLE, Outcome, Parts
from zdsync.reach import Source, news_of, read_ledger, with_reach
from zdsync.rules.current import RulesDiffer
from zdsync.store.due import Lease
from zdsync.told import with_told
from zdsync.zendesk.errors import (
    Closed,
    Conflict,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unclear,
)

PERSON_SETTLE = timedelta(seconds=5)
"""After a person's update another often follows (a comment, then the status). A P1 does not wait for it."""

SKEW = timedelta(milliseconds=250)
"""How soon at the earliest a ticket is read again that was read a moment too early."""

AFTER_UNCLEAR = timedelta(seconds=5)
"""How long a write whose reply was lost is given to land before the ticket is read again."""

AWAY = timedelta(seconds=30)
"""How long a ticket waits when Zendesk cannot be reached or does not let us in, or the rules here are not in force."""

log = structlog.get_logger()


def reconcile(lease: Lease, parts: Parts) -> Outcome:
    """Bring the leased ticket to what it should be and release it.

    1  renew the lease: the claim may be old when a batch reaches its last ticket
    2  read the ticket, then
    3  its audits, which must reach the ticket's stamp
    4  evaluate
    5  ask the brakes
    6  write, with the stamp that was read in 2; a merge that it announces is then asked for, once; where nothing is
       to be written, the next notices of a campaign are created (`campaign.py`)
    7  keep the audit of the reply; more to do: due again at once
    8  release with the next wake-up

    Never raises for what Zendesk does: every error of `zendesk.errors` becomes a named outcome. What does raise (a bug,
    Redis gone) leaves the lease to end by itself, so the ticket comes back.
    """
    started = parts.clock.now()
    if not parts.due.renew(lease, LEASE_MS):
        return _report(lease, Outcome("dropped", "the lease had ended; another worker has the ticket"), parts, started)
    try:
        outcome = _attempt(lease, parts)
    except Closed as error:
        outcome = Outcome("removed", str(error))
    except RateLimited as error:
        until = parts.clock.now() + error.retry_after
        outcome = Outcome("later", str(error), until, until, work=lease.work)
    except Conflict as error:
        outcome = Outcome("later", str(error), parts.clock.now() + SETTLE, work=lease.work)
    except Unclear as error:
        outcome = Outcome("later", str(error), parts.clock.now() + AFTER_UNCLEAR, work=lease.work)
    except (NotFound, Unavailable, Unauthorized, RulesDiffer) as error:
        outcome = Outcome("later", str(error), parts.clock.now() + AWAY, work=lease.work)
    except Rejected as error:
        log.error("zendesk refuses to let us read", ticket=lease.ticket_id, why=str(error))
        outcome = Outcome("later", str(error), parts.clock.now() + HELD_BACK, work=lease.work)
    _release(lease, outcome, parts)
    return _report(lease, outcome, parts, started)


def _attempt(lease: Lease, parts: Parts) -> Outcome:
    try:
        fetched = parts.zendesk.ticket(lease.ticket_id, lease.work)
    except NotFound as error:  # only this read tells that the ticket is gone; a user or a field may be missing too
        _lose(lease.ticket_id, parts)
        return Outcome("removed", str(error))
    ticket = fetched.ticket
    work: WorkClass = "p1" if ticket.priority == "urgent" else "live"
    if ticket.status in ("closed", "deleted"):
        if ticket.status == "deleted":
            _lose(ticket.id, parts)
        return Outcome("removed", f"the ticket is {ticket.status}")
    if fetched.date < ticket.updated_at + SETTLE:
        wake_at = _ahead(ticket.updated_at + SETTLE, parts)
        return Outcome("later", "it was written in this very second", wake_at, work=work)
    rulebook = parts.rulebook()
    own = parts.own_user_ids(rulebook)
    known = parts.cache.load(ticket.id) or ()
    quiet = ticket.updated_at + PERSON_SETTLE
    if work != "p1" and fetched.date < quiet and not _is_ours(known, ticket, own):
        return Outcome("later", "a person may still be writing", _ahead(quiet, parts), work=work)

    audits = read_audits(ticket.id, known, parts, lease.work)
    if not audits or audits[-1].at < ticket.updated_at:
        return Outcome("later", "its audits lag behind it", _look_again(ticket, fetched.date), work=work)
    parts.cache.record_echo(ticket.id, ticket.updated_at, audits[-1].id)

    people = people_of(ticket, audits, parts, lease.work)
    facts = parts.facts(rulebook, people)
    now = parts.clock.now()
    history = History(ticket, audits)
    source = Source(parts.zendesk, parts.campaigns, lease.work, parts.notices_per_minute, parts.updates_per_minute)
    _spread(history, facts, rulebook, now, source, parts)
    facts = with_linked(facts, history, rulebook, now, parts.zendesk, lease.work, parts.kept)
    facts = with_reach(facts, history, rulebook, now, source)
    facts = with_set_aside(facts, history, rulebook, parts.cache.set_aside, partial(parts.read_set_aside, lease.work))
    facts = with_told(facts, history, rulebook, now, parts.zendesk, parts.cache, parts.campaigns, lease.work)
    if not parts.clock.steady:
        # Which of the two is right is not known yet. Looking too early costs a call, looking too late a deadline.
        return Outcome("later", "the clock has jumped", min(now, fetched.date) + STEADY_AGAIN, work=work)
    plan = evaluate(history, facts, rulebook, now)
    return carry_out(plan, history, rulebook, now, lease, parts, work=work, goes_on=facts.reach is not None)


def _lose(ticket_id: int, parts: Parts) -> None:
    """A deleted ticket passes nothing on any more, and agents cannot be told on it: the operator is told, once. Whether
    it was over already cannot be read."""
    if parts.campaigns.lose(ticket_id):
        parts.metrics.count("zdsync_lost_problems_total")
        log.error(
            "a ticket that notices hang on is deleted",
            ticket=ticket_id,
            means="unless it was over, those who were told of it hear nothing more, not its end either",
            do="restore it within 30 days (Zendesk, Deleted tickets), or tell them by another problem",
        )


def _spread(history: History, facts: Facts, rulebook: Rulebook, now: datetime, source: Source, parts: Parts) -> None:
    """What is new on a problem concerns the tickets that are linked to it: they are due. A crash in here repeats it."""
    told = parts.campaigns.spread(history.ticket.id).told if was_problem(history) else 0
    if not news_of(history, facts, rulebook, told):
        return
    problem_id, newest = history.ticket.id, history.audits[-1].id
    parts.campaigns.see(problem_id, newest)
    # Zendesk may list none of what is no problem any more; else it is read anew: an agent may just have linked one.
    linked = parts.campaigns.linked(problem_id) if history.ticket.type != "problem" else frozenset()
    if not linked:
        linked = frozenset(read_ledger(problem_id, facts.own_user_ids, now, source))
    parts.due.hint(sorted(linked), "live", milliseconds(now))
    parts.campaigns.keep_spread(problem_id, newest)


def read_audits(ticket_id: int, known: tuple[Audit, ...], parts: Parts, work: WorkClass) -> tuple[Audit, ...]:
    """The ticket's audits, oldest first: what is cached (perhaps nothing) plus what has come since."""
    fresh = parts.zendesk.audits(ticket_id, known[-1].id if known else None, work)
    if not fresh:
        return known
    audits = (*known, *fresh)
    parts.cache.save(ticket_id, audits)
    return audits


def people_of(ticket: Ticket, audits: tuple[Audit, ...], parts: Parts, work: WorkClass) -> Mapping[int, Person]:
    """Who they are; those that are not cached are asked of Zendesk in one call."""
    wanted = ids_of_people(ticket, audits)
    people = parts.cache.people(wanted)
    missing = [each for each in wanted if each not in people]
    if not missing:
        return people
    fetched = parts.zendesk.users(missing, work)
    parts.cache.save_people(fetched)
    return {**people, **{person.id: person for person in fetched}}


def _is_ours(known: tuple[Audit, ...], ticket: Ticket, own: frozenset[int]) -> bool:
    """Whether the ticket's last update is a known one of ours, so that nobody needs to be waited for."""
    return bool(known) and known[-1].author_id in own and known[-1].at == ticket.updated_at


def _ahead(at: datetime, parts: Parts) -> datetime:
    """Never at once: where our clock is a little ahead of Zendesk's the ticket would be read over and over."""
    return max(at, parts.clock.now() + SKEW)


def _look_again(ticket: Ticket, now: datetime) -> datetime:
    """Twice the wait so far, from two seconds to an hour: replicas catch up in moments, or somebody has to look."""
    wait = max(SETTLE, min(now - ticket.updated_at, timedelta(hours=1)))
    return now + wait


def _release(lease: Lease, outcome: Outcome, parts: Parts) -> None:
    if outcome.what == "removed":
        parts.due.remove(lease)
        return
    parts.due.release(
        lease,
        wake_ms=milliseconds(outcome.wake_at) if outcome.wake_at else None,
        not_before_ms=milliseconds(outcome.not_before) if outcome.not_before else 0,
        now_ms=milliseconds(parts.clock.now()),
        settle_ms=_ms(SETTLE),
        work=outcome.work,
    )


def _report(lease: Lease, outcome: Outcome, parts: Parts, started: datetime) -> Outcome:
    """One line per unit of work: ids and reasons, never ticket text."""
    now = parts.clock.now()
    parts.metrics.count("zdsync_reconciled_total", outcome=outcome.what)
    late = started - instant(lease.due_ms)
    parts.metrics.observe("zdsync_wake_lateness_seconds", max(0.0, late.total_seconds()))
    log.info(
        "reconciled",
        ticket=lease.ticket_id,
        outcome=outcome.what,
        did=outcome.did or None,
        why=outcome.why,
        wake_at=outcome.wake_at.isoformat() if outcome.wake_at else None,
        late_ms=max(0, _ms(late)),
        took_ms=_ms(now - started),
        at=now.isoformat(),
    )
    return outcome


def _ms(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))
