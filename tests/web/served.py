"""A process for the tests: both applications on free ports, or on those that its parent holds; prints their URLs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from tests.web.test_public import Stored, an_app
from zdsync.web.doors import received
from zdsync.web.private import private_app
from zdsync.web.readiness import State
from zdsync.web.serve import listen, serve
from zdsync.zendesk.webhook import Hint


@contextlib.asynccontextmanager
async def apps() -> AsyncIterator[tuple[Starlette, Starlette]]:
    stored = Stored()

    async def slow(hint: Hint) -> bool:
        print("receiving", flush=True)
        await asyncio.sleep(0.5)  # long enough that the signal comes in between
        return await stored.receive(hint)

    async def state() -> State:
        return State()

    async def metrics() -> bytes:
        return b""

    try:
        yield an_app(slow), private_app(state, metrics)
    finally:
        print(f"closed with {len(stored.hints)} stored", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--listening", public, private]:
            doors = received((int(public), int(private)))
        case _:
            doors = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    serve(apps, *doors, started=lambda public, private: print(public, private, flush=True))
