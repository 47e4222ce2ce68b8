"""Several notices at a time, as a worker creates them: each contact once, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from tests.scenarios.campaigns import CONTACTS, a_world, announce, creates, each_is_told_once, end_users
from tests.scenarios.world import World
from zdsync.sandbox import Server


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    """Three at a time."""
    made = a_world(server, redis, prefix)
    hands = (made.parts.zendesk.beside(), made.parts.zendesk.beside())
    made.worker = replace(made.worker, parts=replace(made.parts, hands=lambda: hands))
    yield made
    made.close()
    for each in hands:
        each.session.close()


def test_each_contact_gets_one_and_several_are_created_at_a_time(world: World) -> None:
    problem = announce(world)
    world.until("09:05")
    each_is_told_once(world, problem)
    assert len(creates(world)) == CONTACTS
    assert world.wire.calls.count("POST /tickets") == 3  # the first of each group; the others are on no wire


@pytest.mark.parametrize("skip", range(3))
@pytest.mark.parametrize(
    "fault",
    [
        {"do": "lose_reply"},
        {"do": "drop", "times": 2},
        {"do": "land_late", "seconds": 20},
        {"do": "reply", "status": 429, "retry_after": 30},
        {"do": "reply", "status": 503},
    ],
    ids=lambda fault: str(fault.get("status", fault["do"])),
)
def test_one_of_a_group_that_goes_wrong_leaves_the_others_told(world: World, fault: dict[str, Any], skip: int) -> None:
    problem = announce(world)
    world.faults({**fault, "method": "POST", "path": "/tickets", "skip": skip})
    world.until("09:05")
    each_is_told_once(world, problem)
    assert len(creates(world)) <= CONTACTS + 2


def test_one_who_is_refused_is_refused_alone(world: World) -> None:
    problem = announce(world)
    refused = sorted(end_users(world))[1]
    world.wire.on("GET /search", lambda: world.account.users[refused].update(suspended=True))
    world.until("09:10")
    assert creates(world).count(422) == 1
    each_is_told_once(world, problem)


def test_a_pause_lets_no_further_group_go(world: World) -> None:
    problem = announce(world)
    world.wire.on("POST /tickets", lambda: world.store.brakes.pause("drill"), "after")
    world.until("09:02")
    assert creates(world) == [201, 201, 201]
    world.store.brakes.unpause()
    world.until("09:05")
    each_is_told_once(world, problem)
