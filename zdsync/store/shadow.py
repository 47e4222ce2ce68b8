"""What rules in shadow mode would have done: for the report that an admin reads before going live.

`carry_out` and `maintenance` record it, the command line iterates. Each effect stands here once per ticket, however
often the ticket is looked at. The oldest go when there are more than 10,000. Never the text of a ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import cast

import msgspec
from redis import Redis

from zdsync.store.due import PREFIX
from zdsync.store.scripts import source
from zdsync.store.times import ms

BOUND = 10_000
PAGE = 500


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a shadow rule would have done to one ticket."""

    ticket_id: int
    """0: the ticket would have been made first."""
    effect: str
    """What makes it the same effect next time: its words, or what stays the same where they have a number in them."""
    rule: str
    words: str
    """The action in its own words."""
    at: datetime
    """Account time at which it would have happened first."""
    why: str = ""
    """Why, then: what the rule came to."""


class Shadow:
    """The record under one prefix."""

    def __init__(self, redis: Redis, prefix: str = PREFIX, *, bound: int = BOUND) -> None:
        self._redis = redis
        self._keys = (f"{prefix}shadow", f"{prefix}shadow:entries")
        self._bound = bound
        self._record = redis.register_script(source("shadow"))

    def record(self, effects: Iterable[Effect]) -> int:
        """How many of these were new."""
        rest = iter(effects)
        new = 0
        while page := tuple(islice(rest, PAGE)):
            args: list[str | bytes | int] = [self._bound]
            for effect in page:
                args += [f"{effect.ticket_id} {effect.effect}", ms(effect.at), msgspec.msgpack.encode(effect)]
            new += int(self._record(self._keys, args))
        return new

    def __iter__(self) -> Iterator[Effect]:
        """Oldest first. What is recorded or dropped meanwhile may be missed."""
        order, entries = self._keys
        names = cast("list[bytes]", self._redis.zrange(order, 0, -1))
        for start in range(0, len(names), PAGE):
            for stored in self._redis.hmget(entries, names[start : start + PAGE]):
                if isinstance(stored, bytes):
                    yield msgspec.msgpack.decode(stored, type=Effect)

    def __len__(self) -> int:
        return int(self._redis.zcard(self._keys[0]))

    def clear(self) -> None:
        """After a change of rules: begin a new record."""
        self._redis.delete(*self._keys)
