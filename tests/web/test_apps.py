"""What `zdsync web` puts together, on a real Redis: received, judged, counted; also while that Redis hangs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from redis import Redis
from starlette.applications import Starlette

from tests.builders import a_rule_of
from tests.desk import TOM, Desk, database
from tests.scenarios.world import live_rulebook
from tests.web.asgi import ask
from tests.zendesk.test_webhook import SECRET, TRIGGER, signed
from zdsync.core.links import Link, make
from zdsync.settings import Secret, Settings
from zdsync.store.due import Due
from zdsync.store.server import EmbeddedRedis
from zdsync.web.apps import apps_of

T = TypeVar("T")


def within(server: EmbeddedRedis, use: Callable[[Starlette, Starlette], Awaitable[T]]) -> T:
    settings = Settings(redis_url=Secret(server.url), webhook_secrets=(Secret("old"), Secret(SECRET)))

    async def run() -> T:
        async with apps_of(settings)() as (public, private):
            return await use(public, private)

    return asyncio.run(run())


def signed_now() -> dict[str, str]:
    return signed(TRIGGER, stamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def test_a_delivery_is_due_and_counted_and_readiness_tells_what_is_missing(tmp_path: Path) -> None:
    async def use(public: Starlette, private: Starlette) -> tuple[int, int, str, str]:
        received = (await ask(public, "POST", "/webhook", signed_now(), TRIGGER)).status
        ready = await ask(private, "GET", "/readyz")
        metrics = await ask(private, "GET", "/metrics")
        return received, ready.status, ready.body.decode(), metrics.body.decode()

    with EmbeddedRedis(tmp_path) as server:
        received, ready, checks, metrics = within(server, use)
        with Redis.from_url(server.url) as client:
            assert Due(client).counts()["live"] == 1
    assert (received, ready) == (202, 503)
    failed = {name for name, check in json.loads(checks)["checks"].items() if not check["ok"]}
    assert failed == {"worker", "beat", "index", "rulebook", "poll"}
    assert 'zdsync_webhooks_total{outcome="stored"} 1.0' in metrics
    assert 'zdsync_tickets{state="live"} 1.0' in metrics


def test_the_confirmation_page_is_there_where_links_are_switched_on(desk: Desk) -> None:
    """With the account, the rules and the Redis of the settings: looked at, answered, recorded, and the worker told."""
    env = {**desk.env, "ZDSYNC_REDIS_URL": database(desk.env["ZDSYNC_REDIS_URL"])}
    keys = {"ZDSYNC_PUBLIC_URL": "https://desk.example", "ZDSYNC_LINK_KEYS": "k" * 32}
    desk.rulebook = live_rulebook(rules=(a_rule_of("confirmation_hold"),))
    ticket = desk.asks()
    desk.act(TOM, ticket=ticket, comment="Done.", status="solved", assignee=TOM)
    desk.work_for(seconds=30)
    (solve,) = (int(key.split(":")[1]) for key in desk.keys(ticket))
    settings = Settings.from_env({**env, **keys})
    assert settings.links is not None
    path = make(settings.links, Link(ticket, solve, desk.now + timedelta(days=3))).removeprefix("https://desk.example")
    form = {"content-type": "application/x-www-form-urlencoded"}
    desk.redis.delete(f"{desk.prefix}rulebook")  # the shipped rules come into force

    async def use(found: Settings) -> list[int]:
        async with apps_of(found)() as (public, _):
            looked = await ask(public, "GET", path)
            answered = await ask(public, "POST", path, form, b"answer=yes")
            return [looked.status, answered.status]

    assert asyncio.run(use(settings)) == [200, 200]
    assert f"link:{solve}:yes" in desk.keys(ticket)
    assert ticket in desk.due()
    assert asyncio.run(use(Settings.from_env(env))) == [404, 404]


def test_a_redis_that_hangs_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    """Everything that waits for it waits beside the loop: other requests are answered meanwhile."""

    async def use(public: Starlette, private: Starlette) -> list[int]:
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            delivery = asyncio.create_task(ask(public, "POST", "/webhook", signed_now(), TRIGGER))
            statuses = []
            for _ in range(20):
                statuses.append((await ask(private, "GET", "/healthz")).status)
                await asyncio.sleep(0)
            assert not delivery.done()
            return [*statuses, (await delivery).status]
        finally:
            os.kill(server.process.pid, signal.SIGCONT)

    with EmbeddedRedis(tmp_path) as server:
        assert within(server, use) == [200] * 20 + [503]
