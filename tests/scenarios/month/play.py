"""Playing the month in `World`: people's acts in their order, what goes wrong between them, and the worker's work.

Time is told, so a message's lateness is what the protocol waits, not what this machine needs for it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from redis import Redis

from tests.scenarios.month.faults import FAULTS, Excuse, Plan
from tests.scenarios.month.hours import Hours
from tests.scenarios.month.mailing import Mailing
from tests.scenarios.month.people import HAVE_PHONES, Life, Request
from tests.scenarios.month.record import Mailed
from tests.scenarios.month.scenery import Scenery
from tests.scenarios.wire import Crash
from tests.scenarios.world import World
from zdsync.clock import instant, milliseconds
from zdsync.parts import Outcome
from zdsync.provision.apply import provision
from zdsync.sandbox import Account, Server

POLLED_AFTER = (timedelta(seconds=75), timedelta(seconds=105))
"""The worker polls twice a minute, and the export hides its last minute: what no webhook has told is found by then."""
TAKEN_FOR_A_PERSONS = timedelta(seconds=5)
HOUR_IS_FULL = "the cap per_hour is reached"
QUIET = timedelta(days=1)
"""After the last act of anybody, so that everything comes to rest."""


class _World(World):
    """Where merges, which are jobs of the account's, are told of by webhooks."""

    deaf = False
    """Nothing of ours runs."""

    def go(self, at: str | datetime) -> None:
        heard = len(self.account.journal)
        super().go(at)
        merged = {ticket for _, ticket, audit in self.account.journal[heard:] if _is_by_merge(audit)}
        if not self.deaf:
            self.hint(*(ticket for ticket in merged if self.account.tickets[ticket].row["status"] != "closed"))


def _is_by_merge(audit: Mapping[str, Any]) -> bool:
    return bool(((audit["via"] or {}).get("source") or {}).get("rel") == "merge")


@dataclass
class Month:
    """The account, played; afterwards it is there to be judged."""

    scenery: Scenery
    plan: Plan
    server: Server
    redis: Redis
    prefix: str
    excuses: list[Excuse] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault has happened."""
    capped: Counter[str] = field(default_factory=Counter)
    requests: list[Request] = field(default_factory=list)
    mailed: dict[int, Mailed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        it = self.scenery
        self.chance = Random(it.seed)
        self.hours = Hours(it.first - timedelta(days=3), it.last + timedelta(days=120))
        self.begins = self.hours.next_open(self.hours.first + timedelta(days=3))
        self.ends = self.hours.first + timedelta(days=(it.last - it.first).days + 4)
        rulebook = it.rulebook(self.begins - timedelta(hours=1))
        account = Account.demo(
            self.begins - timedelta(minutes=30),
            seed=it.seed,
            received_mail=it.received_mail,
            pending_automations=it.automations,
        )
        for user in account.users.values():
            user["phone"] = "+33 1 40 00 00 00" if user["email"] in HAVE_PHONES else None
        self.world = _World(self.server, self.redis, self.prefix, account=account, rulebook=rulebook, begin=self.begins)
        self.world.echoes = True
        self.world.on_outcome = self._note_outcome
        if it.provisioned:
            done = provision(self.world.parts.zendesk, self.world.us, rulebook)
            assert not [each for each in done if each.refused]
        self.world.restart()  # fields and statuses have just been made
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()
        self._heard = len(self.world.account.journal)
        self.down = False

    # What lives ask for (`people.Desk`)

    @property
    def now(self) -> datetime:
        return self.world.now

    def row(self, ticket: int) -> dict[str, Any]:
        return self.world.account.tickets[ticket].row

    def act(self, who: str, **act: Any) -> int:
        """Somebody acts; its webhook may be lost, doubled or late, and something else may go wrong with it."""
        self._notice()
        ticket = self.world.act(who, webhook=False, **act)
        self._heard = len(self.world.account.journal)
        self._tell(ticket)
        self._disturb(ticket)
        return ticket

    # The month

    def play(self) -> Month:
        """All of it, until a day after the last act."""
        for number in range(self.scenery.tickets):
            life = Request if number % self.scenery.mails else Mailing
            self._at(self._arrival(), self._go(life(self, self.chance).life()))
        for name, at, until in self.plan.outages(self.begins, self.ends, self.chance):
            self._at(at, self._outage(name, until))
        while self._heap or self._planned() < self.ends:
            at = min(self._heap[0][0] if self._heap else self.ends, max(self._planned(), self.now))
            if at > self.ends:
                break
            self._advance(at)
            self._notice()
            while self._heap and self._heap[0][0] <= self.now:
                heapq.heappop(self._heap)[2]()
        self._calm()
        self._advance(self.ends)
        self._poll()
        self._advance(self.ends + timedelta(minutes=10))
        return self

    def _arrival(self) -> datetime:
        """Mostly in open hours."""
        span = (self.ends - self.begins).total_seconds() * 0.85
        at = self.begins + timedelta(seconds=self.chance.random() * span)
        if not self.hours.is_open(at) and self.chance.random() < 0.85:
            at = self.hours.next_open(at) + timedelta(hours=self.chance.random() * 9)
        return at

    def _at(self, at: datetime, do: Callable[[], None]) -> None:
        """Not before then: the account's clock knows whole milliseconds."""
        heapq.heappush(self._heap, (instant(milliseconds(at) + 1), next(self._number), do))

    def _go(self, life: Life) -> Callable[[], None]:
        def step() -> None:
            for at in life:
                self._at(at, step)
                return

        return step

    def _planned(self) -> datetime:
        """When the account does something by itself next."""
        due = self.world.account.agenda.next_due_ms()
        return self.ends + QUIET if due is None else instant(due)

    def _advance(self, at: datetime) -> None:
        if self.down:
            self.world.go(max(at, self.now))
            return
        while True:
            try:
                self.world.until(max(at, self.now))
                return
            except Crash:
                self._crashed()

    def _poll(self) -> None:
        if self.down:
            return
        try:
            self.world.poll()
        except Crash:
            self._crashed()
            self.world.poll()

    def _crashed(self) -> None:
        """What it wrote last is not known to be ours until it is read, so it settles as a person's words do."""
        self.struck["the worker's process ends"] += 1
        self.excuses.append(Excuse(self.now, self.now + TAKEN_FOR_A_PERSONS, None, "the worker's process has ended"))
        self.world.restart()

    def _notice(self) -> None:
        """What automations and late writes have changed is told by no webhook: a poll finds it."""
        journal = self.world.account.journal
        for ms, ticket, audit in journal[self._heard :]:
            if audit["author_id"] < 0:
                at = instant(ms)
                self.excuses.append(Excuse(at, at + POLLED_AFTER[-1], ticket, "found by a poll"))
                self._poll_after(at)
        self._heard = len(journal)

    def _poll_after(self, at: datetime) -> None:
        for later in POLLED_AFTER:
            self._at(at + later, self._poll)

    def pass_a_minute(self) -> None:
        """Afterwards, in calm."""
        self.world.wire.cut_at = None
        self._advance(self.now + timedelta(minutes=1))

    # What goes wrong

    def _tell(self, ticket: int) -> None:
        """The webhook of an act, or what becomes of it."""
        fate = "lost" if self.down else self.plan.webhook(self.chance)
        if fate in ("ok", "doubled"):
            self._hint(ticket)
        if fate == "doubled":
            self._hint(ticket)
            self._at(self.now + timedelta(seconds=self.chance.uniform(0, 30)), lambda: self._hint(ticket))
        if fate == "late":
            self._at(self.now + timedelta(seconds=self.chance.uniform(1, 600)), lambda: self._hint(ticket))
        if fate in ("lost", "late"):
            self.excuses.append(Excuse(self.now, self.now + POLLED_AFTER[-1], ticket, f"its webhook is {fate}"))
            self._poll_after(self.now)
        if fate != "ok":
            self.struck[f"webhook {fate}"] += 1

    def _hint(self, ticket: int) -> None:
        if not self.down:
            self.world.hint(ticket)

    def _disturb(self, ticket: int) -> None:
        if self.down or self.chance.random() >= self.plan.disturbed:
            return
        if self.chance.random() < 0.3:
            wire = self.world.wire
            if wire.cut_at is None or wire.cut_at < len(wire.calls):
                wire.cut_at = len(wire.calls) + self.chance.randrange(40)
                wire.cut = self.chance.choice(("before", "after"))
            return
        if self.world.account.faults.requests:
            return
        fault = dict(self.chance.choice(FAULTS))
        fault["path"] = str(fault["path"]).replace("{ticket}", str(ticket))
        self.world.faults(fault)
        self.excuses.append(Excuse(self.now, self.now + self.plan.lasts + self.plan.waits, None, "calls fail"))
        self._at(self.now + self.plan.lasts, self._calm)

    def _calm(self) -> None:
        for fault in self.world.account.faults.requests:
            if fault.done:
                name = f"{fault.method} {fault.do}" + (f" {fault.status}" if fault.do == "reply" else "")
                self.struck[name] += fault.done
        self.world.faults()

    def _outage(self, name: str, until: datetime) -> Callable[[], None]:
        def strike() -> None:
            self.struck[name] += 1
            self.excuses.append(Excuse(self.now, until + self.plan.catches_up, None, name))
            if name == "Redis emptied":
                self.world.empty_redis()
            else:
                self.down = self.world.deaf = True
                self._at(until, up)

        def up() -> None:
            self.down = self.world.deaf = False
            self.world.restart()
            self._poll()
            self._poll_after(self.now)

        return strike

    def _note_outcome(self, outcome: Outcome) -> None:
        if "the cap " in outcome.why or "messages in 24 hours" in outcome.why:
            self.capped[outcome.why] += 1
        if outcome.why == HOUR_IS_FULL and outcome.wake_at is not None:
            # It holds back every ticket's messages until the hour is over, as account.yaml says.
            self.excuses.append(Excuse(self.now, outcome.wake_at, None, outcome.why))

    def asking_rules(self) -> frozenset[int]:
        """The account's triggers that ask our question by mail."""
        return frozenset(id for id, row in self.world.account.triggers.items() if asks(row))


def asks(trigger: dict[str, Any]) -> bool:
    """It marks the ticket as awaiting, and mails the requester."""
    fields = {action["field"]: action["value"] for action in trigger["actions"]}
    return fields.get("current_tags") == "zdsync_awaiting_confirmation" and "notification_user" in fields
