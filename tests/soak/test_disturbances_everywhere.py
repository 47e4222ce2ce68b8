"""Every fault over every tale, and every race with somebody else, heard of or found by the poll; those of a beginning
in each way in which we may speak.

`tests/scenarios/test_disturbed_promises.py` and `test_disturbed_beginnings.py` have a part of them.
"""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis

from tests.scenarios import test_disturbed_promises as promises
from tests.scenarios.chapters import Library
from tests.scenarios.conftest import _quiet, library, server
from tests.scenarios.test_crashes import OTHERS
from tests.scenarios.test_disturbed_beginnings import HEARD, RACES, raced
from tests.scenarios.test_disturbed_promises import named, with_a_fault
from tests.scenarios.test_random_stories import FAULTS
from zdsync.core.model import Way
from zdsync.sandbox import Server

__all__ = ["_quiet", "library", "server"]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_a_fault_in_every_chapter_gives_the_same_end(
    library: Library, server: Server, redis: Redis, prefix: str, name: str, fault: dict[str, Any]
) -> None:
    with_a_fault(library[name], server, redis, prefix, fault)


@HEARD
@pytest.mark.parametrize("way", ["comment", "trigger"])
@pytest.mark.parametrize("name", RACES)
def test_what_happens_just_before_our_message_counts(
    server: Server, redis: Redis, prefix: str, name: str, way: Way, heard: bool
) -> None:
    raced(server, redis, prefix, name, way, heard)


@HEARD
@pytest.mark.parametrize("name", promises.RACES)
def test_what_happens_just_before_our_write_counts(
    server: Server, redis: Redis, prefix: str, name: str, heard: bool
) -> None:
    promises.raced(server, redis, prefix, name, heard)
