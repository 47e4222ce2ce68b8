"""The receiver's one round trip: seen? else hint."""

from __future__ import annotations

import asyncio

import redis.asyncio
from redis import Redis

from zdsync.store.due import RECEIVE, SEEN_MS, Due, receive_args
from zdsync.store.server import EmbeddedRedis

NOW = 1_763_900_000_000


def test_a_delivery_counts_once(due: Due) -> None:
    """Zendesk repeats a delivery under the same invocation id; only the first hints."""
    assert due.receive("inv-1", [7, 8], "live", NOW)
    leases = due.claim(2, NOW, 60_000)
    assert not due.receive("inv-1", [7, 8], "live", NOW)
    for lease in leases:
        due.release(lease, wake_ms=NOW + 1000, now_ms=NOW, settle_ms=0)
    assert due.next_due_ms() == NOW + 1000, "the repeat was not noted as a hint"
    assert due.receive("inv-2", [7], "live", NOW)


def test_a_delivery_without_an_id_always_counts(due: Due) -> None:
    """Where there is nothing to tell repeats by, a hint too many is harmless."""
    assert due.receive("", [7], "live", NOW)
    assert due.receive("", [8], "live", NOW)
    assert due.count_due(NOW) == 2


def test_deliveries_are_forgotten_after_two_hours(due: Due, redis: Redis, prefix: str) -> None:
    """The memory of deliveries does not grow for ever."""
    due.receive("inv-1", [7], "live", NOW)
    assert 0 < int(redis.pttl(f"{prefix}seen:inv-1")) <= SEEN_MS


def test_a_delivery_hints_like_any_other(due: Due) -> None:
    """A ticket that waits for later is pulled forward and raised."""
    due.hint([7], "bulk", NOW + 60_000)
    due.receive("inv-1", [7], "p1", NOW)
    assert [(lease.ticket_id, lease.work) for lease in due.claim(1, NOW, 60_000)] == [(7, "p1")]


def test_the_async_client_runs_the_same_script(redis_server: EmbeddedRedis, due: Due, prefix: str) -> None:
    """The receiver is asynchronous and shares script and keys with the rest."""

    async def twice() -> list[int]:
        async with redis.asyncio.from_url(redis_server.url) as client:
            receive = client.register_script(RECEIVE)
            return [await receive(*receive_args("inv-1", [7], "live", NOW, prefix)) for _ in range(2)]

    assert asyncio.run(twice()) == [1, 0]
    assert [lease.ticket_id for lease in due.claim(2, NOW, 60_000)] == [7]
