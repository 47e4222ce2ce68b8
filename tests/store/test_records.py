"""The small shared records: heartbeats, the shadow report, metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from redis import Redis

from zdsync.store.heartbeat import FORGOTTEN_AFTER, Heartbeat
from zdsync.store.metrics import Metrics
from zdsync.store.shadow import Effect, Shadow

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def redis_now(redis: Redis) -> int:
    seconds, micros = redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


def test_a_living_process_is_not_stale(redis: Redis, prefix: str) -> None:
    """A beat is fresh on Redis' own clock."""
    hearts = Heartbeat(redis, prefix)
    hearts.beat("worker@a:1")
    assert hearts.stale(MINUTE) == []
    assert timedelta(0) <= hearts.ages()["worker@a:1"] < MINUTE


def test_a_silent_process_is_stale(redis: Redis, prefix: str) -> None:
    """Those silent for too long are named; the others are not."""
    hearts = Heartbeat(redis, prefix)
    hearts.beat("web@a:2")
    redis.hset(f"{prefix}heartbeats", "worker@a:1", redis_now(redis) - 61_000)
    assert hearts.stale(MINUTE) == ["worker@a:1"]
    hearts.beat("worker@a:1")
    assert hearts.stale(MINUTE) == []


def test_a_process_that_ended_well_is_not_missed(redis: Redis, prefix: str) -> None:
    """Ending says so; and one that died is dropped after a day."""
    hearts = Heartbeat(redis, prefix)
    hearts.beat("worker@a:1")
    hearts.forget("worker@a:1")
    hearts.forget("never there")
    old = redis_now(redis) - FORGOTTEN_AFTER // timedelta(milliseconds=1) - 1000
    redis.hset(f"{prefix}heartbeats", "worker@b:1", old)
    assert hearts.ages() == {}
    assert not redis.exists(f"{prefix}heartbeats")
    with pytest.raises(ValueError, match="name"):
        hearts.beat("")


def effect(ticket: int, key: str = "sla:1:first", minute: int = 0) -> Effect:
    return Effect(ticket, key, "targets", "write an internal note", NOW + minute * MINUTE)


def test_a_shadow_effect_stands_once(redis: Redis, prefix: str) -> None:
    """However often a ticket is looked at, an effect is recorded once, as of the first time."""
    shadow = Shadow(redis, prefix)
    assert list(shadow) == []
    assert shadow.record([effect(7), effect(8)]) == 2
    assert shadow.record([effect(7, minute=5), effect(7, "sla:1:next", minute=1)]) == 1
    assert shadow.record([]) == 0
    assert list(shadow) == [effect(7), effect(8), effect(7, "sla:1:next", minute=1)]
    shadow.clear()
    assert (list(shadow), len(shadow)) == ([], 0)


def test_the_shadow_record_is_bounded(redis: Redis, prefix: str) -> None:
    """The oldest go, entries and all, also when one call brings more than the bound."""
    shadow = Shadow(redis, prefix, bound=100)
    shadow.record(effect(ticket, minute=ticket) for ticket in range(1300))
    assert [found.ticket_id for found in shadow] == list(range(1200, 1300))
    assert len(shadow) == int(redis.hlen(f"{prefix}shadow:entries")) == 100


def test_counters_add_up_over_processes(redis: Redis, prefix: str) -> None:
    """Numbers of all processes are one number, by name and labels."""
    for metrics in (Metrics(redis, prefix), Metrics(redis, prefix)):
        metrics.count("api_calls", kind="read", status="200")
        metrics.count("api_calls", status="200", kind="read")
        metrics.count("api_calls", 5, kind="write", status="409")
    metrics.count("hints")
    assert metrics.snapshot().counters == {
        ("api_calls", (("kind", "read"), ("status", "200"))): 4,
        ("api_calls", (("kind", "write"), ("status", "409"))): 10,
        ("hints", ()): 1,
    }


def test_a_histogram_is_cumulative(redis: Redis, prefix: str) -> None:
    """Each bucket counts what was at most its bound; the last one counts all."""
    metrics = Metrics(redis, prefix)
    for value in (-1.0, 0.1, 0.2, 1.5, 2.0, 1e9):
        metrics.observe("lateness", value)
    histogram = metrics.snapshot().histograms["lateness"]
    assert histogram.count == 6
    assert histogram.sum == pytest.approx(1e9 + 3.8)
    assert [histogram.buckets[bound] for bound in (0.1, 0.25, 1.0, 2.0, 3600.0, inf)] == [2, 3, 3, 5, 5, 6]


def test_no_numbers_yet(redis: Redis, prefix: str) -> None:
    """An emptied Redis starts from zero."""
    snapshot = Metrics(redis, prefix).snapshot()
    assert (snapshot.counters, snapshot.histograms) == ({}, {})
