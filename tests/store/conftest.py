"""The parts of the store on the tests' Redis."""

from __future__ import annotations

import pytest
from redis import Redis

from zdsync.store.due import Due


@pytest.fixture
def due(redis: Redis, prefix: str) -> Due:
    return Due(redis, prefix)
