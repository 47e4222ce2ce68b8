"""What all tests share: one real Redis per test process, and a prefix of its own for each test."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType
from uuid import uuid4

import pytest
from hypothesis import settings
from redis import Redis

from tests.desk import Desk, open_desk
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis

# A busy machine is not a fault: no example has a time limit. `make soak` asks for the thorough profile.
settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("quick")


def pytest_configure() -> None:
    """A test run that is told to end takes its fixtures down, so that no server is left behind."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        pytest.exit("terminated", returncode=143)

    signal.signal(signal.SIGTERM, end)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A real Redis, one for each test process. A test that kills, restarts or empties it leaves it running."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: EmbeddedRedis) -> Iterator[Redis]:
    """A client as the product makes it."""
    with connect(redis_server.url) as client:
        yield client


@pytest.fixture
def prefix() -> str:
    """A key prefix that no other test uses."""
    return f"test-{uuid4().hex}:"


@pytest.fixture
def desk(redis_server: EmbeddedRedis) -> Iterator[Desk]:
    """A sandbox, the real Redis, one worker's parts, and what the commands need; Monday 09:00 in Paris."""
    with open_desk(redis_server.url) as opened:
        yield opened
