"""The status page over HTTP: `/status` of the public side, for everybody.

It shows what a task has put into Redis; a visitor costs one look there and no call to Zendesk. An emptied Redis, or one
that is away, shows that the state is not known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zdsync.core.status import Status
from zdsync.web.confirm_page import language_of
from zdsync.web.status_page import HEADERS, render

PATH: Final = "/status"
SECONDS: Final = 2.0
KEPT_SECONDS: Final = 15.0
"""A look at Redis serves all visitors for so long."""

log = structlog.get_logger()


def status_route(load: Callable[[], Status | None], now: Callable[[], datetime]) -> Route:
    """`load` may wait for Redis and raise its errors; it is called beside the event loop."""
    return Route(PATH, _Page(load, now).respond, methods=["GET"])


class _Page:
    def __init__(self, load: Callable[[], Status | None], now: Callable[[], datetime]) -> None:
        self._load = load
        self._now = now
        self._known: Status | None = None
        self._away = False
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def respond(self, request: Request) -> Response:
        language = language_of(request.query_params.get("lang", ""), None, request.headers.get("accept-language", ""))
        async with self._looking:  # one look at a time, however many ask
            if asyncio.get_running_loop().time() >= self._until:
                await self._look()
            found, away = self._known, self._away
        later = {"retry-after": "60"} if away else {}
        headers = {**HEADERS, **later, "content-language": language}
        html = render(language, found, self._now())
        return Response(html, 503 if away else 200, headers=headers, media_type="text/html")

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                self._known, self._away = await asyncio.to_thread(self._load), False
        except (RedisError, OSError) as error:  # a TimeoutError is one
            log.warning("the status page cannot work", why=type(error).__name__)
            self._known, self._away = None, True
        self._until = asyncio.get_running_loop().time() + KEPT_SECONDS
