"""The dispatcher of `zdsync beat`: a few empty messages when something is due, never a pile, and it outlives Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from celery import Celery
from redis import Redis
from redis.exceptions import RedisError

from tasks.app import make_app
from tasks.dispatch import BATCH, SLOTS, dispatch, dispatch_until
from tests.patience import until
from zdsync.clock import milliseconds
from zdsync.parts import Parts
from zdsync.rules.current import CurrentRules
from zdsync.settings import Secret, Settings
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis
from zdsync.wiring import QUEUE, Store, Wiring

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@dataclass
class Dispatcher:
    server: EmbeddedRedis
    wiring: Wiring
    app: Celery

    @property
    def redis(self) -> Redis:
        return self.wiring.store.redis

    def due(self, number: int) -> None:
        """So many tickets are."""
        self.wiring.parts.due.hint(range(1, number + 1), "live", milliseconds(NOW))

    def dispatch(self) -> int:
        return dispatch(self.app, self.wiring)

    def waiting(self) -> int:
        """Messages in the queue; none while Redis is away."""
        try:
            return self.wiring.queue_length()
        except RedisError:
            return 0


@pytest.fixture
def dispatcher(tmp_path: Path) -> Iterator[Dispatcher]:
    """With a Redis of its own, to be killed, and of the parts only what a dispatcher uses."""
    with EmbeddedRedis(tmp_path / "redis") as server, connect(server.url) as redis:
        settings, store = Settings(redis_url=Secret(server.url)), Store.at(redis)
        parts = cast(Parts, SimpleNamespace(due=store.due, clock=SimpleNamespace(now=lambda: NOW)))
        yield Dispatcher(server, Wiring(settings, store, cast(CurrentRules, None), parts), make_app(settings))


def test_nothing_due_nothing_sent(dispatcher: Dispatcher) -> None:
    assert dispatcher.dispatch() == 0
    assert dispatcher.waiting() == 0


@pytest.mark.parametrize(
    ("due", "messages"), [(1, 1), (BATCH, 1), (BATCH + 1, 2), (BATCH * SLOTS, SLOTS), (BATCH * SLOTS * 5, SLOTS)]
)
def test_as_many_messages_as_batches_but_not_more_than_slots(dispatcher: Dispatcher, due: int, messages: int) -> None:
    dispatcher.due(due)
    assert dispatcher.dispatch() == messages
    assert dispatcher.waiting() == messages


def test_what_waits_in_the_queue_already_is_not_sent_again(dispatcher: Dispatcher) -> None:
    dispatcher.due(1000)
    assert [dispatcher.dispatch() for _ in range(3)] == [SLOTS, 0, 0]
    dispatcher.redis.lpop(QUEUE)
    assert dispatcher.dispatch() == 1


def test_a_lost_message_is_replaced_at_the_next_look(dispatcher: Dispatcher) -> None:
    dispatcher.due(1)
    dispatcher.dispatch()
    dispatcher.redis.delete(QUEUE)
    assert dispatcher.dispatch() == 1


def test_the_loop_outlives_a_redis_that_is_away_for_a_while(dispatcher: Dispatcher) -> None:
    stop = threading.Event()
    loop = threading.Thread(target=dispatch_until, args=(stop, dispatcher.app, dispatcher.wiring))
    loop.start()
    try:
        dispatcher.due(1)
        until(lambda: dispatcher.waiting() > 0, "a message")
        dispatcher.server.process.kill()
        dispatcher.server.process.wait()
        for _ in range(3):
            assert dispatcher.waiting() == 0  # each time its connection gives up first
        assert loop.is_alive()
        dispatcher.server.restart()
        dispatcher.redis.delete(QUEUE)
        until(lambda: dispatcher.waiting() > 0, "a message after Redis is back")
    finally:
        stop.set()
        loop.join()
