"""Carries webhook attempts over HTTP, on the server's own event loop. `app.py` owns one.

A small HTTP/1.1 client on h11: one connection per attempt, a timeout on the whole, nothing repeated by itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from zdsync.sandbox import webhooks
from zdsync.sandbox.account import Account
from zdsync.sandbox.webhooks import Attempt, Outcome

MAX_AT_ONCE = 16
MAX_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    status: int | None = None
    headers: dict[str, str] | None = None
    text: str = ""


class Courier:
    def __init__(self, account: Account, wake: Callable[[], None]) -> None:
        """`wake` is called after each attempt: it may have put a retry on the agenda."""
        self.account = account
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """Attempts being made, and those that are due but wait their turn."""
        return len(self._tasks) + len(self.account.to_send)

    def pump(self) -> None:
        """Start what is due, up to a number at once."""
        account = self.account
        while account.to_send and len(self._tasks) < MAX_AT_ONCE:
            attempt = webhooks.begin(account, account.to_send.popleft())
            if attempt is not None:
                task = asyncio.get_running_loop().create_task(self._carry(account, attempt))
                self._tasks.add(task)
                task.add_done_callback(self._done)

    async def _carry(self, account: Account, attempt: Attempt) -> None:
        answer = await fetch(attempt, account.options.webhook_timeout)
        webhooks.end(account, attempt, answer.outcome, answer.status, answer.headers or {}, answer.text)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self.pump()
            self._wake()

    async def idle(self) -> None:
        """Wait until nothing is being sent."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def fetch(attempt: Attempt, timeout_s: float) -> Answer:
    """Make one request. Never raises: no answer is an answer too."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchange(attempt)
    except TimeoutError:
        return Answer("timeout")
    except (OSError, h11.RemoteProtocolError, ValueError) as error:
        return Answer("unreachable", text=type(error).__name__)


async def _exchange(attempt: Attempt) -> Answer:
    url = urlsplit(attempt.url)
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(url.hostname, port, ssl=context)
    try:
        connection = h11.Connection(h11.CLIENT)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = [("Host", url.netloc.rpartition("@")[2]), *attempt.headers.items(), ("Connection", "close")]
        headers.append(("Content-Length", str(len(attempt.body))))
        request = h11.Request(method=attempt.method, target=target, headers=headers)
        data = connection.send(request) or b""
        data += (connection.send(h11.Data(data=attempt.body)) or b"") + (connection.send(h11.EndOfMessage()) or b"")
        writer.write(data)
        await writer.drain()
        return await _read(connection, reader)
    finally:
        writer.close()


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Answer:
    status, headers, body = 0, dict[str, str](), b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = {name.decode(): value.decode("latin-1") for name, value in event.headers.raw_items()}
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
            if len(body) > MAX_ANSWER:
                break
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            break
    return Answer("answered", status, headers, body.decode("utf-8", "replace"))
