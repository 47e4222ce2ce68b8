"""When each ticket is to be looked at next, and who is looking at it now.

The receiver and the poller `hint`, the dispatcher counts and reaps, a worker claims, renews and releases. Every
method is one atomic Lua script, so any number of each may run. An unclosed ticket is in exactly one of the four
sorted sets.

Times named `*_ms` are account time in milliseconds since the epoch. Only leases run on Redis' own clock, because they
are about our processes and not about the account.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from redis import Redis

from zdsync.core.model import WorkClass
from zdsync.store.scripts import source

CLASSES: tuple[WorkClass, ...] = get_args(WorkClass)
PREFIX = "zdsync:"

BULK_AFTER = 9
"""At least one ticket in ten is a bulk one while any is due: a resync ends also on a busy day."""
REST_AFTER_TRIES = 5
"""A ticket whose worker vanished more often than this rests for `REST_MS`; it is likely what kills them."""
REST_MS = 3_600_000
SEEN_MS = 2 * 3_600_000
"""Longer than Zendesk repeats a delivery."""
AT_ONCE = 500
"""Tickets per script call: Redis serves nobody else while a script runs."""

RECEIVE = source("common", "receive")
"""The receiver's script, for a `redis.asyncio` client: `register_script(RECEIVE)`, then `await
script(*receive_args(…))` gives 1 for a new delivery, 0 for one that was seen."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one ticket, until it ends or is released."""

    ticket_id: int
    token: str
    work: WorkClass
    due_ms: int
    """Account time at which it was due: now minus this is the lateness."""
    tries: int
    """How many workers vanished while holding this ticket since it was last released."""


def receive_args(
    invocation_id: str, ids: Sequence[int], work: WorkClass, at_ms: int, prefix: str = PREFIX
) -> tuple[list[str], list[str | int]]:
    """Keys and arguments for `RECEIVE`. An empty `invocation_id` is never taken as seen."""
    return [prefix], [invocation_id, SEEN_MS, work, at_ms, *ids]


class Due:
    """The due index under one prefix. See `zdsync.store` for its keys."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._prefix = prefix
        self._receive = redis.register_script(RECEIVE)
        self._hint, self._claim, self._renew, self._release, self._remove, self._reap = (
            redis.register_script(source("common", name))
            for name in ("hint", "claim", "renew", "release", "remove", "reap")
        )

    def receive(self, invocation_id: str, ids: Sequence[int], work: WorkClass, at_ms: int) -> bool:
        """Hint `ids` unless this delivery was seen before; whether it is new."""
        keys, args = receive_args(invocation_id, ids, work, at_ms, self._prefix)
        return bool(self._receive(keys, args))

    def hint(self, ids: Sequence[int], work: WorkClass, at_ms: int) -> None:
        """Something happened to these tickets: due at `at_ms`, or earlier if they were. While a ticket is leased this
        is only noted, and its release makes it due again. The class is raised, never lowered."""
        for start in range(0, len(ids), AT_ONCE):
            self._hint([self._prefix], [work, at_ms, *ids[start : start + AT_ONCE]])

    def hint_all(self, at_ms: int, every_ms: int) -> int:
        """Something happened to every ticket (the rules have changed); how many there are. Their classes stay, so
        they become due one after the other, `every_ms` apart: what is urgent must not wait behind all of them."""
        count = 0
        for key in self._sets():
            for member, _ in self._redis.zscan_iter(key, count=AT_ONCE):
                self.hint([int(member)], "bulk", at_ms + count * every_ms)
                count += 1
        return count

    def claim(self, n: int, now_ms: int, ttl_ms: int) -> list[Lease]:
        """Lease at most `n` tickets that are due: p1, then live, then bulk with a small share kept for it.

        May give fewer than are due: a ticket that has lost a worker before is claimed alone."""
        token = secrets.token_hex(8)
        rows = self._claim([self._prefix], [n, now_ms, ttl_ms, token, BULK_AFTER])
        return [Lease(int(id), token, work.decode(), int(float(due)), tries) for id, work, due, tries in rows]

    def renew(self, lease: Lease, ttl_ms: int) -> bool:
        """Before each ticket of a batch. False: somebody else has it, drop it."""
        return bool(self._renew([self._prefix], [lease.ticket_id, lease.token, ttl_ms]))

    def is_hinted(self, lease: Lease) -> bool:
        """Whether something has happened to the ticket since it was claimed: its release will make it due again."""
        now, then = self._redis.hmget(f"{self._prefix}t:{lease.ticket_id}", ["gen", "gen0"])
        return int(now or 0) != int(then or 0)

    def release(
        self,
        lease: Lease,
        *,
        wake_ms: int | None,
        not_before_ms: int = 0,
        now_ms: int,
        settle_ms: int,
        work: WorkClass | None = None,
    ) -> bool:
        """Done for now: due at `wake_ms`, at the latest a day from now; but `settle_ms` from now if it was hinted
        meanwhile. Not before `not_before_ms`, whatever hints come. `work` sets its class anew, also lower.
        False: the lease was no longer ours and nothing happened."""
        wake: int | str = "" if wake_ms is None else wake_ms
        args: list[int | str] = [lease.ticket_id, lease.token, wake, not_before_ms, now_ms, settle_ms, work or ""]
        return bool(self._release([self._prefix], args))

    def remove(self, lease: Lease) -> bool:
        """Closed, deleted or merged: forget the ticket and its history. If it was hinted meanwhile (a deleted ticket
        can be restored) it is due again at once instead. Whether it was forgotten."""
        return int(self._remove([self._prefix], [lease.ticket_id, lease.token])) == 1

    def reap(self, now_ms: int) -> list[int]:
        """Put back what vanished workers held; the ids. Beyond `REST_AFTER_TRIES` (see `tries`) the ticket rests an
        hour."""
        args = [now_ms, REST_AFTER_TRIES, REST_MS, AT_ONCE]
        return [int(id) for id in self._reap([self._prefix], args)]

    def tries(self, ids: Iterable[int]) -> dict[int, int]:
        """How many workers vanished with each of these tickets; those without any are left out."""
        ids = tuple(ids)
        with self._redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hget(f"{self._prefix}t:{id}", "tries")
            return {id: int(tries) for id, tries in zip(ids, pipe.execute(), strict=True) if tries}

    def tracked(self, ids: Sequence[int]) -> frozenset[int]:
        """Those of `ids` that are in the index. The poller drops rows of closed tickets that are not."""
        if not ids:
            return frozenset()
        with self._redis.pipeline() as pipe:
            for key in self._sets():
                pipe.zmscore(key, [str(id) for id in ids])
            scores = zip(*pipe.execute(), strict=True)
        return frozenset(id for id, found in zip(ids, scores, strict=True) if any(s is not None for s in found))

    def next_due_ms(self) -> int | None:
        """When the next ticket that nobody holds is due; None if there is none."""
        with self._redis.pipeline() as pipe:
            for work in CLASSES:
                pipe.zrange(f"{self._prefix}due:{work}", 0, 0, withscores=True)
            firsts = [int(rows[0][1]) for rows in pipe.execute() if rows]
        return min(firsts, default=None)

    def outlook(self) -> tuple[int, int | None]:
        """How many tickets are held, and when the next of the others is due, as of one moment: 0 and a later instant
        mean that nothing is under way until then."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.zcard(f"{self._prefix}leased")
            for work in CLASSES:
                pipe.zrange(f"{self._prefix}due:{work}", 0, 0, withscores=True)
            held, *firsts = pipe.execute()
        return int(held), min((int(rows[0][1]) for rows in firsts if rows), default=None)

    def count_due(self, now_ms: int) -> int:
        """How many tickets could be claimed now."""
        with self._redis.pipeline() as pipe:
            for work in CLASSES:
                pipe.zcount(f"{self._prefix}due:{work}", "-inf", now_ms)
            return sum(pipe.execute())

    def is_p1_due(self, now_ms: int) -> bool:
        """Whether something urgent could be claimed now."""
        return bool(self._redis.zcount(f"{self._prefix}due:p1", "-inf", now_ms))

    def counts(self) -> dict[str, int]:
        """Size of each set: `p1`, `live`, `bulk`, `leased`."""
        with self._redis.pipeline() as pipe:
            for key in self._sets():
                pipe.zcard(key)
            return dict(zip((*CLASSES, "leased"), pipe.execute(), strict=True))

    def _sets(self) -> tuple[str, ...]:
        return (*(f"{self._prefix}due:{work}" for work in CLASSES), f"{self._prefix}leased")
