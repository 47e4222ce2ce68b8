"""What one pass over a ticket does to the account: the first thing that its plan asks for, if the brakes let it.

The protocol's steps 5 to 7 (`reconcile.py`): the update with its merge or mails, or the next notices of a campaign, or
tasks. What rules in shadow want is only recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial

import structlog

from zdsync import campaign, preventive
from zdsync.brakes import STEADY_AGAIN, Refusal
from zdsync.clock import milliseconds
from zdsync.core.evaluate import Plan
from zdsync.core.model import History, Merge, Notices, Post, Tasks, Ticket, Update, WorkClass
from zdsync.core.notices import BOUNCED_TAG
from zdsync.core.rulebook import Rulebook
from zdsync.documents import drawn
from zdsync.parts import HELD_BACK, LEASE_MS, SETTLE, Outcome, Parts
from zdsync.post import Office, letters, send
from zdsync.store.due import Lease
from zdsync.store.shadow import Effect
from zdsync.zendesk import convert
from zdsync.zendesk.errors import Closed, Conflict, NotFound, RateLimited, Rejected, Unauthorized, Unavailable, Unclear

REFILLED_AGAIN = timedelta(seconds=30)
"""How long each of maybe a thousand linked tickets waits for an index that was emptied: every look costs two calls."""

log = structlog.get_logger()


def carry_out(
    plan: Plan,
    history: History,
    rulebook: Rulebook,
    now: datetime,
    lease: Lease,
    parts: Parts,
    *,
    work: WorkClass,
    goes_on: bool = False,
) -> Outcome:
    """The first update of the plan, or what it has instead of updates; the next one waits until the stamp's second is
    over. `work`: of the ticket as it is now. `goes_on`: what it says is the beginning of something else, as of the
    notices of a campaign. Raises what Zendesk's calls raise."""
    ticket = history.ticket
    parts.shadow.record(shadow_effects(ticket, plan, now))
    if plan.tasks is not None:
        return _open(plan.tasks, plan, ticket, rulebook, lease, parts)
    if plan.notices is not None and plan.notices.to:
        return _send(plan.notices, plan, ticket, rulebook, lease, parts)
    return _update(plan, history, rulebook, now, parts, work, goes_on)


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


def _update(
    plan: Plan, history: History, rulebook: Rulebook, now: datetime, parts: Parts, work: WorkClass, goes_on: bool
) -> Outcome:
    ticket, audits = history.ticket, history.audits
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


def _marks(update: Update) -> frozenset[str]:
    """What a refused update is remembered by: its keys, or that it changes fields only."""
    return frozenset(update.keys) or frozenset({"fields"})


def _words(plan: Plan, rules: Sequence[str | None] = ()) -> str:
    """Why: what all rules came to, or only these."""
    told = [reason for reason in plan.reasons if not rules or reason.rule in rules]
    return "; ".join(reason.words for reason in told if reason.words)
