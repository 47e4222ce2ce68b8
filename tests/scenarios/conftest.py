"""One served sandbox for each test process; each world puts an account of its own into it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from redis import Redis

from tests.scenarios.chapters import Library
from tests.scenarios.world import BEGIN, World
from zdsync.sandbox import Account, Server, serve
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serve(Account.empty(BEGIN)) as running:
        yield running


@pytest.fixture(scope="session")
def library(server: Server, redis_server: EmbeddedRedis) -> Iterator[Library]:
    """The tales, undisturbed."""
    with connect(redis_server.url) as redis:
        yield Library(server, redis)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A line for each unit of work is for operators, not for thousands of stories."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)


@pytest.fixture
def world(server: Server, redis: Redis, prefix: str) -> Iterator[World]:
    """A believable desk on Monday at nine, probed, with the shipped targets live."""
    made = World(server, redis, prefix)
    yield made
    made.close()
