"""`zdsync plan` before and in the middle of a campaign: the very notices that a worker would create next."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from redis import Redis

from tests.scenarios.announcing import announcing_rulebook
from tests.scenarios.campaigns import CONTACTS, a_world, announce, creates, end_users
from zdsync.cli.ticket import plan
from zdsync.sandbox import Server


def test_plan_shows_whom_the_next_notices_are_for_and_one_in_each_language(
    server: Server, redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = a_world(server, redis, prefix)
    monkeypatch.setattr("zdsync.cli.seen.loader", lambda settings, account: announcing_rulebook)
    monkeypatch.setenv("ZDSYNC_BASE_URL", server.url)
    monkeypatch.setenv("ZDSYNC_EMAIL", server.email)
    monkeypatch.setenv("ZDSYNC_API_TOKEN", server.token)
    problem = announce(world)
    world.go("09:00:02")
    told = CliRunner().invoke(plan, [str(problem)])
    assert f"{CONTACTS} contacts are told." in told.output, told.output
    assert "notices of" not in told.output

    world.wire.on("POST /tickets", lambda: world.store.brakes.pause("drill"), "after")
    world.until("09:01")
    assert creates(world) == [201]
    told = CliRunner().invoke(plan, [str(problem)])
    assert f"would create {CONTACTS - 1} notices of outage-" in told.output, told.output
    assert "Panne de the export" in told.output
    assert "Outage of the export" in told.output
    data = json.loads(CliRunner().invoke(plan, [str(problem), "--json"]).output)
    assert data["notices"]["contacts"] == sorted(end_users(world))[1:]
    assert creates(world) == [201]
    world.close()
