"""Builds the parts from the settings, once per process: who talks to whom is decided here and nowhere else.

The tasks, the web apps and the command line call it. Nothing is sent while wiring: what needs an answer from Zendesk
(who we are, which fields there are) is asked when it is first used, so a process starts also while Zendesk is away.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog
from redis import Redis

from zdsync.brakes import Brakes
from zdsync.campaign import CALLS_PER_NOTICE
from zdsync.clock import AccountClock, Clock, SandboxClock, milliseconds
from zdsync.control import keep_control, read_control
from zdsync.core.links import Links
from zdsync.core.model import Facts, Person, WorkClass
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.linked import Kept
from zdsync.parts import Parts
from zdsync.post import Office
from zdsync.provision.collisions import mails_on_creation
from zdsync.provision.mails import mailers, wanting
from zdsync.rules.current import CurrentRules
from zdsync.rules.load import load
from zdsync.settings import ApiToken, OAuthClient, Settings
from zdsync.store.brakes import Brakes as BrakeStore
from zdsync.store.cache import Cache
from zdsync.store.campaigns import Campaigns
from zdsync.store.connection import connect
from zdsync.store.due import PREFIX, Due
from zdsync.store.epoch import Epoch
from zdsync.store.governor import Governor, Wait
from zdsync.store.heartbeat import Heartbeat
from zdsync.store.metrics import Metrics
from zdsync.store.shadow import Shadow
from zdsync.store.status import StatusPage
from zdsync.store.visits import Visits
from zdsync.zendesk import oauth
from zdsync.zendesk.client import Raw, Zendesk
from zdsync.zendesk.errors import NotFound, RateLimited, Rejected, Unauthorized
from zdsync.zendesk.session import ApiSession, Hooks

QUEUE = "zdsync:celery:zdsync"
"""Where Celery keeps the waiting messages: its key prefix and the name of its queue."""

RULES_PACE_MS = 500
"""After a change of rules tickets are looked at this far apart: two reads each, of 200 to 700 calls a minute."""

HANDS = 3
"""Notices that are created beside another one: a create takes Zendesk about half a second, so that one after the other
would be a hundred a minute, where 300 may be allowed."""

LOOK_AGAIN = timedelta(minutes=10)
"""How long a field or status that is missing on the account is taken to be missing."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Store:
    """The index in Redis, by what it is for."""

    redis: Redis
    prefix: str
    due: Due
    cache: Cache
    brakes: BrakeStore
    epoch: Epoch
    governor: Governor
    heartbeat: Heartbeat
    metrics: Metrics
    shadow: Shadow
    visits: Visits
    campaigns: Campaigns
    status: StatusPage

    @classmethod
    def at(cls, redis: Redis, prefix: str = PREFIX) -> Store:
        return cls(
            redis,
            prefix,
            Due(redis, prefix),
            Cache(redis, prefix),
            BrakeStore(redis, prefix),
            Epoch(redis, prefix),
            Governor(redis, prefix),
            Heartbeat(redis, prefix),
            Metrics(redis, prefix),
            Shadow(redis, prefix),
            Visits(redis, prefix),
            Campaigns(redis, prefix),
            StatusPage(redis, prefix),
        )


def heartbeat(store: Store, role: str) -> None:
    """A sign of life: `worker@host:pid`."""
    store.heartbeat.beat(f"{role}@{socket.gethostname()}:{os.getpid()}")


def store_of(settings: Settings) -> Store:
    """The index that the settings name."""
    assert settings.redis_url is not None
    return Store.at(connect(settings.redis_url.reveal()))


def clock_of(settings: Settings, store: Store | None) -> Clock:
    """The account's clock; without a Redis it knows only what its own calls tell."""
    if settings.sandbox_control is not None:
        return SandboxClock(settings.sandbox_control)
    if store is None:
        return AccountClock()
    return AccountClock(shared=store.cache.clock_offset, share=store.cache.share_clock_offset)


def session_of(
    settings: Settings, clock: Clock, store: Store | None, sleep: Callable[[float], None] = time.sleep
) -> ApiSession:
    """A session for one thread of this process. It sleeps only between two attempts at a read."""
    assert settings.base_url is not None
    base = settings.base_url
    match settings.credential:
        case OAuthClient(client_id, secret):
            credential: oauth.Credential = oauth.ClientCredentials(base, client_id, secret.reveal(), now=clock.now)
        case ApiToken(email, token):
            credential = oauth.ApiToken(email, token.reveal())
        case None:
            raise ValueError("no credential")
    return ApiSession(base, credential, hooks=_hooks(clock, store), now=clock.now, sleep=sleep)


def _hooks(clock: Clock, store: Store | None) -> Hooks:
    if store is None:
        return Hooks(date=clock.observe)
    governor, metrics = store.governor, store.metrics

    def gate(families: Sequence[str], work: WorkClass) -> None:
        now = clock.now()
        answer = governor.spend(families, work, now)
        if isinstance(answer, Wait):
            raise RateLimited(answer.family, answer.until - now, sent=False)

    def learn(headers: Mapping[str, str], ticket_id: int | None) -> None:
        governor.learn(headers, clock.now(), ticket_id=ticket_id)

    def limited(error: RateLimited) -> None:
        metrics.count("zdsync_rate_limited_total", family=error.family.partition(":")[0])
        governor.pause(error.family, clock.now() + (error.retry_after))

    def count(kind: str) -> None:
        metrics.count("zdsync_api_calls_total", kind=kind)

    return Hooks(gate=gate, count=count, date=clock.observe, headers=learn, limited=limited)


@dataclass(frozen=True)
class Reading:
    """What looks at an account and changes nothing: for `plan`, `explain` and `doctor`. Needs no Redis."""

    settings: Settings
    clock: Clock
    session: ApiSession
    zendesk: Zendesk
    account: Account


def reading(settings: Settings) -> Reading:
    """The reading parts alone. The clock learns from its own calls, so that a Redis that is away stands in no way."""
    clock = clock_of(settings, None)
    session = session_of(settings, clock, None)
    zendesk = Zendesk(session)
    return Reading(settings, clock, session, zendesk, Account(zendesk))


class Account:
    """What the account tells about itself, asked when it is first needed."""

    def __init__(self, zendesk: Zendesk) -> None:
        self._zendesk = zendesk
        self._me: Raw | None = None
        now = zendesk.session.now
        self._fields = _Names(zendesk.ticket_fields, "title", now)
        self._statuses = _Names(self._custom_statuses, "agent_label", now)
        self._triggers: tuple[Raw, ...] | None = None
        self._triggers_again_at = datetime.min.replace(tzinfo=UTC)
        self._unmailed: frozenset[str] = frozenset()
        self._members: Mapping[int, frozenset[int]] = {}
        self._members_again_at = datetime.min.replace(tzinfo=UTC)

    def me(self) -> Raw:
        """The user that we write as. Raises `Unauthorized` for the anonymous user that Zendesk answers 200 with."""
        if self._me is None:
            self._me = self._zendesk.me()
            if self._me is None:
                raise Unauthorized("Zendesk takes us for an anonymous user: the credential is not accepted")
        return self._me

    def own_user_ids(self, rulebook: Rulebook) -> frozenset[int]:
        """Our present user and its predecessors."""
        return rulebook.own_user_ids | {int(self.me()["id"])}

    def facts(
        self, rulebook: Rulebook, people: Mapping[int, Person], links: Links | None, has_post: bool = False
    ) -> Facts:
        """What every decision on a ticket of these people needs besides its history."""
        return Facts(
            self.own_user_ids(rulebook),
            people,
            self.field_ids(rulebook),
            self.status_ids(rulebook),
            links,
            self.mails_on_creation(rulebook),
            has_post=has_post,
            mailers=self.mailers(rulebook),
            members=self.members(rulebook),
        )

    def members(self, rulebook: Rulebook) -> Mapping[int, frozenset[int]]:
        """The agents of the groups that rules name, as they were at most ten minutes ago."""
        now = self._zendesk.session.now()
        wanted = {
            group
            for rule in rulebook.rules
            if rule.mode != "off"
            for group in rule.automation.needs(rule.settings).groups.values()
        }
        if now >= self._members_again_at or not wanted <= self._members.keys():
            self._members = {group: self._zendesk.members(group) for group in sorted(wanted)}
            self._members_again_at = now + LOOK_AGAIN
        return self._members

    def field_ids(self, rulebook: Rulebook) -> Mapping[str, int]:
        """Our names of custom fields to their ids here; a title that no active field has, or two have, is left out."""
        return self._fields.ids(rulebook.fields)

    def status_ids(self, rulebook: Rulebook) -> Mapping[str, int]:
        """Our names of custom statuses to their ids here, likewise; none where the account has no custom statuses."""
        return self._statuses.ids(rulebook.statuses)

    def mails_on_creation(self, rulebook: Rulebook) -> bool | None:
        """Whether a trigger mails requesters when they have opened a ticket; None where triggers cannot be read, or no
        rule wants to know. An admin may change it at any time, so it is read now and then."""
        if not any(wants_mails(rule) for rule in rulebook.rules):
            return None
        triggers = self._read_triggers()
        return None if triggers is None else bool(mails_on_creation(triggers))

    def mailers(self, rulebook: Rulebook) -> frozenset[str]:
        """The texts that triggers of ours mail, of those that rules want mailed so; read now and then, as above."""
        wanted = frozenset(wanting(rulebook.rules))
        if not wanted:
            return wanted
        found = wanted & mailers(self._read_triggers() or ())
        if wanted - found != self._unmailed:
            self._unmailed = wanted - found
            if self._unmailed:
                do = "zdsync provision --apply"
                log.warning("no trigger mails these texts; comments say them", texts=sorted(self._unmailed), do=do)
        return found

    def _read_triggers(self) -> tuple[Raw, ...] | None:
        """The account's; None where they cannot be read."""
        now = self._zendesk.session.now()
        if now >= self._triggers_again_at:
            try:
                self._triggers = tuple(self._zendesk.triggers())
            except (NotFound, Rejected):
                self._triggers = None
            self._triggers_again_at = now + LOOK_AGAIN
        return self._triggers

    def _custom_statuses(self) -> Iterable[Raw]:
        try:
            return self._zendesk.custom_statuses()
        except (NotFound, Rejected):  # switched off, or not on this plan
            return ()


def wants_mails(rule: Rule) -> bool:
    """Whether the rule has to know `Facts.mails_on_creation`."""
    return rule.mode != "off" and rule.automation.needs(rule.settings).mails_on_creation


class _Names:
    """What things of one kind are called and their ids: read when first needed and, while a name that rules use is
    missing, now and then again, since an admin may just have made it."""

    def __init__(self, read: Callable[[], Iterable[Raw]], key: str, now: Callable[[], datetime]) -> None:
        self._read = read
        self._key = key
        self._now = now
        self._known: Mapping[str, int] = {}
        self._again_at = datetime.min.replace(tzinfo=UTC)

    def ids(self, wanted: Mapping[str, int | str]) -> Mapping[str, int]:
        named = {where for where in wanted.values() if isinstance(where, str)}
        if not named <= self._known.keys() and self._now() >= self._again_at:
            self._known = _by_name(self._read(), self._key)
            self._again_at = self._now() + LOOK_AGAIN
        return _ids(wanted, self._known)


def _by_name(rows: Iterable[Raw], key: str) -> Mapping[str, int]:
    """Name to id of the active ones; a name that two have is left out."""
    ids: dict[str, list[int]] = {}
    for raw in rows:
        if raw.get("active", True):
            ids.setdefault(str(raw.get(key)), []).append(int(raw["id"]))
    return {name: found[0] for name, found in ids.items() if len(found) == 1}


def _ids(wanted: Mapping[str, int | str], known: Mapping[str, int]) -> Mapping[str, int]:
    found = {name: where if isinstance(where, int) else known.get(where) for name, where in wanted.items()}
    return {name: id for name, id in found.items() if id is not None}


def office_of(settings: Settings) -> Office | None:
    """Where mails outside of Zendesk leave."""
    if settings.smtp_url is None or settings.smtp_from is None:
        return None
    return Office(settings.smtp_url.reveal(), settings.smtp_from)


@dataclass(frozen=True)
class Wiring:
    """Everything that a worker process works with."""

    settings: Settings
    store: Store
    rules: CurrentRules
    parts: Parts

    def queue_length(self) -> int:
        """Celery messages that wait for a slot."""
        return int(self.store.redis.llen(QUEUE))

    def reap(self) -> None:
        """Put back the tickets of leases that have ended."""
        ids = self.store.due.reap(milliseconds(self.parts.clock.now()))
        if ids:
            self.store.metrics.count("zdsync_reaped_total", len(ids))
            log.warning("leases had ended; the tickets are due again", tickets=ids)

    def take_over_rules(self) -> None:
        """Look whether the rule files have changed; if they are without fault, every open ticket is looked at anew.

        Raises `rules.load.RulesError` where they have faults and no older ones are known.
        """
        if self.rules.take_over():
            self.store.due.hint_all(milliseconds(self.parts.clock.now()), RULES_PACE_MS)


def wire(settings: Settings) -> Wiring:
    """The parts of this process. Raises `rules.load.RulesError` where the rules have faults."""
    store = store_of(settings)
    clock = clock_of(settings, store)
    zendesk = Zendesk(session_of(settings, clock, store))
    account = Account(zendesk)
    rules = CurrentRules(loader(settings, account), store.cache.rulebook, store.cache.publish_rulebook)
    parts = parts_of(store, clock, zendesk, account, rules, settings.links, office_of(settings))
    hands = cache(lambda: tuple(zendesk.beside() for _ in range(HANDS)))  # made at the first sending, after the fork
    return Wiring(settings, store, rules, replace(parts, hands=hands))


def page_parts(settings: Settings) -> Parts:
    """The parts of the confirmation page, for one thread. Only an answer writes: the page makes no control ticket."""
    wiring = wire(settings)
    parts = wiring.parts
    brakes = Brakes(wiring.store.brakes, parts.clock, lambda now: read_control(parts.zendesk, now))
    return replace(parts, brakes=brakes)


def parts_of(
    store: Store,
    clock: Clock,
    zendesk: Zendesk,
    account: Account,
    rules: CurrentRules,
    links: Links | None = None,
    office: Office | None = None,
) -> Parts:
    """Put together what the flows work with."""
    return Parts(
        clock=clock,
        due=store.due,
        cache=store.cache,
        campaigns=store.campaigns,
        kept=Kept(lambda number: store.campaigns.spread(number).seen),
        epoch=store.epoch,
        zendesk=zendesk,
        brakes=Brakes(store.brakes, clock, lambda now: keep_control(zendesk, now)),
        shadow=store.shadow,
        metrics=store.metrics,
        rulebook=rules,
        own_id=lambda: int(account.me()["id"]),
        own_user_ids=account.own_user_ids,
        facts=lambda rulebook, people: account.facts(rulebook, people, links, office is not None),
        office=office,
        alone=lambda name: _alone(store, name),
        notices_per_minute=lambda now: store.governor.creates_per_minute(now, CALLS_PER_NOTICE),
        updates_per_minute=store.governor.updates_per_minute,
    )


def loader(settings: Settings, account: Account) -> Callable[[], Rulebook]:
    """How the rules are read. In the sandbox they are live, since the moment our user was made: nobody is disturbed."""

    def read() -> Rulebook:
        if settings.sandbox_control is None:
            return load(settings.config)
        began = datetime.fromisoformat(account.me()["created_at"])
        return load(settings.config, mode="live", live_since=began)

    return read


@contextlib.contextmanager
def _alone(store: Store, name: str) -> Iterator[bool]:
    """Whether we may do `name` now. No other may meanwhile, nor for 6 minutes after a crash (tasks end in 5)."""
    limit = timedelta(minutes=6).total_seconds()
    lock = store.redis.lock(f"{store.prefix}alone:{name}", timeout=limit, blocking=False)
    if not lock.acquire():
        yield False
        return
    try:
        yield True
    finally:
        with contextlib.suppress(Exception):  # it may have run out, or Redis is away: it ends by itself
            lock.release()
