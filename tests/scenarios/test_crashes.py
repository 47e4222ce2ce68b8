"""A crash at every kind of point gives the same end: enumerated over the story of the targets, not sampled.

For every call of an undisturbed worker the story is told anew with a process that ends just before that call takes
effect, and with one that ends just after (`chapters.py`). Between two calls nothing of a process is visible, so there
are no other points. What ends *before* is replaced when its leases run out. What ends *after* has the worst luck: Redis
is emptied with it. Since just after one call is just before the next, each point meets both.

A point at which two chapters have sent the very same so far, and next, is tried in the first of them. Over the other
stories it is every write, the call after it and every kind of call that no story before has met. Every single point of
all of them is in `tests/soak/test_crashes_everywhere.py`.
"""

from __future__ import annotations

import pytest
from redis import Redis

from tests.scenarios.chapters import RECOVERIES, Chapter, Library, crash_at, empty_at, not_met, representative, writes
from tests.scenarios.stories import SAID, STORY
from tests.scenarios.tales import BEGINNINGS, TALES
from tests.scenarios.wire import When
from zdsync.sandbox import Server

ALIKE = ("urgent", "received")
"""They send what other beginnings send, and less of it."""
OTHERS = [name for name in TALES if name != "targets"]
CHAPTERS = [
    pytest.param(name, number, id=f"{name}-{number}", marks=pytest.mark.long if name in ALIKE else ())
    for name in OTHERS
    for number in range(len(TALES[name].steps))
]


POINTS = [
    pytest.param(when, number, id=f"{when}-{number}", marks=() if when == "before" or number == 1 else pytest.mark.long)
    for when in RECOVERIES
    for number in range(len(STORY))
]
"""With the worst luck, which takes longer, in one chapter here and in all of them among the long tests."""


def met_before(library: Library, name: str) -> list[Chapter]:
    """Chapters whose kinds of calls need not be met again: the tale of the targets meets all of its."""
    alike = BEGINNINGS if name in BEGINNINGS else OTHERS
    tales = ["targets", *alike[: alike.index(name)]]
    return [chapter for tale in tales for chapter in library[tale].chapters]


def test_the_story_visits_everything(library: Library) -> None:
    """What the enumeration below passes through: every script, request and message."""
    told = library["targets"]
    calls = {call for chapter in told.chapters for call in chapter.calls}
    assert {"claim", "renew", "release", "spend", "learn", "caps"} <= calls
    assert {"GET /tickets/2", "GET /tickets/2/audits", "GET /users/show_many", "PUT /tickets/2"} <= calls
    assert [key for keys in told.end.states[0].said for key in keys] == SAID
    assert sum(len(chapter.calls) for chapter in told.chapters) > 300


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_stories_say_all_that_they_should(library: Library, name: str) -> None:
    told = library[name]
    assert [key for keys in told.end.states[0].said for key in keys] == list(TALES[name].said)
    points = [call for number in range(len(told.chapters)) for call in representative(told, number)]
    puts = [call for chapter in told.chapters for call in chapter.calls if call.startswith("PUT")]
    assert len(points) >= 2 * len(puts) > (11 if name in BEGINNINGS else 25)


@pytest.mark.parametrize(("when", "number"), POINTS)
def test_a_crash_at_any_kind_of_point_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, when: When, number: int
) -> None:
    """Every call of a chapter in turn is the last one of a process."""
    told = library["targets"]
    world = told.tale.world(server, redis, prefix)
    crash_at(world, told, number, when, not_met(told, number))
    world.close()


@pytest.mark.parametrize(("name", "number"), CHAPTERS)
@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.long)])
def test_a_crash_at_each_write_and_kind_of_call_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, when: When, name: str, number: int
) -> None:
    """Of the cadence, the hold and the beginnings: nobody is told, asked, reminded or mailed twice, and nobody is
    forgotten. (With the worst luck, which takes longer, after each write.)"""
    told = library[name]
    world = told.tale.world(server, redis, prefix)
    points = representative(told, number, met_before(library, name)) if when == "before" else writes(told, number)
    crash_at(world, told, number, when, points)
    world.close()


@pytest.mark.parametrize("number", [pytest.param(2, marks=pytest.mark.long), 5])
def test_redis_emptied_at_any_call_of_a_process_that_goes_on_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, number: int
) -> None:
    """Lease, cache and counters vanish under its hands, while it sets targets, and while it warns and says missed."""
    told = library["targets"]
    world = told.tale.world(server, redis, prefix)
    empty_at(world, told, number, range(len(told.chapters[number].calls)))
    world.close()


@pytest.mark.parametrize("number", [3, 9])
def test_redis_emptied_around_the_writes_of_a_hold_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, number: int
) -> None:
    """While it holds and asks, and while the customer's yes solves."""
    told = library["hold"]
    world = told.tale.world(server, redis, prefix)
    empty_at(world, told, number, representative(told, number))
    world.close()


@pytest.mark.parametrize(("name", "number"), [("asked", 1), ("asked", 4), ("by triggers", 1)])
def test_redis_emptied_around_the_writes_of_a_beginning_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, name: str, number: int
) -> None:
    """While it says number and question, by a comment or by triggers, and while it tells the targets."""
    told = library[name]
    world = told.tale.world(server, redis, prefix)
    empty_at(world, told, number, representative(told, number, met_before(library, name)))
    world.close()
