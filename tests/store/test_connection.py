"""What callers see of a Redis that is away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError, OutOfMemoryError

from zdsync.store import server
from zdsync.store.brakes import Brakes
from zdsync.store.cache import Cache
from zdsync.store.connection import REDIS_AWAY, connect
from zdsync.store.due import Due
from zdsync.store.governor import ACCOUNT, Governor
from zdsync.store.server import EmbeddedRedis

NOW = 1_763_900_000_000


def test_a_redis_that_is_away_is_one_of_the_named_errors() -> None:
    """Nobody listens: every call ends in an error that `except REDIS_AWAY` takes."""
    with connect(f"redis://127.0.0.1:{server._free_port()}/0") as client:
        for call in (
            lambda: Due(client).claim(1, NOW, 1000),
            lambda: Due(client).counts(),
            lambda: Cache(client).load(1),
            lambda: Brakes(client).paused(),
        ):
            with pytest.raises(REDIS_AWAY):
                call()


def test_a_full_redis_refuses_writes_with_a_named_error(tmp_path: Path) -> None:
    """Without eviction a full Redis refuses to store, and the receiver can say "later"."""
    with EmbeddedRedis(tmp_path) as own, connect(own.url) as client:
        due = Due(client)
        due.hint([7], "live", NOW)
        lease = due.claim(1, NOW, 60_000)[0]
        client.config_set("maxmemory", 1)
        for call in (
            lambda: due.receive("inv-1", [7], "live", NOW),
            lambda: due.release(lease, wake_ms=None, now_ms=NOW, settle_ms=0),
            lambda: Governor(client).spend([ACCOUNT], "live", datetime.now(UTC)),
            lambda: Cache(client).save_cursor("tickets", "abc"),
        ):
            with pytest.raises(OutOfMemoryError):
                call()
        client.config_set("maxmemory", 0)
        assert due.receive("inv-1", [7], "live", NOW), "the refused delivery was not taken for seen"
        assert due.release(lease, wake_ms=None, now_ms=NOW, settle_ms=0), "nor did half a release happen"


def test_scripts_survive_a_restart(tmp_path: Path) -> None:
    """A restarted server has forgotten the scripts; they are sent again, and the broken connection is not noticed."""
    with EmbeddedRedis(tmp_path) as own, connect(own.url) as client:
        due = Due(client)
        due.hint([7], "live", NOW)
        own.process.kill()
        own.process.wait()
        with pytest.raises(ConnectionError):
            due.counts()
        own.restart()
        assert [lease.ticket_id for lease in due.claim(1, NOW, 1000)] == [7]


def test_another_kind_of_address_is_refused() -> None:
    """A mistyped URL is an error at once."""
    with pytest.raises(ValueError, match="scheme"):
        connect("http://localhost")


def test_connecting_sends_nothing() -> None:
    """A client can be made before Redis is there, and after a fork."""
    assert isinstance(connect("redis://127.0.0.1:1/0"), Redis)
