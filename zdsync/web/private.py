"""What operators may reach: `/healthz`, `/readyz`, `/metrics`. Served by `serve.py` on the private address.

`healthz` says that the process answers, so that a supervisor restarts it when it does not. `readyz` says whether
zdsync as a whole does its work, and why not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from zdsync.web.metrics import CONTENT_TYPE
from zdsync.web.readiness import State, judge

ANSWER_SECONDS = 5.0

log = structlog.get_logger()


def private_app(
    state: Callable[[], Awaitable[State]], metrics: Callable[[], Awaitable[bytes]], *, seconds: float = ANSWER_SECONDS
) -> Starlette:
    """The private application. `state` and `metrics` read the store; what they raise, and being slow, is an answer."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        try:
            async with asyncio.timeout(seconds):
                checks = judge(await state())
        except Exception as error:
            checks = judge(State(redis_fault=f"cannot be asked: {type(error).__name__}"))
        ready = all(check.ok for check in checks)
        body = {"ready": ready, "checks": {check.name: {"ok": check.ok, "why": check.why} for check in checks}}
        return JSONResponse(body, 200 if ready else 503)

    async def metrics_(request: Request) -> Response:
        try:
            async with asyncio.timeout(seconds):
                text = await metrics()
        except Exception as error:
            log.warning("no metrics", why=type(error).__name__)
            return PlainTextResponse(f"cannot be read: {type(error).__name__}\n", 503)
        return Response(text, media_type=CONTENT_TYPE)

    app = Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics_)])
    app.router.redirect_slashes = False
    return app
