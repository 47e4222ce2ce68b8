"""The ASGI application: HTTP on one side, `api.py` and `control.py` on the other. `serve.py` runs it with uvicorn.

One event loop, and every call is carried out without giving way: the account needs no locks. Its Date header, like
everything here, is account time.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

import msgspec

from zdsync.sandbox import api, attachments_api, auth, control, travel
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import SECOND
from zdsync.sandbox.courier import Courier, fetch
from zdsync.sandbox.errors import ApiError
from zdsync.sandbox.http import Call, Reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CONSTANT_HEADERS = (
    (b"x-zendesk-api-version", b"v2"),
    (b"cache-control", b"max-age=0, private, must-revalidate"),
    (b"x-zendesk-zorg", b"yes"),
)
MIN_SLEEP = 0.001


class Sandbox:
    """One account being served."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._changed = asyncio.Event()
        self.courier = Courier(account, self._changed.set)
        self._ticker: asyncio.Task[None] | None = None

    def replace(self, account: Account) -> None:
        """Another account in the place of this one (a loaded state)."""
        self.account = account
        self.courier.account = account

    def settle(self) -> None:
        """Let happen what is due, send what is to be sent, and look at the agenda anew."""
        travel.run_due(self.account)
        self.courier.pump()
        self._changed.set()

    def start(self) -> None:
        """Begin to run with the clock. Needs the event loop."""
        self._ticker = asyncio.get_running_loop().create_task(self._tick())

    async def stop(self) -> None:
        if self._ticker:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        await self.courier.stop()

    async def _tick(self) -> None:
        """While the clock runs, wake at each instant at which something is due."""
        while True:
            due = self.account.agenda.next_due_ms()
            timeout = None if due is None else self.account.clock.real_seconds_until(due)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), None if timeout is None else max(timeout, MIN_SLEEP))
            self._changed.clear()
            travel.run_due(self.account)
            self.courier.pump()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        travel.run_due(self.account)
        answer = await self._answer(scope, body)
        self.settle()
        if isinstance(answer, Reply):
            await self._reply(answer, send)
        else:
            await _hang_up(send)

    async def _answer(self, scope: Scope, body: bytes) -> api.Answer:
        path: str = scope["path"]
        try:
            call = self._call(scope, path, body)
        except msgspec.DecodeError:
            return Reply(400, {"error": "InvalidJSON", "description": "The request body is not valid JSON"})
        if path.startswith("/control/"):
            return await control.answer(self, call)
        if path == "/oauth/tokens" and call.method == "POST":
            try:
                return Reply(201, auth.grant(self.account, call.body))
            except ApiError as error:
                return Reply(error.status, error.body, error.headers)
        if not path.startswith("/api/v2/"):
            if (file := attachments_api.download(call)) is not None:
                return file
            return Reply(404, {"error": "InvalidEndpoint", "description": "Not found"})
        answer = api.answer(call)
        if isinstance(answer, Reply) and answer.send is not None:
            back = await fetch(answer.send, self.account.options.webhook_timeout)
            pairs = [{"key": key, "value": value} for key, value in (back.headers or {}).items()]
            status = 504 if back.outcome == "timeout" else back.status or 502
            answer.body = {"response": {"headers": pairs, "status_code": status, "payload": back.text}}
        return answer

    def _call(self, scope: Scope, path: str, body: bytes) -> Call:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        base_url = f"{scope.get('scheme', 'http')}://{headers.get('host', '127.0.0.1')}"
        inner = path.removeprefix("/api/v2").rstrip("/").removesuffix(".json")
        query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
        if inner == "/uploads":
            raw = base64.b64encode(body).decode()
            return Call(self.account, scope["method"], inner, query, None, base_url, headers, raw=raw)
        # Only OAuth's form comes as one: `curl -d` calls everything a form, also what it says to the control API.
        is_form = "urlencoded" in headers.get("content-type", "") and not inner.startswith("/control/")
        is_json = body and not is_form
        parsed = msgspec.json.decode(body) if is_json else _form(body)
        return Call(self.account, scope["method"], inner, query, parsed, base_url, headers)

    async def _reply(self, reply: Reply, send: Send) -> None:
        if reply.body is None:
            content = b""
        elif isinstance(reply.body, str):
            content = reply.body.encode()
        elif isinstance(reply.body, bytes):
            content = reply.body
        else:
            content = msgspec.json.encode(reply.body)
        headers = [
            (b"date", formatdate(self.account.now_ms // SECOND, usegmt=True).encode()),
            (b"content-type", reply.content_type.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"x-request-id", uuid.uuid4().hex.encode()),
            *CONSTANT_HEADERS,
            *((name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items()),
        ]
        if reply.status == 204:
            del headers[1:3]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _form(body: bytes) -> dict[str, str] | None:
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()} if body else None


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def _hang_up(send: Send) -> None:
    """Close the connection without a reply. ASGI has no word for it; uvicorn's cycle knows its transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)  # lets the connection be lost, which uvicorn else reports as a missing reply
        await asyncio.sleep(0)
        return
    # Another server: promise more than is sent, which the client sees as a broken reply.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
