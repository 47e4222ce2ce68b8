"""The two applications of `zdsync web`, put together: what the store knows, and the receiver's way into it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import Route

from zdsync.clock import AccountClock, Clock, milliseconds
from zdsync.poll import POLLED
from zdsync.settings import Settings
from zdsync.web.confirm import confirm_route
from zdsync.web.desk import desk_of
from zdsync.web.intake import Intake
from zdsync.web.metrics import Gauge, render
from zdsync.web.private import private_app
from zdsync.web.public import public_app
from zdsync.web.readiness import State
from zdsync.web.serve import Apps
from zdsync.web.status import status_route
from zdsync.wiring import Store, clock_of, heartbeat, page_parts, store_of

HEARTBEAT_SECONDS = 5.0


def apps_of(settings: Settings) -> Apps:
    """Makes the applications inside the server's event loop."""

    @contextlib.asynccontextmanager
    async def apps() -> AsyncIterator[tuple[Starlette, Starlette]]:
        assert settings.redis_url is not None
        store = store_of(settings)
        offset = _Offset(store)
        clock = AccountClock(shared=offset.latest) if settings.sandbox_control is None else clock_of(settings, store)
        outcomes: Counter[str] = Counter()
        async with (
            Intake(settings.redis_url.reveal(), now=clock.now) as intake,
            _pages(settings, store, clock) as pages,
        ):
            public = public_app(
                intake.store,
                now=clock.now,
                secrets=[secret.reveal() for secret in settings.webhook_secrets],
                count=lambda outcome: outcomes.update([outcome]),
                pages=pages,
            )
            private = private_app(
                lambda: asyncio.to_thread(_state, store, clock),
                lambda: asyncio.to_thread(_metrics, store, clock, outcomes),
            )
            beating = asyncio.create_task(_beat(store, offset))
            try:
                yield public, private
            finally:
                beating.cancel()

    return apps


@contextlib.asynccontextmanager
async def _pages(settings: Settings, store: Store, clock: Clock) -> AsyncIterator[list[Route]]:
    """What people see on the public side: the status page, and the confirmation page; each where it is switched on."""
    routes = [status_route(store.status.load, clock.now)] if settings.status_page else []
    links = settings.links
    if links is None or not settings.has_account:
        yield routes
        return
    with desk_of(lambda: page_parts(settings), store.visits) as desk:
        yield [*routes, confirm_route(links, clock.now, desk)]


class _Offset:
    """The workers' offset to Zendesk's clock, read beside the event loop: a Redis that hangs must not stop the loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seconds: float | None = None

    def latest(self) -> float | None:
        return self._seconds

    def refresh(self) -> None:
        self._seconds = self._store.cache.clock_offset()


async def _beat(store: Store, offset: _Offset) -> None:
    """The event loop's own sign of life: a loop that hangs gives none."""
    while True:
        with contextlib.suppress(RedisError, OSError):
            await asyncio.to_thread(offset.refresh)
            await asyncio.to_thread(heartbeat, store, "web")
        await asyncio.sleep(HEARTBEAT_SECONDS)


def _state(store: Store, clock: Clock) -> State:
    polled = store.cache.cursor(POLLED)
    return State(
        heartbeats=store.heartbeat.ages(),
        epoch_set=store.epoch.state() == "set",
        rulebook=store.cache.rulebook(),
        last_poll=clock.now() - datetime.fromisoformat(polled) if polled else None,
    )


def _metrics(store: Store, clock: Clock, outcomes: Counter[str]) -> bytes:
    ages = {name: age.total_seconds() for name, age in store.heartbeat.ages().items()}
    gauges = [
        Gauge("zdsync_tickets", "state", store.due.counts()),
        Gauge("zdsync_due", "", {"": store.due.count_due(milliseconds(clock.now()))}),
        Gauge("zdsync_heartbeat_age_seconds", "process", ages),
    ]
    return render(store.metrics.snapshot(), gauges, outcomes)
