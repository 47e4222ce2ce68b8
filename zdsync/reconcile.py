"""How one ticket is brought to what it should be: the one imperative flow.

`tasks/reconcile.py` calls it for each ticket that it has claimed. Decisions are made in `core.evaluate`; here they are
carried out, exactly once, whatever crashes. The numbers below are the protocol's steps (`zdsync/README.md`); tests
crash after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from typing import Literal

import structlog

from zdsync import campaign, preventive
from zdsync.brakes import STEADY_AGAIN, Brakes, Refusal
from zdsync.clock import Clock, instant, milliseconds
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import Audit, Facts, History, Merge, Notices, Person, Post, Tasks, Ticket, Update, WorkClass
from zdsync.core.notices import BOUNCED_TAG, was_problem
from zdsync.core.rulebook import Rulebook
from zdsync.core.suspended import Suspended
from zdsync.documents import drawn
from zdsync.linked import Kept, ids_of_people, with_linked, with_set_aside
from zdsync.post import Office, letters, send
from zdsync.reach import Source, news_of, read_ledger, with_reach
from zdsync.rules.current import RulesDiffer
from zdsync.store.cache import Cache
from zdsync.store.campaigns import Campaigns
from zdsync.store.due import Due, Lease
from zdsync.store.epoch import Epoch
from zdsync.store.metrics import Metrics
from zdsync.store.shadow import Effect, Shadow
from zdsync.told import with_told
from zdsync.zendesk import convert
from zdsync.zendesk.client import Zendesk
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

SETTLE = timedelta(seconds=2)
"""Stamps have whole seconds: a ticket is left alone until its last second is surely over."""

PERSON_SETTLE = timedelta(seconds=5)
"""After a person's update another often follows (a comment, then the status). A P1 does not wait for it."""

SKEW = timedelta(milliseconds=250)
"""How soon at the earliest a ticket is read again that was read a moment too early."""

AFTER_UNCLEAR = timedelta(seconds=5)
"""How long a write whose reply was lost is given to land before the ticket is read again."""

HELD_BACK = timedelta(hours=1)
"""How long an update that Zendesk refuses is not tried again."""

AWAY = timedelta(seconds=30)
"""How long a ticket waits when Zendesk cannot be reached or does not let us in, or the rules here are not in force."""

REFILLED_AGAIN = timedelta(seconds=30)
"""How long each of maybe a thousand linked tickets waits for an index that was emptied: every look costs two calls."""

LEASE_MS = 180_000
"""Redis' own milliseconds; longer than one ticket ever takes: five calls with their time limits and repeats."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Parts:
    """What the flow works with; `wiring.py` builds it once per process."""

    clock: Clock
    due: Due
    cache: Cache
    campaigns: Campaigns
    kept: Kept
    epoch: Epoch
    zendesk: Zendesk
    brakes: Brakes
    shadow: Shadow
    metrics: Metrics
    rulebook: Callable[[], Rulebook]
    """The rulebook in force. Raises `RulesDiffer` where this process has another one."""
    own_id: Callable[[], int]
    """The user that we write as."""
    own_user_ids: Callable[[Rulebook], frozenset[int]]
    """It and its predecessors."""
    facts: Callable[[Rulebook, Mapping[int, Person]], Facts]
    """What decisions need of the account, with these people; `with_linked` adds other tickets."""
    alone: Callable[[str], AbstractContextManager[bool]]
    """Whether this process alone may do a thing by this name now."""
    updates_per_minute: Callable[[datetime], float]
    """How many tickets the account's limits let us update."""
    notices_per_minute: Callable[[datetime], float]
    """How many the account's limits let us send."""
    hands: Callable[[], tuple[Zendesk, ...]] = lambda: ()
    """Further clients, for creating several notices at a time."""
    office: Office | None = None
    """Where mails outside of Zendesk leave; None: nowhere."""

    def read_set_aside(self, work: WorkClass, ticket_id: int, mail_id: int) -> Suspended:
        """One mail that was set aside; one that is gone is not looked for on this ticket again."""
        try:
            return self.zendesk.suspended_mail(mail_id, work)
        except NotFound:
            self.cache.forget_set_aside(ticket_id, mail_id)
            raise


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pass over one ticket ended, and when it is due again."""

    what: Literal["settled", "updated", "later", "removed", "dropped"]
    why: str = ""
    wake_at: datetime | None = None
    """None: the index looks again within 24 hours by itself."""
    not_before: datetime | None = None
    """No hint makes it due earlier (a rate limit's reset)."""
    work: WorkClass = "live"
    did: tuple[str, ...] = ()


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
    parts.shadow.record(shadow_effects(ticket, plan, now))
    if plan.tasks is not None:
        return _open(plan.tasks, plan, ticket, rulebook, lease, parts)
    if plan.notices is not None and plan.notices.to:
        return _send(plan.notices, plan, ticket, rulebook, lease, parts)
    return _carry_out(plan, ticket, audits, rulebook, now, work, parts, goes_on=facts.reach is not None)


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


def _send(wanted: Notices, plan: Plan, problem: Ticket, rulebook: Rulebook, lease: Lease, parts: Parts) -> Outcome:
    """The next notices of a campaign. The problem is due again at once, behind what is urgent, until none is left."""
    if parts.rulebook().hash != rulebook.hash:
        return Outcome("later", "the rules have just changed", parts.clock.now(), work="p1")

    def may() -> Refusal | None:
        """Nor does the batch go on where it may have been stopped or cancelled meanwhile: that is looked at first."""
        refusal = _may_create(lease, parts)
        if refusal is None and (parts.due.is_hinted(lease) or parts.rulebook().hash != rulebook.hash):
            return Refusal("something has happened meanwhile", parts.clock.now())
        return refusal

    desk = campaign.Desk(
        zendesk=parts.zendesk,
        known=parts.campaigns,
        clock=parts.clock,
        metrics=parts.metrics,
        own_id=parts.own_id(),
        may=may,
        others_wait=lambda: parts.due.is_p1_due(milliseconds(parts.clock.now())),
        hands=parts.hands(),
    )
    batch = campaign.send(wanted, problem, rulebook, desk)
    did = (f"create {batch.told} notices of {wanted.campaign.name}",) if batch.told else ()
    if batch.wake_at is None:
        return Outcome("updated", _words(plan, (wanted.rule,)), parts.clock.now(), did=did)
    wake_at = batch.wake_at if plan.wake_at is None else min(batch.wake_at, plan.wake_at)
    return Outcome("updated" if did else "later", batch.why, wake_at, work="p1", did=did)


def _open(wanted: Tasks, plan: Plan, problem: Ticket, rulebook: Rulebook, lease: Lease, parts: Parts) -> Outcome:
    """The tasks for preventive actions. Afterwards the problem is due again: it says that they are open."""
    desk = preventive.Desk(
        parts.zendesk,
        parts.campaigns,
        parts.own_id(),
        parts.own_user_ids(rulebook),
        partial(_may_create, lease, parts),
    )
    if (refusal := preventive.open_tasks(wanted, problem, rulebook, desk)) is not None:
        return Outcome("later", refusal.why, refusal.until)
    did = (f"open {len(wanted.tasks)} tasks",)
    return Outcome("updated", _words(plan, (wanted.rule,)), parts.clock.now(), did=did)


def _may_create(lease: Lease, parts: Parts) -> Refusal | None:
    """Why nothing may be created now."""
    now = parts.clock.now()
    if not parts.due.renew(lease, LEASE_MS):
        return Refusal("the lease had ended; another worker has the ticket", now)
    if parts.epoch.state() != "set":
        return Refusal("the index was emptied: nothing is created until a resync has ended", now + STEADY_AGAIN)
    return parts.brakes.stopped(now)


def _carry_out(
    plan: Plan,
    ticket: Ticket,
    audits: tuple[Audit, ...],
    rulebook: Rulebook,
    now: datetime,
    work: WorkClass,
    parts: Parts,
    *,
    goes_on: bool = False,
) -> Outcome:
    """Steps 5 to 7 for the first update of the plan; the next one waits until the stamp's second is over. `goes_on`:
    what it says is the beginning of something else, as of the notices of a campaign."""
    if not plan.updates:
        return Outcome("settled", _words(plan), plan.wake_at, work=work)
    held = parts.cache.held_back(ticket.id, now)
    update = next((each for each in plan.updates if held.keys().isdisjoint(_marks(each))), None)
    if update is None:
        wake_at = min((*held.values(), *((plan.wake_at,) if plan.wake_at else ())))
        return Outcome("settled", "what is left was refused by Zendesk and is held back", wake_at, work=work)
    if parts.rulebook().hash != rulebook.hash:
        return Outcome("later", "the rules have just changed", now, work=work)
    if update.to_all and parts.epoch.state() != "set":
        why = "the index was emptied: what goes to everybody waits until a resync has ended"
        return Outcome("later", why, now + REFILLED_AGAIN, work=work)
    answer = parts.brakes.ask(ticket.id, update, rulebook, now)
    if isinstance(answer, Refusal):
        wake_at = answer.until if plan.wake_at is None else min(answer.until, plan.wake_at)
        return Outcome("later", answer.why, wake_at, work=work)

    files = update.message.enclosures if update.message is not None else ()
    try:
        mails = _letters(update.post, rulebook, now, work, parts) if update.post is not None else None
        uploads = [parts.zendesk.upload(drawn(file), work) for file in files]
        body = convert.payload(update, ticket, at=now, rulebook_hash=rulebook.hash, uploads=uploads)
        audit = parts.zendesk.update(ticket.id, body, work)
    except Rejected as error:
        parts.brakes.give_back(answer)
        return _hold_back(update, ticket.id, error, now, work, parts)
    except (Closed, Conflict, NotFound, RateLimited, Unauthorized, Unavailable):
        parts.brakes.give_back(answer)  # it certainly was not applied
        raise
    except Unclear as error:
        if update.post is not None:  # if it was applied nothing is mailed for it again
            log.error("mails may be lost", ticket=ticket.id, mails=len(update.post.to), why=str(error))
        raise
    if audit is not None:
        parts.cache.save(ticket.id, (*audits, audit))
    if BOUNCED_TAG in update.add_tags and ticket.problem_id is not None:
        parts.campaigns.mark_bounced(ticket.problem_id, ticket.id)
    if update.merge is not None:
        _merge(update.merge, ticket.id, work, parts)
    if mails is not None and update.post is not None and parts.office is not None:
        _mail(mails, len(update.post.to), ticket.id, parts, parts.office)
    for key in update.keys:
        parts.metrics.count("zdsync_messages_total", kind=key.partition(":")[0])
    for rule in update.against:
        parts.metrics.count("zdsync_wrong_total", rule=rule)
        log.warning("an agent says that this was wrong", ticket=ticket.id, rule=rule, keys=update.keys)
    more = len(plan.updates) > 1 or bool(held) or update.moves_ticket or update.is_mailed or goes_on
    return Outcome(
        "updated", _words(plan, update.rules), now + SETTLE if more else plan.wake_at, work=work, did=update.words
    )


def _merge(merge: Merge, ticket_id: int, work: WorkClass, parts: Parts) -> None:
    """Ask Zendesk for the merge that the PUT has just announced. It is asked for once for each such PUT: what became of
    it is read from the tickets, and only the rule decides to announce it again."""
    try:
        parts.zendesk.merge(ticket_id, merge, work)
    except (Closed, NotFound, Rejected) as error:
        parts.metrics.count("zdsync_rejected_total")
        log.error("zendesk refuses a merge", ticket=ticket_id, into=merge.into, why=str(error))


def _letters(wanted: Post, rulebook: Rulebook, now: datetime, work: WorkClass, parts: Parts) -> list[EmailMessage]:
    """Everything that has to be known for mailing, before it is announced. Raises what reading raises."""
    assert parts.office is not None, "no decision asks for mails without a mail server"
    addresses = parts.zendesk.addresses([person.id for person in wanted.to], work)
    support = parts.zendesk.support_addresses(work)
    return letters(wanted, addresses, support, parts.office, rulebook, format_datetime(now))


def _mail(mails: list[EmailMessage], wanted: int, ticket_id: int, parts: Parts, office: Office) -> None:
    """What the PUT has just announced leaves now; whatever becomes of it, it is not tried again."""
    sent = send(mails, wanted, office)
    parts.metrics.count("zdsync_mails_total", sent.left, outcome="left")
    parts.metrics.count("zdsync_mails_total", sent.failed, outcome="failed")
    log.info("mailed", ticket=ticket_id, left=sent.left, failed=sent.failed, passed_over=sent.passed_over)


def _hold_back(
    update: Update, ticket_id: int, error: Rejected, now: datetime, work: WorkClass, parts: Parts
) -> Outcome:
    """Zendesk will not have this update: not again for an hour, and the operator is told once."""
    new = parts.cache.hold_back(ticket_id, _marks(update), now + HELD_BACK)
    parts.metrics.count("zdsync_rejected_total")
    if new:
        log.error("zendesk refuses an update", ticket=ticket_id, rules=update.rules, what=sorted(new), why=str(error))
    return Outcome("later", f"held back for an hour: {error}", now, work=work)


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


def shadow_effects(ticket: Ticket, plan: Plan, now: datetime) -> Iterator[Effect]:
    """What the rules in shadow want, an entry for each thing that would really change, be said or be created. Of a
    campaign there is one of each, on its problem: though fewer and fewer contacts have no notice yet, and whatever is
    told on thousands of these."""
    for update in plan.shadow:
        problem_id = ticket.problem_id if update.to_all else None
        where, which = (problem_id, "on each linked ticket: ") if problem_id is not None else (ticket.id, "")
        for words in update.words:
            yield Effect(where, words, ", ".join(update.rules), which + words, now, _words(plan, update.rules))
    for rule, action in plan.shadow_creates:
        yield Effect(ticket.id, action.subject, rule, action.words, now, _words(plan, (rule,)))


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


def _marks(update: Update) -> frozenset[str]:
    """What a refused update is remembered by: its keys, or that it changes fields only."""
    return frozenset(update.keys) or frozenset({"fields"})


def _words(plan: Plan, rules: Sequence[str | None] = ()) -> str:
    """Why: what all rules came to, or only these."""
    told = [reason for reason in plan.reasons if not rules or reason.rule in rules]
    return "; ".join(reason.words for reason in told if reason.words)


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
