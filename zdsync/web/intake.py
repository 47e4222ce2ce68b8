"""From the receiver into the due index: the store's script for deliveries, over `redis.asyncio`.

Deliveries that arrive while a call is under way go together in the next one. Each is treated as the store's script
treats it alone; a burst only costs fewer turns of the event loop, fewer commands, and one log line for all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from zdsync.store.due import PREFIX, RECEIVE, receive_args
from zdsync.zendesk.webhook import Hint

SETTLE = timedelta(seconds=2)
"""A ticket is looked at once the second of its stamp is surely over: two seconds after that second began."""

BATCH = 100
"""Deliveries per call: Redis serves nobody else meanwhile."""

REDIS_SECONDS = 2.0

RECEIVE_MANY = f"""
local function receive(KEYS, ARGV)
{RECEIVE}
end
local answers, at = {{}}, 1
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  answers[#answers + 1] = receive(KEYS, {{unpack(ARGV, at + 1, at + count)}})
  at = at + count + 1
end
return answers
"""
"""The store's script for each delivery in turn. Arguments: how many the first delivery has, those, and so on."""

log = structlog.get_logger()


class Intake:
    """Stores hints. One per event loop; an async context manager that closes its connection."""

    def __init__(self, url: str, *, now: Callable[[], datetime], prefix: str = PREFIX) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=Retry(NoBackoff(), 1)
        )
        self._now = now
        self._prefix = prefix
        self._receive_many = self._redis.register_script(RECEIVE_MANY)
        self._waiting: list[tuple[Hint, asyncio.Future[bool]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def store(self, hint: Hint) -> bool:
        """True when the invocation was new and its tickets are due; False when it was stored before.

        Raises `redis.exceptions.RedisError` or `OSError` when it is not certain that it was stored.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((hint, done))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send_all())
        return await done

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._redis.aclose()

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                # Who gave up has answered 503 and will be sent the same again.
                if wanted := [(hint, done) for hint, done in batch if not done.done()]:
                    await self._send(wanted)
        finally:
            self._sender = None

    async def _send(self, batch: list[tuple[Hint, asyncio.Future[bool]]]) -> None:
        """Every waiting delivery gets its answer, or all get the error of the call."""
        try:
            answers = await self._call([hint for hint, _ in batch])
        except BaseException as error:
            for _, done in batch:
                if not done.done():
                    done.set_exception(error if isinstance(error, Exception) else ConnectionError("shutting down"))
            if not isinstance(error, Exception):
                raise
            return
        for (_, done), new in zip(batch, answers, strict=True):
            if not done.done():
                done.set_result(bool(new))
        stored = [hint for (hint, _), new in zip(batch, answers, strict=True) if new]
        if stored:
            log.info(
                "webhooks stored",
                tickets=[ticket_id for hint in stored for ticket_id in hint.ticket_ids],
                invocations=[hint.invocation_id for hint in stored],
            )

    async def _call(self, hints: list[Hint]) -> list[int]:
        at_ms = 1000 * int((self._now() + SETTLE).timestamp())  # the stamp's second, unless that has just ended
        args: list[str | int] = []
        for hint in hints:
            _, own = receive_args(hint.invocation_id, hint.ticket_ids, hint.work, at_ms, self._prefix)
            args += (len(own), *own)
        answers: list[int] = await self._receive_many(keys=[self._prefix], args=args)
        return answers
