"""A crash at every call of the stories of the targets, the cadence, the hold and the beginnings, and Redis emptied at
every one.

`tests/scenarios/test_crashes.py` does so with every write, and where a call has not been met before.
"""

from __future__ import annotations

import pytest
from redis import Redis

from tests.scenarios.chapters import RECOVERIES, Library, crash_at, empty_at
from tests.scenarios.conftest import _quiet, library, server
from tests.scenarios.tales import TALES
from tests.scenarios.wire import When
from zdsync.sandbox import Server

__all__ = ["_quiet", "library", "server"]

CHAPTERS = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, tale in TALES.items()
    for number in range(len(tale.steps))
]


@pytest.mark.parametrize(("name", "number"), CHAPTERS)
@pytest.mark.parametrize("when", RECOVERIES)
def test_a_crash_at_any_call_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, when: When, name: str, number: int
) -> None:
    told = library[name]
    world = told.tale.world(server, redis, prefix)
    crash_at(world, told, number, when, range(len(told.chapters[number].calls)))
    world.close()


@pytest.mark.parametrize(("name", "number"), CHAPTERS)
def test_redis_emptied_at_any_call_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, name: str, number: int
) -> None:
    told = library[name]
    world = told.tale.world(server, redis, prefix)
    empty_at(world, told, number, range(len(told.chapters[number].calls)))
    world.close()
