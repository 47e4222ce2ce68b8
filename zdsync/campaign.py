"""How the notices of a campaign are created: one ticket for each contact, each exactly once. `reconcile` calls `send`.

Zendesk's updates have a stamp as their fence; a create has none, only an idempotency key that is forgotten after two
hours. So that no contact is told twice and none is left out, whatever crashes, repeats, overtakes or is emptied:

1  The record is the list of tickets that are linked to the problem. Who has one there with the campaign's external id
   is told, and a decision asks for nobody who is (`Facts.reach`).
2  The external id, made of campaign and contact, is the idempotency key too. A create whose reply was lost ends the
   batch and leaves it open: the next one reads the list first, and repeats only what is not there, with the same key.
   If the first one lands later after all, Zendesk gives the same ticket for it; or it refuses the key where the body
   is another one meanwhile (a promise has run out, agents have corrected a time), and the ticket is looked up.
3  What Redis keeps of the list is believed for an hour at most (`TRUSTED`) after it was read in Zendesk, and not at all
   after a batch that did not come to its end. Whatever it lacks was therefore created within the last hour, and the key
   of that still lives: a repeat finds it. This holds for any state of Redis, an old copy included.
4  Later than `LATE` after the decision that the campaign follows from, a key may be dead: then each contact is first
   looked for by the external id alone, which also finds a notice that an agent has taken from the problem meanwhile.
5  The lease is renewed before each create, and a few go out at the same time. A process that was held up finds that it
   has lost it. What remains is one that stands still for two hours just between that and its requests.
6  An index that was emptied has no epoch, and then nothing is created until a resync has ended.

Nothing here sleeps, and no batch holds a worker for long: the ticket is released, due again at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from zdsync.brakes import Refusal
from zdsync.clock import Clock
from zdsync.core import notices
from zdsync.core.model import Campaign, Notices, Person, Ticket, WorkClass
from zdsync.core.rulebook import Rulebook
from zdsync.documents import drawn
from zdsync.store.campaigns import Campaigns, Link
from zdsync.store.metrics import Metrics
from zdsync.zendesk import convert
from zdsync.zendesk.client import Zendesk
from zdsync.zendesk.errors import OtherBody, RetryLater, Unclear, ZendeskError

BATCH: Final = 100
"""So many creates, and the ticket is given back, so that others have their turn. Each batch costs two more calls: with
fewer creates these would be felt where the account's own limit binds."""

LONGEST: Final = timedelta(seconds=10)
"""Likewise after so much of the account's time."""

SOON: Final = timedelta(seconds=5)
"""When to go on where Zendesk did not say."""

LATE: Final = timedelta(minutes=90)
"""From here on the list is looked at before each create: keys live for two hours."""

CALLS_PER_NOTICE: Final = 1.05
"""What one takes of the account's budget: its create, and its share of what a batch reads. With a file one more."""

WORK: Final[WorkClass] = "live"
"""A mass sending leaves the people's share of the budget alone, and P1s of others go before it."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """What the sending works with."""

    zendesk: Zendesk
    known: Campaigns
    clock: Clock
    metrics: Metrics
    own_id: int
    """The user that we write as."""
    may: Callable[[], Refusal | None]
    """Asked before each create: why not now (the lease, the brakes, an index without an epoch)."""
    others_wait: Callable[[], bool] = lambda: False
    """Whether a P1 of somebody else's is due: then the batch ends."""
    hands: tuple[Zendesk, ...] = ()
    """Further clients: so many more are created at a time, as each takes Zendesk a while."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of one go."""

    told: int = 0
    refused: int = 0
    why: str = ""
    """Why it ended before its time; empty: it did not."""
    wake_at: datetime | None = None
    """When it may go on; None: at once."""


def send(wanted: Notices, problem: Ticket, rulebook: Rulebook, desk: Desk) -> Batch:
    """The next notices, in order. Raises nothing for what Zendesk does; what does raise leaves the batch open."""
    campaign, began = wanted.campaign, desk.clock.now()
    told = refused = 0
    why, wake_at = "", None
    unclear = False
    desk.known.open_batch(problem.id)
    at_once = 1 + len(desk.hands)
    for start in range(0, min(len(wanted.to), BATCH), at_once):
        group: list[Person] = []
        for contact in wanted.to[start : min(start + at_once, BATCH)]:
            if (refusal := _refusal(desk)) is not None:
                why, wake_at = refusal.why, refusal.until
                break
            group.append(contact)
        for contact, made in zip(group, _created(group, wanted, problem, rulebook, desk), strict=True):
            if isinstance(made, int):
                desk.known.add(problem.id, made, Link(campaign.name, contact.id))
                desk.metrics.count("zdsync_notices_total", rule=wanted.rule)
                told += 1
            elif isinstance(made, RetryLater):  # for most of them it certainly was not created
                unclear = unclear or isinstance(made, Unclear | Missing)
                again_at = desk.clock.now() + (made.after or SOON)
                why, wake_at = str(made), max(again_at, wake_at or again_at)
            else:
                refused += 1
                _refuse(campaign, contact, problem, made, desk)
        if why or desk.clock.now() - began >= LONGEST or desk.others_wait():
            break
    if not unclear:  # else the batch stays open: whether it was created is read from the list
        desk.known.close_batch(problem.id)
    return Batch(told, refused, why, wake_at)


def _refusal(desk: Desk) -> Refusal | None:
    try:
        return desk.may()
    except RetryLater as error:  # the control ticket could not be read
        return Refusal(str(error), desk.clock.now() + (error.after or SOON))


def _created(
    group: Sequence[Person], wanted: Notices, problem: Ticket, rulebook: Rulebook, desk: Desk
) -> list[int | ZendeskError]:
    """What came of each of these: the id of the notice, or what Zendesk said. They are created at the same time."""
    now = desk.clock.now()

    def one(contact: Person, zendesk: Zendesk) -> int | ZendeskError:
        try:
            return create(wanted, contact, problem, rulebook, zendesk, desk.own_id, now)
        except ZendeskError as error:
            return error

    if len(group) < 2:
        return [one(contact, desk.zendesk) for contact in group]
    with ThreadPoolExecutor(len(group) - 1) as threads:
        others = [threads.submit(one, *pair) for pair in zip(group[1:], desk.hands, strict=False)]
        return [one(group[0], desk.zendesk), *(each.result() for each in others)]


class Missing(RetryLater):
    """Zendesk knows the key, but no ticket with the external id is to be found (yet)."""


def create(
    wanted: Notices,
    contact: Person,
    problem: Ticket,
    rulebook: Rulebook,
    zendesk: Zendesk,
    own_id: int,
    now: datetime,
) -> int:
    """The id of the contact's notice, created now or before. Raises what creating raises, and `Missing`."""
    campaign = wanted.campaign
    external_id = notices.external_id(campaign.name, contact.id)
    own = rulebook.own_user_ids | {own_id}
    if now > wanted.since + LATE and (found := _look_up(external_id, own, zendesk)) is not None:
        return found
    body = convert.new_ticket(
        campaign,
        problem,
        contact,
        *texts_for(contact, campaign, rulebook),
        own_id=own_id,
        at=wanted.since,
        rulebook_hash=rulebook.hash,
        uploads=_uploaded(campaign, contact, zendesk),
    )
    try:
        return zendesk.create_ticket(body, idempotency_key=external_id, work=WORK).id
    except OtherBody as error:  # it exists; the contact's language or the problem's group is another one since, say
        found = _look_up(external_id, own, zendesk)
        if found is None:
            raise Missing(f"{error}, and there is no such ticket", timedelta(seconds=30)) from error
        return found


def texts_for(contact: Person, campaign: Campaign, rulebook: Rulebook) -> tuple[str, str]:
    """Subject and text of a contact's notice, in their language and zone."""
    values = {**campaign.values, "zone": contact.time_zone}
    subject, body = (
        rulebook.templates.render(name, contact.locale, **values) for name in (campaign.subject, campaign.body)
    )
    return subject, body


def _uploaded(campaign: Campaign, contact: Person, zendesk: Zendesk) -> list[str]:
    """The token of the file that goes with the notice. Each notice has its own: a token is good for one comment."""
    if not campaign.enclosures:
        return []
    language = contact.locale.replace("_", "-").partition("-")[0].lower()
    file = campaign.enclosures.get(language) or campaign.enclosures["en"]
    return [zendesk.upload(drawn(file), WORK)]


def _look_up(external_id: str, own: Collection[int], zendesk: Zendesk) -> int | None:
    found = zendesk.tickets_by_external_id(external_id, WORK)
    return next((each.id for each in found if each.submitter_id in own), None)


def _refuse(campaign: Campaign, contact: Person, problem: Ticket, error: Exception, desk: Desk) -> None:
    """Suspended since, or gone: the others go on. The rule decides how many of these are too many."""
    desk.metrics.count("zdsync_rejected_total")
    if desk.known.refuse(problem.id, campaign.name, contact.id, desk.clock.now()):
        log.error("zendesk refuses a notice", ticket=problem.id, contact=contact.id, why=str(error))
