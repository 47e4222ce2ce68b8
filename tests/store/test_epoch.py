"""Whether the index is complete, and what a resync changes about that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from redis import Redis

from zdsync.store.epoch import Epoch

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def epoch(redis: Redis, prefix: str) -> Epoch:
    return Epoch(redis, prefix)


def test_an_empty_index_becomes_complete_by_a_resync(epoch: Epoch) -> None:
    """missing, resyncing, set."""
    assert (epoch.state(), epoch.since()) == ("missing", None)
    token = epoch.begin_resync()
    assert token is not None
    assert epoch.state() == "resyncing"
    assert epoch.keep_resync(token)
    assert epoch.end_resync(token, NOW)
    assert (epoch.state(), epoch.since()) == ("set", NOW)
    assert not epoch.end_resync(token, NOW), "it has ended"


def test_a_resync_may_run_while_live(epoch: Epoch) -> None:
    """A complete index stays complete while hints are added."""
    epoch.end_resync(epoch.begin_resync() or "", NOW)
    epoch.begin_resync()
    assert epoch.state() == "set"


def test_one_resync_at_a_time(epoch: Epoch) -> None:
    """A second one is told that the first is under way."""
    assert epoch.begin_resync() is not None
    assert epoch.begin_resync() is None


def test_a_resync_that_was_emptied_in_between_does_not_count(epoch: Epoch, redis: Redis) -> None:
    """Its first hints are lost, so the index is not complete."""
    token = epoch.begin_resync() or ""
    redis.flushall()
    assert not epoch.keep_resync(token)
    assert not epoch.end_resync(token, NOW)
    assert epoch.state() == "missing"


def test_a_resync_that_died_makes_room(epoch: Epoch, redis: Redis, prefix: str) -> None:
    """The mark of a resync ends by itself, and the dead one cannot end the next."""
    dead = epoch.begin_resync() or ""
    assert int(redis.pttl(f"{prefix}resync")) > 0
    redis.delete(f"{prefix}resync")
    assert epoch.begin_resync() is not None
    assert not epoch.keep_resync(dead)
    assert not epoch.end_resync(dead, NOW)
    assert epoch.state() == "resyncing"
