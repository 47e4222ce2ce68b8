"""A process for `test_serve.py`: both applications on free ports; prints their URLs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from tests.web.test_public import Stored, an_app
from zdsync.web.private import private_app
from zdsync.web.readiness import State
from zdsync.web.serve import serve
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
    serve(
        apps,
        public_bind=("127.0.0.1", 0),
        private_bind=("127.0.0.1", 0),
        started=lambda public, private: print(public, private, flush=True),
    )
