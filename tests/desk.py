"""A world that the commands can be called in: the fixture `desk` of `tests/conftest.py`.

Everything of `tests/scenarios/world.py`, with production's own key prefix on a Redis database of its own, and the
settings as a shell would have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis import Redis

from tests.scenarios.world import CLAIRE, EMILY, RAJ, TOM, World
from zdsync.clock import milliseconds
from zdsync.parts import Outcome, Parts
from zdsync.sandbox import Account, Server, serve
from zdsync.store.connection import connect
from zdsync.store.due import PREFIX

__all__ = ["CLAIRE", "EMILY", "RAJ", "TOM", "Desk", "database", "open_desk"]

SHIPPED = Path(__file__).parents[1] / "config"

DATABASE = 9
"""Of the tests' Redis: emptied for each desk, and used by nothing else."""


class Desk(World):
    """Monday, 09:00 in Paris; webhooks are lost unless a test hints."""

    def __init__(self, server: Server, redis: Redis, redis_url: str, **more: Any) -> None:
        super().__init__(server, redis, PREFIX, **more)
        self.env = {
            "ZDSYNC_BASE_URL": server.url,
            "ZDSYNC_EMAIL": server.email,
            "ZDSYNC_API_TOKEN": server.token,
            "ZDSYNC_REDIS_URL": redis_url,
            "ZDSYNC_CONFIG": str(SHIPPED),
            "ZDSYNC_SANDBOX_CONTROL": server.control_url,
        }

    def asks(self, who: str = EMILY, **act: Any) -> int:
        """A customer writes a new ticket; its number."""
        return self.act(who, webhook=False, **{"subject": "Login", "comment": "It says no.", "channel": "email", **act})

    def does(self, who: str, ticket: int, **act: Any) -> None:
        """Somebody changes a ticket or writes on it."""
        self.act(who, webhook=False, ticket=ticket, **act)

    def wait(self, seconds: float) -> None:
        """Time passes, and nobody of ours is looking."""
        self.server.clock.advance(seconds)

    def work_for(self, **length: float) -> list[Outcome]:
        """`until` so long from now: `work_for(minutes=10)`."""
        return self.until(self.now + timedelta(**length))

    def row(self, ticket: int) -> dict[str, Any]:
        """The ticket as Zendesk has it."""
        return dict(self.account.tickets[ticket].row)

    def fault(self, do: str, **more: Any) -> None:
        """One thing goes wrong on purpose (`sandbox/faults.py`), and nothing else."""
        self.faults({"do": do, **more})

    def another_worker(self) -> Parts:
        """A second process: connections and client of its own, the same Redis and account."""
        return self.new_worker().parts

    def calls(self, kind: str, status: str | None = None) -> int:
        """How many API calls of a kind (a part of its name, like `incremental`) have arrived."""
        counts = self.server.calls()["counts"].items()
        found = [by for name, by in counts if kind in name]
        return sum(by.get(status, 0) if status else sum(by.values()) for by in found)

    def due_now(self) -> int:
        return self.store.due.count_due(milliseconds(self.now))


def database(url: str, number: int = DATABASE) -> str:
    """The same Redis, another of its databases."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


@contextmanager
def open_desk(redis_url: str, **more: Any) -> Iterator[Desk]:
    """A desk on an emptied database; `more` as `World` takes it."""
    url = database(redis_url)
    with serve(Account.empty(0)) as server, connect(url) as redis:
        redis.flushdb()
        made = Desk(server, redis, url, **more)
        try:
            yield made
        finally:
            made.close()
