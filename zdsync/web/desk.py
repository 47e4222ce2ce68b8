"""The confirmation page's way to Zendesk: calls that wait, in a few threads beside the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from zdsync import confirm
from zdsync.confirm import Answer, View
from zdsync.core.links import Link
from zdsync.parts import Parts
from zdsync.store.visits import Visits
from zdsync.web.confirm import Desk

THREADS: Final = 4
"""So many visitors are served at the same time; the others wait."""

T = TypeVar("T")


@contextmanager
def desk_of(make: Callable[[], Parts], visits: Visits, pause: Callable[[float], object] = time.sleep) -> Iterator[Desk]:
    """`make` gives each thread parts of its own when it has its first visitor: rules and account are read then."""
    local = threading.local()

    def parts() -> Parts:
        if not hasattr(local, "parts"):
            local.parts = make()
        found: Parts = local.parts
        return found

    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="confirm")

    async def run(work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, work)

    async def look(link: Link) -> View:
        return await run(lambda: confirm.look(link, parts()))

    async def answer(link: Link, given: Answer, said: str) -> View:
        return await run(lambda: confirm.answer(link, given, said, parts(), pause))

    async def allow(token: str, kind: str, most: int) -> bool:
        return await run(lambda: visits.allow(token, kind, most))

    try:
        yield Desk(look, answer, allow)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
