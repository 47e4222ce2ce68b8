"""What saves reading a campaign again: who is linked to its problem, who was refused, its audience.

`reach.py` reads it and fills it, `campaign.py` notes here what it has created. Zendesk is the record: what is missing,
old or was left half written is read there anew, and `campaign.py` says why nobody is told twice whatever stands here.
Ids, languages and zones only; no name, no address.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, cast

import msgspec
from redis import Redis

from zdsync.core.model import Person
from zdsync.store.due import PREFIX
from zdsync.store.times import instant, ms

TRUSTED: Final = timedelta(minutes=60)
"""A ledger that was read longer ago than this is read again. With the two hours that Zendesk keeps an idempotency key
this leaves an hour for a create that lands late."""

KEPT: Final = timedelta(days=7)
AUDIENCE_KEPT: Final = timedelta(hours=1)
BEFORE_KEPT: Final = timedelta(days=1)
BEGUN_KEPT: Final = timedelta(days=1)

_READ, _OPEN, _SEEN, _SPREAD, _LOST = b"read", b"open", b"seen", b"spread", b"lost"
_encode = msgspec.msgpack.Encoder().encode
_decode_people = msgspec.msgpack.Decoder(tuple[Person, ...]).decode
_decode_count = msgspec.msgpack.Decoder(int | None).decode


class Link(NamedTuple):
    """A ticket that is linked to a problem."""

    campaign: str = ""
    """Whose notice it is; empty: somebody else's ticket."""
    user_id: int = 0
    """The contact that the notice is for."""
    bounced: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the news of a problem have come: ids of its audits, 0 for none."""

    seen: int = 0
    """Whoever has read the problem before this one must read it again."""
    told: int = 0
    """The linked tickets are due for it."""


@dataclass(frozen=True, slots=True)
class Part:
    """An audience that has been read up to somewhere."""

    read_at: datetime
    """When it was begun."""
    cursor: str = ""
    """Of the next page."""
    people: tuple[Person, ...] = ()


_decode_part = msgspec.msgpack.Decoder(Part).decode


class Campaigns:
    """The campaigns under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._prefix = prefix

    def ledger(self, problem_id: int, now: datetime) -> Mapping[int, Link] | None:
        """The tickets linked to a problem, by id. None: not known, too old, or a batch did not come to its end."""
        with self._redis.pipeline() as pipe:
            pipe.hmget(self._state(problem_id), [_READ, _OPEN])
            pipe.hgetall(self._key(problem_id))
            (read, is_open), rows = pipe.execute()
        if read is None or is_open is not None or not timedelta(0) <= now - instant(int(read)) < TRUSTED:
            return None
        return {int(ticket_id): _link(stored) for ticket_id, stored in rows.items()}

    def linked(self, problem_id: int) -> frozenset[int]:
        """The tickets that were linked to a problem when it was last read, however long ago."""
        return frozenset(int(ticket_id) for ticket_id in cast("list[bytes]", self._redis.hkeys(self._key(problem_id))))

    def keep_ledger(self, problem_id: int, links: Mapping[int, Link], read_at: datetime) -> None:
        """As just read; `read_at` is before the first of its calls. It replaces what was known and ends an open
        batch."""
        key, state = self._key(problem_id), self._state(problem_id)
        with self._redis.pipeline() as pipe:
            pipe.delete(key)
            if links:
                pipe.hset(key, mapping={ticket_id: _stored(link) for ticket_id, link in links.items()})
                pipe.expire(key, KEPT)
            pipe.hdel(state, _OPEN)
            pipe.hset(state, _READ, ms(read_at))
            pipe.expire(state, KEPT)
            pipe.execute()

    def open_batch(self, problem_id: int) -> None:
        """From now on there may be notices that the ledger here does not know of."""
        with self._redis.pipeline() as pipe:
            pipe.hset(self._state(problem_id), _OPEN, 1)
            pipe.expire(self._state(problem_id), KEPT)
            pipe.execute()

    def close_batch(self, problem_id: int) -> None:
        """Each create of the batch was answered, and is in the ledger if it succeeded."""
        self._redis.hdel(self._state(problem_id), _OPEN)

    def add(self, problem_id: int, ticket_id: int, link: Link) -> None:
        """One more is linked: a notice that was created."""
        key = self._key(problem_id)
        with self._redis.pipeline() as pipe:
            pipe.hset(key, str(ticket_id), _stored(link))
            pipe.expire(key, KEPT)
            pipe.sadd(f"{key}:told", f"{link.campaign} {link.user_id}")
            pipe.expire(f"{key}:told", KEPT)
            pipe.execute()

    def told(self, problem_id: int, campaign: str) -> frozenset[int]:
        """The contacts of this campaign whose notices were created, whatever agents have done with those since."""
        return _of(campaign, cast("set[bytes]", self._redis.smembers(f"{self._key(problem_id)}:told")))

    def has_told(self, problem_id: int) -> bool:
        """Whether a notice was created for a campaign of this problem, within some days."""
        return bool(self._redis.exists(f"{self._key(problem_id)}:told"))

    def lose(self, problem_id: int) -> bool:
        """Its ticket does not exist any more: whether notices were created for it, and this was not noted before."""
        if not self.has_told(problem_id):
            return False
        with self._redis.pipeline() as pipe:
            pipe.hsetnx(self._state(problem_id), _LOST.decode(), "1")
            pipe.expire(self._state(problem_id), KEPT)
            new, _ = pipe.execute()
        return bool(new)

    def mark_bounced(self, problem_id: int, ticket_id: int) -> None:
        """It was just tagged as undeliverable; nothing where the ticket is not known."""
        stored = self._redis.hget(self._key(problem_id), str(ticket_id))
        if isinstance(stored, bytes):
            self._redis.hset(self._key(problem_id), str(ticket_id), _stored(_link(stored)._replace(bounced=True)))

    def refuse(self, problem_id: int, campaign: str, user_id: int, at: datetime) -> bool:
        """Zendesk will not create a notice for this contact; whether that is new."""
        key = f"{self._key(problem_id)}:refusals"
        with self._redis.pipeline() as pipe:
            pipe.hset(key, f"{campaign} {user_id}", ms(at))
            pipe.expire(key, KEPT)
            new, _ = pipe.execute()
        return bool(new)

    def refused(self, problem_id: int, campaign: str, since: datetime | None = None) -> frozenset[int]:
        """The contacts of this campaign for whom Zendesk has refused to create a notice, at the last try not before
        `since`."""
        rows = cast("dict[bytes, bytes]", self._redis.hgetall(f"{self._key(problem_id)}:refusals"))
        return _of(campaign, (row for row, at in rows.items() if since is None or instant(int(at)) >= since))

    def note_opened(self, problem_id: int, external_id: str) -> None:
        """The task with this external id exists."""
        key = f"{self._key(problem_id)}:tasks"
        with self._redis.pipeline() as pipe:
            pipe.sadd(key, external_id)
            pipe.expire(key, KEPT)
            pipe.execute()

    def opened(self, problem_id: int) -> frozenset[str]:
        """The tasks that are known to exist for the problem."""
        rows = cast("set[bytes]", self._redis.smembers(f"{self._key(problem_id)}:tasks"))
        return frozenset(row.decode() for row in rows)

    def spread(self, problem_id: int) -> Spread:
        """How far the news of the problem have come."""
        seen, told = cast("list[bytes | None]", self._redis.hmget(self._state(problem_id), [_SEEN, _SPREAD]))
        return Spread(int(seen or 0), int(told or 0))

    def see(self, problem_id: int, audit_id: int) -> None:
        """The problem has this audit: before its linked tickets are hinted."""
        self._mark(problem_id, _SEEN, audit_id)

    def keep_spread(self, problem_id: int, audit_id: int) -> None:
        """Its linked tickets have been hinted for it."""
        self._mark(problem_id, _SPREAD, audit_id)

    def audience(self, name: str, newer_than: datetime) -> tuple[Person, ...] | None:
        """An audience that was read after this instant."""
        stored = cast("list[bytes | None]", self._redis.hmget(f"{self._prefix}audience:{name}", [_READ, b"people"]))
        if stored[0] is None or stored[1] is None or instant(int(stored[0])) <= newer_than:
            return None
        try:
            return _decode_people(zlib.decompress(stored[1]))
        except (zlib.error, msgspec.MsgspecError):  # an older version wrote it
            return None

    def audience_part(self, name: str, newer_than: datetime) -> Part | None:
        """One whose reading was begun after this instant, and not ended."""
        stored = self._redis.get(f"{self._prefix}audience:{name}:part")
        try:
            part = _decode_part(zlib.decompress(stored)) if isinstance(stored, bytes) else None
        except (zlib.error, msgspec.MsgspecError):
            return None
        return part if part is not None and part.read_at > newer_than else None

    def keep_audience_part(self, name: str, part: Part) -> None:
        """Until it is read to its end, for an hour at most."""
        self._redis.set(f"{self._prefix}audience:{name}:part", zlib.compress(_encode(part), level=1), ex=AUDIENCE_KEPT)

    def keep_audience(self, name: str, contacts: Iterable[Person], read_at: datetime) -> None:
        """For an hour."""
        key = f"{self._prefix}audience:{name}"
        content = zlib.compress(_encode(tuple(contacts)), level=1)
        with self._redis.pipeline() as pipe:
            pipe.hset(key, mapping={_READ: ms(read_at), b"people": content})
            pipe.expire(key, AUDIENCE_KEPT)
            pipe.delete(f"{key}:part")
            pipe.execute()

    def begun(self, kind: str, problem_id: int, now: datetime) -> Collection[int]:
        """The problems of which a campaign of this kind was about to begin within a day, this one from now on."""
        key = f"{self._prefix}begun:{kind}"
        with self._redis.pipeline() as pipe:
            pipe.zadd(key, {str(problem_id): ms(now)})
            pipe.zremrangebyscore(key, 0, ms(now - BEGUN_KEPT))
            pipe.expire(key, BEGUN_KEPT)
            pipe.zrange(key, 0, -1)
            *_, rows = pipe.execute()
        return frozenset(int(row) for row in rows)

    def before(self, kind: str, problem_id: int) -> tuple[int | None] | None:
        """How many contacts the campaign before this one had, in a tuple; None: not looked up yet."""
        stored = self._redis.get(f"{self._prefix}before:{kind}:{problem_id}")
        return (_decode_count(stored),) if isinstance(stored, bytes) else None

    def keep_before(self, kind: str, problem_id: int, count: int | None) -> None:
        """For a day."""
        self._redis.set(f"{self._prefix}before:{kind}:{problem_id}", _encode(count), ex=BEFORE_KEPT)

    def _mark(self, problem_id: int, field: bytes, audit_id: int) -> None:
        with self._redis.pipeline() as pipe:
            pipe.hset(self._state(problem_id), field, audit_id)
            pipe.expire(self._state(problem_id), KEPT)
            pipe.execute()

    def _key(self, problem_id: int) -> str:
        return f"{self._prefix}campaign:{problem_id}"

    def _state(self, problem_id: int) -> str:
        return f"{self._key(problem_id)}:state"


def _of(campaign: str, rows: Iterable[bytes]) -> frozenset[int]:
    """The contacts of one campaign among `outage-7 301`…"""
    found = (row.decode().rpartition(" ") for row in rows)
    return frozenset(int(user_id) for name, _, user_id in found if name == campaign)


def _stored(link: Link) -> str:
    return f"{link.campaign} {link.user_id} {'bounced' if link.bounced else ''}" if link.campaign else ""


def _link(stored: bytes) -> Link:
    if not stored:
        return Link()
    campaign, user_id, bounced = stored.decode().split(" ")
    return Link(campaign, int(user_id), bool(bounced))
