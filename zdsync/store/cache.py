"""What saves reading Zendesk again: histories, people, our own last write per ticket, cursors, keys that are held back,
which mail that was set aside names a ticket.

`reconcile` and the poller use it. Everything here may be missing at any time and is then read anew; no text of a
customer is ever in it, because `Audit` has none: only what agents write behind `/zdsync`, cut to 120 characters.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import cast

import msgspec
from redis import Redis

from zdsync.core.intake import Found, When
from zdsync.core.model import Audit, Change, Comment, Person
from zdsync.core.suspended import KEPT
from zdsync.store.due import PREFIX
from zdsync.store.times import instant, ms

HISTORY_TTL = timedelta(days=30)
PERSON_TTL = timedelta(hours=1)
"""A changed role, locale or zone is noticed within this."""
HELD_TTL = timedelta(days=30)
OFFSET_TTL = timedelta(hours=1)

MEANING = 4
"""Raise it when `convert` reads audits differently, so that histories cached before are read anew."""


def _shape(*types: type) -> bytes:
    """Changes with the fields of the model: what an older version cached is then a miss, not a half-filled value."""
    told = repr((MEANING, [(t.__name__, [(f.name, str(f.type)) for f in fields(t)]) for t in types]))
    return hashlib.sha256(told.encode()).digest()[:4]


_AUDITS = _shape(Audit, Change, Comment, Found, When)
_PERSON = _shape(Person)
_encode = msgspec.msgpack.Encoder().encode
_decode_audits = msgspec.msgpack.Decoder(tuple[Audit, ...]).decode
_decode_person = msgspec.msgpack.Decoder(Person).decode


@dataclass(frozen=True, slots=True)
class Echo:
    """What was last read of a ticket when its stamp's second was over: an export row that is not newer tells nothing.

    Our own writes are of this kind once they have been read back; before that, somebody may have written in the
    same second.
    """

    updated_at: datetime
    audit_id: int


class Cache:
    """The caches under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._prefix = prefix

    def load(self, ticket_id: int) -> tuple[Audit, ...] | None:
        """The audits known of a ticket, oldest first; None if there are none or an older version wrote them."""
        stored = self._redis.getex(self._key("history", ticket_id), ex=HISTORY_TTL)
        if not isinstance(stored, bytes) or not stored.startswith(_AUDITS):
            return None
        try:
            return _decode_audits(zlib.decompress(stored[len(_AUDITS) :]))
        except (zlib.error, msgspec.MsgspecError):
            return None

    def save(self, ticket_id: int, audits: Sequence[Audit]) -> None:
        """Keep these audits (all of the ticket's so far, oldest first) for 30 days after their last use."""
        content = _AUDITS + zlib.compress(_encode(audits), level=1)
        self._redis.set(self._key("history", ticket_id), content, ex=HISTORY_TTL)

    def forget(self, ticket_id: int) -> None:
        """Drop the history: it was found not to fit the ticket."""
        self._redis.delete(self._key("history", ticket_id))

    def echo(self, ticket_id: int) -> Echo | None:
        """What `record_echo` was last told of the ticket."""
        return self.echoes([ticket_id]).get(ticket_id)

    def echoes(self, ticket_ids: Sequence[int]) -> dict[int, Echo]:
        """The same for many in one round trip; tickets without one are left out."""
        with self._redis.pipeline(transaction=False) as pipe:
            for ticket_id in ticket_ids:
                pipe.hmget(self._key("t", ticket_id), ["updated_at", "audit_id"])
            rows = pipe.execute()
        found = zip(ticket_ids, rows, strict=True)
        return {id: Echo(instant(int(at)), int(audit)) for id, (at, audit) in found if at and audit}

    def record_echo(self, ticket_id: int, updated_at: datetime, audit_id: int) -> None:
        """Our write was answered with this stamp and this audit."""
        self._redis.hset(self._key("t", ticket_id), mapping={"updated_at": ms(updated_at), "audit_id": audit_id})

    def people(self, ids: Iterable[int]) -> dict[int, Person]:
        """Those of these people that were read within the last hour."""
        ids = tuple(ids)
        if not ids:
            return {}
        stored = cast("list[bytes | None]", self._redis.mget([self._key("person", id) for id in ids]))
        known = [s[len(_PERSON) :] for s in stored if s and s.startswith(_PERSON)]
        return {person.id: person for person in map(_decode_person, known)}

    def save_people(self, people: Iterable[Person]) -> None:
        """Keep them for an hour."""
        with self._redis.pipeline(transaction=False) as pipe:
            for person in people:
                pipe.set(self._key("person", person.id), _PERSON + _encode(person), ex=PERSON_TTL)
            pipe.execute()

    def cursor(self, export: str) -> str | None:
        """Where the poller stands in this export."""
        stored = self._redis.get(self._key("cursor", export))
        return stored.decode() if isinstance(stored, bytes) else None

    def save_cursor(self, export: str, cursor: str) -> None:
        """Kept until the next one."""
        self._redis.set(self._key("cursor", export), cursor)

    def hold_back(self, ticket_id: int, keys: Iterable[str], until: datetime) -> frozenset[str]:
        """Zendesk refused these message keys: not again before `until` (account time). Those that had never been
        refused before, so that somebody is told once."""
        keys = tuple(keys)
        name = self._key("held", ticket_id)
        with self._redis.pipeline() as pipe:
            for key in keys:
                pipe.hset(name, key, ms(until))
            pipe.expire(name, HELD_TTL)
            *new, _ = pipe.execute()
        return frozenset(key for key, is_new in zip(keys, new, strict=True) if is_new)

    def held_back(self, ticket_id: int, now: datetime) -> dict[str, datetime]:
        """The keys that must not be tried now, and until when."""
        held = cast("dict[bytes, bytes]", self._redis.hgetall(self._key("held", ticket_id)))
        return {key.decode(): instant(int(until)) for key, until in held.items() if int(until) > ms(now)}

    def set_aside(self, ticket_id: int) -> frozenset[int]:
        """The ids of the mails that were set aside and name this ticket, as far as they were found."""
        stored = cast("set[bytes]", self._redis.smembers(self._key("aside", ticket_id)))
        return frozenset(int(mail_id) for mail_id in stored)

    def keep_set_aside(self, ticket_id: int, mail_id: int) -> None:
        """This mail names that ticket. Kept for as long as Zendesk keeps the mail."""
        name = self._key("aside", ticket_id)
        with self._redis.pipeline() as pipe:
            pipe.sadd(name, mail_id)
            pipe.expire(name, KEPT)
            pipe.execute()

    def forget_set_aside(self, ticket_id: int, mail_id: int) -> None:
        """It is gone."""
        self._redis.srem(self._key("aside", ticket_id), mail_id)

    def handled(self, mail_ids: Sequence[int]) -> frozenset[int]:
        """Those of these mails for which all is done: `keep_handled`."""
        if not mail_ids:
            return frozenset()
        stored = cast("list[bytes | None]", self._redis.mget([self._key("aside:done", each) for each in mail_ids]))
        return frozenset(mail_id for mail_id, found in zip(mail_ids, stored, strict=True) if found is not None)

    def keep_handled(self, mail_id: int) -> None:
        """Whoever is to hear of this mail has been hinted or told."""
        self._redis.set(self._key("aside:done", mail_id), 1, ex=KEPT)

    def rulebook(self) -> str | None:
        """The hash of the rulebook in force, as last published."""
        stored = self._redis.get(f"{self._prefix}rulebook")
        return stored.decode() if isinstance(stored, bytes) else None

    def publish_rulebook(self, hash: str) -> str | None:
        """From now on this one is in force; the hash of the one before."""
        before = self._redis.set(f"{self._prefix}rulebook", hash, get=True)
        return before.decode() if isinstance(before, bytes) else None

    def clock_offset(self) -> float | None:
        """Seconds from local time to Zendesk's, as a worker has last measured them; None after a quiet hour."""
        stored = self._redis.get(f"{self._prefix}clock")
        return float(stored) if isinstance(stored, bytes) else None

    def share_clock_offset(self, seconds: float) -> None:
        """For the processes that make no calls of their own."""
        self._redis.set(f"{self._prefix}clock", seconds, ex=OFFSET_TTL)

    def _key(self, kind: str, name: int | str) -> str:
        return f"{self._prefix}{kind}:{name}"
