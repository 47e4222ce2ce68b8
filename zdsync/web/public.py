"""What Zendesk may reach: `POST /webhook`. Served by `serve.py` on the public address, beside `confirm.py`'s page.

The answer follows Zendesk's delivery rules: 202 once the hint is stored; 503 with `Retry-After` when it cannot be (it
comes again); 400, 401 or 413 for what no repetition mends. Never a 500, which Zendesk does not repeat. A delivery that
is lost all the same costs nothing but time: polling finds the ticket.

The endpoint is plain ASGI, without Starlette's request and response objects: it is what every webhook goes through.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from zdsync.zendesk import webhook
from zdsync.zendesk.webhook import BadRequest, Hint, TooLarge, WebhookError

RETRY_AFTER_SECONDS = 5
"""Zendesk repeats a 503 only when this is under 60."""

STORE_SECONDS = 2.0
"""A slow Redis is as good as none: Zendesk gives up after 10 s and counts that against us."""

BODY_SECONDS = 5.0
"""For the whole body to arrive."""

LOG_EVERY_SECONDS = 10.0
"""One line per reason of refusal and this long: a flood must not fill the disk. The counter has all of them."""

PAGE = "zdsync receives the webhooks of a Zendesk account here. There is nothing to see.\n"

_WANTED = {name.encode(): name for name in (webhook.SIGNATURE, webhook.TIMESTAMP, webhook.INVOCATION, "content-length")}

log = structlog.get_logger()


class _Gone(Exception):
    """The client went away before its body was complete: nobody waits for an answer."""


def public_app(
    receive: Callable[[Hint], Awaitable[bool]],
    *,
    now: Callable[[], datetime],
    secrets: Sequence[str],
    window: timedelta = webhook.WINDOW,
    body_limit: int = webhook.BODY_LIMIT,
    store_seconds: float = STORE_SECONDS,
    body_seconds: float = BODY_SECONDS,
    count: Callable[[str], None] = lambda outcome: None,
    pages: Sequence[Route] = (),
) -> Starlette:
    """The public application.

    `receive` stores a hint and tells whether its invocation was new; whatever it raises means "not stored". `secrets`:
    the present and, during a rotation, the former one; with none every delivery is refused. `count` gets the outcome of
    each delivery: `stored`, `repeated`, `ignored`, `refused`, `unavailable`. `pages`: what people may see besides.
    """
    limits = _Limits(window, body_limit, store_seconds, body_seconds)
    endpoint = _Webhook(receive, now, tuple(secrets), limits, count)
    app = Starlette(
        routes=[Route("/webhook", endpoint, methods=["POST"]), Route("/", _page), *pages],
        exception_handlers={Exception: _unexpected},
    )
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Limits:
    window: timedelta
    body_bytes: int
    store_seconds: float
    body_seconds: float


@dataclass(frozen=True, slots=True)
class _Webhook:
    receive: Callable[[Hint], Awaitable[bool]]
    now: Callable[[], datetime]
    secrets: tuple[str, ...]
    limits: _Limits
    count: Callable[[str], None]
    quiet_until: dict[str, float] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            outcome = await self._handle(scope, receive)
        except _Gone:
            return
        except WebhookError as error:
            self.count("refused")
            self._warn("webhook refused", status=error.status, why=str(error))
            await _answer(send, error.status, f"{error}\n", close=isinstance(error, TooLarge | _TooSlow))
            return
        except Exception as error:
            self.count("unavailable")
            self._warn("webhook not stored", why=type(error).__name__, at=_place(error))
            await _answer(send, 503, "not stored, please repeat\n", retry=True)
            return
        self.count(outcome)
        await _answer(send, 202, "")

    async def _handle(self, scope: Scope, receive: Receive) -> str:
        headers = {_WANTED[name]: value.decode("latin-1") for name, value in scope["headers"] if name in _WANTED}
        body = await self._body(headers.get("content-length", ""), receive)
        hint = webhook.read(
            headers, body, secrets=self.secrets, now=self.now(), window=self.limits.window, limit=self.limits.body_bytes
        )
        if not hint.ticket_ids:
            return "ignored"
        async with asyncio.timeout(self.limits.store_seconds):
            new = await self.receive(hint)
        return "stored" if new else "repeated"

    async def _body(self, length: str, receive: Receive) -> bytes:
        """The whole body, read no further than the limit whatever `Content-Length` says."""
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > self.limits.body_bytes):
            raise TooLarge(f"more than {self.limits.body_bytes} bytes")
        message = await self._next(receive)
        body: bytes = message.get("body", b"")
        if message.get("more_body", False):
            body = await self._rest(body, receive)
        if len(body) > self.limits.body_bytes:
            raise TooLarge(f"more than {self.limits.body_bytes} bytes")
        return body

    async def _rest(self, start: bytes, receive: Receive) -> bytes:
        body = bytearray(start)
        more = True
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while more and len(body) <= self.limits.body_bytes:
                    message = await self._next(receive)
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
        except TimeoutError:
            raise _TooSlow("the body did not arrive in time") from None
        return bytes(body)

    async def _next(self, receive: Receive) -> Message:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        return message

    def _warn(self, event: str, **fields: object) -> None:
        """One line per kind and while; what the client sent is not in it."""
        kind = f"{event} {fields['why']}"
        if time.monotonic() >= self.quiet_until.get(kind, 0.0):
            self.quiet_until[kind] = time.monotonic() + LOG_EVERY_SECONDS
            log.warning(event, **fields)


class _TooSlow(BadRequest):
    """A body that trickles in."""


async def _answer(send: Send, status: int, text: str, *, retry: bool = False, close: bool = False) -> None:
    body = text.encode()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"text/plain; charset=utf-8")]
    if retry:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _page(request: Request) -> Response:
    return PlainTextResponse(PAGE)


async def _unexpected(request: Request, error: Exception) -> Response:
    """For every other path: a fault of ours is not Zendesk's either."""
    return PlainTextResponse("not now\n", 503, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


def _place(error: BaseException) -> str:
    """File and line where it was raised; the message may quote what was sent."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
