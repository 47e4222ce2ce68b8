"""The way from the receiver into a real Redis: stored once each, in bursts too, and said so when it was not stored."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from redis import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from tests.web.asgi import ask
from tests.web.test_public import an_app
from tests.zendesk.builders import NOW
from tests.zendesk.test_webhook import TRIGGER, signed
from zdsync.store.due import PREFIX, Due
from zdsync.store.server import EmbeddedRedis
from zdsync.web.intake import BATCH, SETTLE, Intake
from zdsync.zendesk.webhook import INVOCATION, Hint

T = TypeVar("T")

DUE_MS = int((NOW + SETTLE).timestamp() * 1000)


def within(url: str, use: Callable[[Intake], Awaitable[T]], prefix: str = PREFIX) -> T:
    """Use an intake inside an event loop of its own."""

    async def run() -> T:
        async with Intake(url, now=lambda: NOW, prefix=prefix) as intake:
            return await use(intake)

    return asyncio.run(run())


def test_a_hint_makes_its_tickets_due_once_the_stamps_second_is_over(
    redis_server: EmbeddedRedis, redis: Redis, prefix: str
) -> None:
    assert within(redis_server.url, lambda intake: intake.store(Hint((5, 6), "INV1", "p1")), prefix)
    due = Due(redis, prefix)
    assert due.counts() == {"p1": 2, "live": 0, "bulk": 0, "leased": 0}
    assert due.next_due_ms() == DUE_MS


def test_a_repeated_invocation_is_told_and_changes_nothing(
    redis_server: EmbeddedRedis, redis: Redis, prefix: str
) -> None:
    async def use(intake: Intake) -> list[bool]:
        return [await intake.store(Hint((5,), "INV1")) for _ in range(3)]

    assert within(redis_server.url, use, prefix) == [True, False, False]
    assert redis.hget(f"{prefix}t:5", "gen") == b"1"


def test_a_burst_with_doubled_deliveries_is_stored_once_each(
    redis_server: EmbeddedRedis, redis: Redis, prefix: str
) -> None:
    """More than one batch, every invocation twice."""
    count = 3 * BATCH

    async def use(intake: Intake) -> list[bool]:
        hints = [Hint((number,), f"INV{number}") for number in range(1, count + 1)]
        return list(await asyncio.gather(*(intake.store(hint) for hint in [*hints, *hints])))

    answers = within(redis_server.url, use, prefix)
    assert sum(answers) == count
    assert Due(redis, prefix).counts()["live"] == count
    assert {redis.hget(f"{prefix}t:{number}", "gen") for number in range(1, count + 1)} == {b"1"}


def test_a_redis_that_was_emptied_of_scripts_gets_them_again(
    redis_server: EmbeddedRedis, redis: Redis, prefix: str
) -> None:
    async def use(intake: Intake) -> list[bool]:
        first = await intake.store(Hint((1,), "INV1"))
        redis.script_flush()
        return [first, await intake.store(Hint((2,), "INV2"))]

    assert within(redis_server.url, use, prefix) == [True, True]


def test_what_was_stored_is_told_in_one_line_without_text(
    redis_server: EmbeddedRedis, redis: Redis, prefix: str
) -> None:
    with capture_logs() as logs:
        within(redis_server.url, lambda intake: intake.store(Hint((5,), "INV1")), prefix)
    assert logs == [{"event": "webhooks stored", "log_level": "info", "tickets": [5], "invocations": ["INV1"]}]


def test_without_a_redis_it_says_so() -> None:
    with pytest.raises((RedisError, OSError)):
        within("redis://127.0.0.1:1/0", lambda intake: intake.store(Hint((5,), "INV1")))


def test_a_receiver_whose_redis_restarts_asks_for_repetition_and_loses_nothing(tmp_path: Path) -> None:
    """As Zendesk does it: what was answered 503 is sent again with the same invocation id."""
    with EmbeddedRedis(tmp_path) as server:

        async def deliveries(intake: Intake) -> list[int]:
            app = an_app(intake.store)

            async def deliver(number: int) -> int:
                headers = signed(TRIGGER, {INVOCATION: f"INV{number}"})
                return (await ask(app, "POST", "/webhook", headers, TRIGGER)).status

            statuses = [await deliver(1)]
            server.process.kill()
            server.process.wait()
            statuses.append(await deliver(2))
            await asyncio.to_thread(server.restart)
            return [*statuses, await deliver(2), await deliver(2), await deliver(1)]

        assert within(server.url, deliveries) == [202, 503, 202, 202, 202]
        with Redis.from_url(server.url) as client:
            assert client.hget("zdsync:t:123", "gen") == b"2"


def test_a_redis_that_hangs_is_answered_in_time(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:

        async def deliver(intake: Intake) -> list[int]:
            app = an_app(intake.store, store_seconds=0.05)
            statuses = [(await ask(app, "POST", "/webhook", signed(TRIGGER), TRIGGER)).status]
            os.kill(server.process.pid, signal.SIGSTOP)
            try:
                headers = signed(TRIGGER, {INVOCATION: "INV2"})
                statuses.append((await ask(app, "POST", "/webhook", headers, TRIGGER)).status)
            finally:
                os.kill(server.process.pid, signal.SIGCONT)
            return statuses

        assert within(server.url, deliver)[1:] == [503]
