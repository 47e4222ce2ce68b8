"""The notices of a campaign: how soon 10,000 contacts are planned, how near to the account's limits they are created.

Held: whom a campaign of 10,000 is for and whom it has reached is read and decided in less than 5 s; notices are created
at 95 % of the rate that the limits allow at least, whether it is the limit on creates or the account's that binds, and
the people's share is left; the process does not grow with them; somebody else's P1 is looked at within moments.

The sandbox is a process of its own. Its clock stands still while there is something to do, and goes on to what is due
next: a minute's budget is used up as fast as this machine can, so the rate says nothing about its speed.
"""

from __future__ import annotations

import gc
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import requests

from tests.bench import Figure, report
from tests.scenarios.announcing import TAG, announcing_rulebook
from zdsync.campaign import BATCH
from zdsync.clock import instant, milliseconds
from zdsync.control import PROBED_TAG, external_id
from zdsync.core.evaluate import evaluate
from zdsync.core.model import History
from zdsync.demo.director import Sandbox
from zdsync.demo.stage import sandbox_process
from zdsync.logs import configure_logs
from zdsync.parts import LEASE_MS, Parts
from zdsync.reach import Source, with_reach
from zdsync.reconcile import people_of, reconcile
from zdsync.rules.current import CurrentRules
from zdsync.sandbox import Account, shapes
from zdsync.settings import Settings
from zdsync.store.connection import connect
from zdsync.store.server import EmbeddedRedis
from zdsync.wiring import Account as AccountFacts
from zdsync.wiring import Store, parts_of, session_of
from zdsync.zendesk.client import Zendesk

CONTACTS = 10_000
PLANNED_SECONDS_HELD = 5.0
RATE_HELD = 0.95
PEOPLES_SHARE = 0.30
GROWTH_MB_HELD = 6.0
"""Over 10,000 notices. What is kept of each is in Redis."""
P1_SECONDS_HELD = 1.0
P1_EVERY = 210
"""Notices between two moments at which somebody else's P1 is due: a time or two in a minute."""

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
US, EMILY, TOM = "zdsync@desk.example", "emily.carter@northgate.example", "tom@desk.example"


def run() -> bool:
    """Print the figures; whether all of them hold."""
    return report(figures())


def figures() -> Iterator[Figure]:
    with running(_account(700)) as desk:
        yield _planned(desk)
        yield from _sent(desk, minutes=10, allowed=300, name="where creates are limited to 300 a minute")
    with running(_account(200)) as desk:
        yield from _sent(desk, minutes=5, allowed=140, name="where the account is limited to 200 calls a minute")


@dataclass
class Told:
    """The account's time, which goes on when it is told to."""

    at: datetime
    steady: bool = True

    def now(self) -> datetime:
        return self.at

    def observe(self, date: datetime) -> None:
        """It is exact."""


@dataclass
class Desk:
    """A worker in this process, beside the sandbox."""

    sandbox: Sandbox
    control: str
    clock: Told
    store: Store
    parts: Parts
    problem: int
    other: int
    """Somebody else's P1."""
    process: psutil.Process
    """The sandbox's."""
    created: Counter[datetime] = field(default_factory=Counter)
    """How many notices at each instant."""

    def go(self, at: datetime) -> None:
        self.sandbox.run(0, at=at)
        self.clock.at = at

    def counted(self) -> int:
        """All calls of ours so far."""
        counts = requests.get(f"{self.control}/calls?ticket=0", timeout=60).json()["counts"]
        return sum(sum(by_status.values()) for by_status in counts.values())


def _account(per_minute: int) -> Account:
    """A desk with very many contacts, that is allowed so many calls a minute."""
    account = Account.demo(BEGIN - timedelta(hours=1))
    account.limits.account_per_minute = per_minute
    organization = next(iter(account.organizations))
    for number in range(CONTACTS - 7):
        row = shapes.user(account.new_id(), account.now_ms, name=f"Contact {number}", email=f"c{number}@many.example")
        account.add_user({**row, "organization_id": organization})
    account.act(US, subject="switches", comment="-", external_id=external_id(BEGIN), tags=[PROBED_TAG], channel="api")
    return account


@contextmanager
def running(account: Account) -> Iterator[Desk]:
    configure_logs("json")
    with tempfile.TemporaryDirectory() as name, EmbeddedRedis(Path(name) / "redis") as server:
        state = Path(name) / "account.json"
        state.write_text(json.dumps(account.to_json()))
        with sandbox_process("--load", str(state)) as (process, address), connect(server.url) as redis:
            sandbox, clock = Sandbox(address.control), Told(BEGIN)
            sandbox.run(0, at=BEGIN)
            store = Store.at(redis)
            store.epoch.end_resync(store.epoch.begin_resync() or "", BEGIN)
            found = {"BASE_URL": address.url, "EMAIL": address.email, "API_TOKEN": address.token}
            settings = Settings.from_env({f"ZDSYNC_{name}": value for name, value in found.items()})
            zendesk = Zendesk(session_of(settings, clock, store))
            book = announcing_rulebook()
            rules = CurrentRules(lambda: book, store.cache.rulebook, store.cache.publish_rulebook)
            parts = parts_of(store, clock, zendesk, AccountFacts(zendesk), rules)
            other = sandbox.act({"as": EMILY, "subject": "Down too", "comment": "All of it."})["ticket"]
            sandbox.act({"as": TOM, "ticket": other, "priority": "urgent"})
            told = {"subject": "Down", "comment": "All is down.", "type": "problem", "priority": "urgent"}
            problem = sandbox.act({"as": TOM, "requester": EMILY, "tags": [TAG], **told})["ticket"]
            desk = Desk(
                sandbox, address.control, clock, store, parts, int(problem), int(other), psutil.Process(process.pid)
            )
            desk.go(BEGIN + timedelta(seconds=10))
            yield desk
            zendesk.session.close()


def _planned(desk: Desk) -> Figure:
    """From nothing: organisations, users, the linked tickets, then the decision. With all of them in the budget of one
    minute, since what is measured here is not how many calls a plan allows."""
    parts, now = desk.parts, desk.clock.now()
    worker, sandbox = psutil.Process(), desk.process
    began = _cpu(worker) + _cpu(sandbox)
    history = History(parts.zendesk.ticket(desk.problem).ticket, parts.zendesk.audits(desk.problem))
    rulebook = parts.rulebook()
    facts = parts.facts(rulebook, people_of(history.ticket, history.audits, parts, "live"))
    facts = with_reach(facts, history, rulebook, now, Source(parts.zendesk))
    plan = evaluate(history, facts, rulebook, now)
    took = _cpu(worker) + _cpu(sandbox) - began
    assert facts.reach is not None
    assert len(facts.reach.contacts) == CONTACTS
    assert plan.updates[0].keys[0].endswith(f":go:{CONTACTS}")
    desk.go(now + timedelta(minutes=2))
    return Figure(
        f"{CONTACTS:,} contacts planned",
        took,
        "s",
        at_most=PLANNED_SECONDS_HELD,
        note="of processor, the sandbox's too; nothing was cached",
    )


def _cpu(process: psutil.Process) -> float:
    """Seconds so far. What else this machine does meanwhile does not count."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _sent(desk: Desk, minutes: int, allowed: int, name: str) -> Iterator[Figure]:
    """So many whole minutes of a sending."""
    desk.store.due.hint([desk.problem], "p1", milliseconds(desk.clock.now()))
    waits = _waits(desk)
    _work(desk, until=lambda: bool(desk.created))
    first = min(desk.created)
    _work(desk, until=lambda: desk.clock.now() >= first + timedelta(minutes=1))
    gc.collect()
    process, began = psutil.Process(), desk.clock.now()
    mb, calls, before = process.memory_info().rss / 1e6, desk.counted(), desk.created.total()
    started = time.perf_counter()
    _work(desk, until=lambda: desk.clock.now() >= began + timedelta(minutes=minutes))
    took = time.perf_counter() - started
    gc.collect()
    made = desk.created.total() - before
    total = desk.store.governor.budget("account", desk.clock.now()).total
    per_minute = (desk.counted() - calls) / minutes
    grown = (process.memory_info().rss / 1e6 - mb) * CONTACTS / made
    note = f"{made:,} in {minutes} minutes, {BATCH} at a time; {1000 * took / made:.1f} ms each"
    yield Figure(f"of the rate that is allowed, {name}", made / (allowed * minutes), at_least=RATE_HELD, note=note)
    yield Figure(
        "of the account's calls", per_minute / total, at_most=1 - PEOPLES_SHARE + 0.02, note="a P1's own are among them"
    )
    yield Figure(f"a worker grows over {CONTACTS:,} notices by", grown, "MB", at_most=GROWTH_MB_HELD)
    yield Figure(
        "somebody else's P1 waits at most", max(waits), "s", at_most=P1_SECONDS_HELD, note=f"of {len(waits)} times"
    )


def _waits(desk: Desk) -> list[float]:
    """Now and then the other P1 is due; filled with how long it takes until it is looked at."""
    waits: list[float] = []
    since: list[float] = []
    create, ticket = desk.parts.zendesk.create_ticket, desk.parts.zendesk.ticket

    def creating(*arguments: object, **options: object) -> object:
        made = create(*arguments, **options)  # type: ignore[arg-type]
        desk.created[desk.clock.now()] += 1
        if desk.created.total() % P1_EVERY == 0:
            desk.store.due.hint([desk.other], "p1", milliseconds(desk.clock.now()))
            since.append(time.perf_counter())
        return made

    def reading(ticket_id: int, *arguments: object) -> object:
        if ticket_id == desk.other and since:
            waits.append(time.perf_counter() - since.pop())
        return ticket(ticket_id, *arguments)  # type: ignore[arg-type]

    desk.parts.zendesk.create_ticket = creating  # type: ignore[method-assign,assignment]
    desk.parts.zendesk.ticket = reading  # type: ignore[method-assign,assignment]
    return waits


def _work(desk: Desk, until: object) -> None:
    """What is due now, then what is due next."""
    assert callable(until)
    while not until():
        leases = desk.parts.due.claim(10, milliseconds(desk.clock.now()), LEASE_MS)
        for lease in leases:
            reconcile(lease, desk.parts)
        if not leases:
            due = desk.store.due.next_due_ms()
            assert due is not None, "nothing is due any more"
            desk.go(max(instant(due), desk.clock.now() + timedelta(milliseconds=50)))
