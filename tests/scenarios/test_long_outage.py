"""An afternoon of a major incident while workers are killed and Redis forgets; six hours of it are a long test."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from tests.scenarios import world
from tests.scenarios.long_outage import MOST_AT_ONCE, LongOutage
from tests.scenarios.world import paris_time
from zdsync.sandbox import Server


def test_each_contact_hears_each_thing_once_while_workers_are_killed(
    server: Server, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "PASSES", MOST_AT_ONCE)
    outage = LongOutage(server, redis, prefix, 20)
    outage.declare("09:05")
    outage.update("09:35", "The database is back.", kill_every=150)
    outage.until("09:50", kill_every=300)
    outage.world.empty_redis()
    outage.update("10:04", "We check the data.")
    outage.update("10:25", "A full disk was replaced.", kill_every=300, status="solved")
    outage.until("10:40", kill_every=300)
    outage.each_has_heard(["The database is back.", "We check the data.", "A full disk was replaced."])
    outage.reminders_were_in_time([outage.go + timedelta(minutes=20), paris_time("09:55"), paris_time("10:24")])
    assert outage.kills > 5
    outage.world.sane()
    outage.world.close()
