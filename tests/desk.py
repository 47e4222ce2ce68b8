"""A desk to test against: a sandbox in this process, the real Redis, and one worker's parts, wired as in production.

Its clock stands still until a test moves it, so a test says exactly when things happen. `tests/conftest.py` has the
fixture `desk`; `Desk.work` is what dispatcher and workers do, in order and in this thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis import Redis

from zdsync.clock import milliseconds
from zdsync.control import PROBED_TAG, set_switch
from zdsync.core.rulebook import Rulebook
from zdsync.reconcile import LEASE_MS, Outcome, Parts, reconcile
from zdsync.rules.current import CurrentRules
from zdsync.sandbox import Account, Server, serve
from zdsync.settings import ApiToken, Secret, Settings
from zdsync.store.connection import connect
from zdsync.wiring import Account as AccountFacts
from zdsync.wiring import Store, Wiring, loader, parts_of, session_of
from zdsync.zendesk.client import Zendesk

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""A Monday, 09:00 in Paris: the desk opens."""

SHIPPED = Path(__file__).parents[1] / "config"
EMILY, RAJ = "emily.carter@northgate.example", "raj.patel@northgate.example"
CLAIRE, TOM = "claire@desk.example", "tom@desk.example"

DATABASE = 9
"""Of the tests' Redis: production's own key prefix is used in it, so it is emptied for each desk."""


@dataclass
class SameClock:
    """The sandbox's clock, read without a request: what `SandboxClock` tells, a hundred times as fast."""

    account: Account
    steady: bool = True

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.account.now_ms / 1000, UTC)

    def observe(self, date: datetime) -> None:
        """It is exact."""


@dataclass
class Desk:
    """A sandbox, a worker's parts beside it, and what they need of each other."""

    server: Server
    settings: Settings
    wiring: Wiring

    @property
    def parts(self) -> Parts:
        return self.wiring.parts

    @property
    def store(self) -> Store:
        return self.wiring.store

    @property
    def redis(self) -> Redis:
        return self.wiring.store.redis

    @property
    def now(self) -> datetime:
        return self.server.clock.now

    @property
    def env(self) -> dict[str, str]:
        """The settings as a shell would have them, for the commands."""
        assert self.settings.redis_url is not None
        assert isinstance(self.settings.credential, ApiToken)
        return {
            "ZDSYNC_BASE_URL": self.settings.base_url or "",
            "ZDSYNC_EMAIL": self.settings.credential.email,
            "ZDSYNC_API_TOKEN": self.settings.credential.token.reveal(),
            "ZDSYNC_REDIS_URL": self.settings.redis_url.reveal(),
            "ZDSYNC_CONFIG": str(self.settings.config),
            "ZDSYNC_SANDBOX_CONTROL": self.settings.sandbox_control or "",
        }

    def asks(self, who: str = EMILY, **act: Any) -> int:
        """A customer writes a new ticket; its number."""
        done = self.server.act(who, **{"subject": "Login", "comment": "It says no.", "channel": "email", **act})
        return int(done["ticket"])

    def does(self, who: str, ticket: int, **act: Any) -> None:
        """Somebody changes a ticket or writes on it."""
        self.server.act(who, ticket=ticket, **act)

    def wait(self, seconds: float) -> None:
        """Time passes, and nothing of ours is looking."""
        self.server.clock.advance(seconds)

    def probed(self) -> None:
        """What `doctor --probe` leaves behind. Takes two seconds, so that the stamp's second is over."""
        set_switch(self.parts.zendesk, self.now, PROBED_TAG, True, "Passed.")
        self.wait(2)

    def hint(self, *tickets: int) -> None:
        """As the receiver does."""
        self.parts.due.hint(tickets, "live", milliseconds(self.now))

    def work(self) -> list[Outcome]:
        """Reconcile what is due now, until nothing is. The clock stands still meanwhile."""
        outcomes: list[Outcome] = []
        while leases := self.parts.due.claim(10, milliseconds(self.now), LEASE_MS):
            outcomes += [reconcile(lease, self.parts) for lease in leases]
        return outcomes

    def work_until(self, end: datetime) -> list[Outcome]:
        """The same while time passes: the clock moves to each wake-up before `end`, then to `end`."""
        outcomes = self.work()
        while (due := self.parts.due.next_due_ms()) is not None and due < milliseconds(end):
            self.server.clock.set(datetime.fromtimestamp(max(due / 1000, self.now.timestamp()), UTC))
            outcomes += self.work()
        self.server.clock.set(end)
        return outcomes

    def work_for(self, **length: float) -> list[Outcome]:
        """`work_until` so long from now: `work_for(minutes=10)`."""
        return self.work_until(self.now + timedelta(**length))

    def row(self, ticket: int) -> dict[str, Any]:
        """The ticket as Zendesk has it."""
        return self.server.call(lambda: dict(self.server.account.tickets[ticket].row))

    def our_writes(self) -> list[dict[str, Any]]:
        """Every call that could have changed something, by the user that zdsync writes as."""
        me = self.parts.zendesk.me()
        assert me is not None
        return [write for write in self.server.calls()["writes"] if write["user"] == me["id"]]

    def fault(self, do: str, **more: Any) -> None:
        """Something goes wrong on purpose (`sandbox/faults.py`); replaces what went wrong before."""
        self.server.set_faults({"requests": [{"do": do, **more}]})

    def another_worker(self) -> Wiring:
        """A second process: connections, client and rules of its own, the same Redis and account."""
        return a_worker(self.settings, self.server, self.redis, None)


def a_worker(settings: Settings, server: Server, redis: Redis, rules: Callable[[], Rulebook] | None) -> Wiring:
    """As `wiring.wire` does, but with a clock that costs no request and a session that does not sleep."""
    store, clock = Store.at(redis), SameClock(server.account)
    zendesk = Zendesk(session_of(settings, clock, store, sleep=lambda seconds: None))
    account = AccountFacts(zendesk)
    current = CurrentRules(rules or loader(settings, account), store.cache.rulebook, store.cache.publish_rulebook)
    return Wiring(settings, store, current, parts_of(store, clock, zendesk, account, current))


def database(url: str, number: int = DATABASE) -> str:
    """The same Redis, another of its databases."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


@contextmanager
def open_desk(
    redis_url: str,
    account: Account | None = None,
    *,
    config: Path = SHIPPED,
    rules: Callable[[], Rulebook] | None = None,
) -> Iterator[Desk]:
    """A desk on an emptied database. Its rules are the shipped ones, live since the desk was made, or `rules()`."""
    with serve(account or Account.demo(NOW)) as server, connect(database(redis_url)) as redis:
        redis.flushdb()
        settings = Settings(
            base_url=server.url,
            credential=ApiToken(server.email, Secret(server.token)),
            redis_url=Secret(database(redis_url)),
            config=config,
            sandbox_control=server.control_url,
        )
        yield Desk(server, settings, a_worker(settings, server, redis, rules))
