"""The notices of a campaign as they are created over HTTP: what they are like, and what stops them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.scenarios.campaigns import CONTACTS, a_world, announce, each_is_told_once, end_users, notices, told
from tests.scenarios.world import JEANNE, TOM, World, keys_of
from zdsync.sandbox import Server


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    made = a_world(server, redis, prefix)
    yield made
    made.close()


def test_each_contact_gets_one_notice_and_the_problem_says_when_all_are_told(world: World) -> None:
    problem = announce(world)
    world.until("09:05")
    each_is_told_once(world)
    assert len(notices(world)) == CONTACTS
    name = next(key for key in world.keys(problem) if ":go:" in key)
    assert name.endswith(f":go:{CONTACTS}") and [key for key in world.keys(problem) if key.endswith(":told")]
    assert world.work() == []
