"""A crash at every point gives the same end: enumerated, not sampled.

A worker's process is known to the world by what it sends: commands to Redis and requests to Zendesk. An undisturbed
run counts them; then for every one of them the story is told anew with a process that ends just before that call takes
effect, and with one that ends just after. (Between two calls nothing of a process is visible, so there are no other
points.) What ends *before* is replaced when its leases run out. What ends *after* has the worst luck: Redis is emptied
with it. Since just after one call is just before the next, each point meets both.

To be quick, a story is told in chapters, from one act of a person to the next, each from a saved moment. Where a
disturbed chapter ends exactly as the undisturbed one did, so does the rest; where anything differs, the rest is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from tests.scenarios.stories import SAID, STORY, Ending, Step, do, ending, same_ending, tell, work_until
from tests.scenarios.wire import When
from tests.scenarios.world import Saved, World
from zdsync.sandbox import Server
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis


@dataclass(frozen=True)
class Chapter:
    """What the worker does by itself between two acts."""

    begins: Saved
    ticket: int | None
    rest: tuple[Step, ...]
    """The story from here on; the chapter lasts until its first step."""
    calls: tuple[str, ...]
    """What an undisturbed worker that begins here sends."""
    ends: object


@dataclass(frozen=True)
class Told:
    """The undisturbed story."""

    chapters: tuple[Chapter, ...]
    end: Ending


@pytest.fixture(scope="session")
def told(server: Server, redis_server: EmbeddedRedis) -> Iterator[Told]:
    with connect(redis_server.url) as redis:
        world = World(server, redis, f"told-{uuid4().hex}:")
        chapters: list[Chapter] = []
        ticket = None
        for number, step in enumerate(STORY):
            begins = world.save()
            world.rewind(begins)
            world.until(step[0])
            chapters.append(Chapter(begins, ticket, tuple(STORY[number:]), tuple(world.wire.calls), print_of(world)))
            ticket = do(world, step, ticket)
        yield Told(tuple(chapters), ending(world))
        world.empty_redis()
        world.close()


def print_of(world: World) -> object:
    """Everything that the rest of a story can depend on: the tickets, the plans of the sandbox, the index, what is
    cached of histories. (Budgets and caps are far from their limits.)"""
    account = world.server.save()
    due = world.due()
    tickets = list(world.end_state())
    return (
        account["now_ms"],
        account["tickets"],
        account["agenda"],
        [(ticket, due.get(ticket), world.store.cache.load(ticket)) for ticket in tickets],
        world.store.epoch.state(),
    )


def lose_redis_too(world: World) -> None:
    """The process ends and the index is gone; the next process finds it empty and fills it."""
    world.empty_redis()
    world.restart()
    world.resync()


RECOVERIES: dict[When, Callable[[World], Any]] = {"before": World.restart, "after": lose_redis_too}


def test_the_story_visits_everything(told: Told) -> None:
    """What the enumeration below passes through: every script, request and message."""
    calls = {call for chapter in told.chapters for call in chapter.calls}
    assert {"claim", "renew", "release", "spend", "learn", "caps"} <= calls
    assert {"GET /tickets/2", "GET /tickets/2/audits", "GET /users/show_many", "PUT /tickets/2"} <= calls
    assert [key for keys in told.end.states[0].said for key in keys] == SAID
    assert sum(len(chapter.calls) for chapter in told.chapters) > 300


@pytest.mark.parametrize("number", range(len(STORY)))
@pytest.mark.parametrize("when", RECOVERIES)
def test_a_crash_at_any_point_gives_the_same_end(
    told: Told, server: Server, redis: Redis, prefix: str, when: When, number: int
) -> None:
    """Every call of a chapter in turn is the last one of a process."""
    chapter = told.chapters[number]
    world = World(server, redis, prefix)
    for call, name in enumerate(chapter.calls):
        world.rewind(chapter.begins)
        process = world.worker
        process.wire.cut_at, process.wire.cut = call, when
        try:
            work_until(world, chapter.rest[0][0], RECOVERIES[when])
            assert process.wire.ended
            assert process.wire.calls == list(chapter.calls[: call + 1])
            if print_of(world) == chapter.ends:
                world.sane()
            else:
                tell(world, chapter.rest, ticket=chapter.ticket)
                same_ending(ending(world), told.end)
        except AssertionError as error:
            error.add_note(f"the process ended {when} call {call}, {name}")
            raise
    world.close()


@pytest.mark.parametrize("number", [2, 5])
def test_redis_emptied_at_any_call_of_a_process_that_goes_on_gives_the_same_end(
    told: Told, server: Server, redis: Redis, prefix: str, number: int
) -> None:
    """Lease, cache and counters vanish under its hands, while it sets targets, and while it warns and says missed."""
    chapter = told.chapters[number]
    world = World(server, redis, prefix)
    for call, name in enumerate(chapter.calls):
        world.rewind(chapter.begins)
        world.wire.at(call, world.empty_redis)
        try:
            work_until(world, chapter.rest[0][0])
            assert not world.wire.numbered, "it was not emptied"
            if print_of(world) == chapter.ends:
                world.sane()
            else:
                tell(world, chapter.rest, ticket=chapter.ticket)
                same_ending(ending(world), told.end)
        except AssertionError as error:
            error.add_note(f"emptied at call {call}, {name}")
            raise
    world.close()
