"""A long P1 with many contacts, with workers that are killed at random, replies that are lost, and Redis that forgets.

`test_long_outage.py` plays an afternoon of it, `tests/soak/test_outage.py` six hours with a thousand contacts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from redis import Redis

from tests.builders import a_rule_of
from tests.scenarios.campaigns import end_users, notices, told
from tests.scenarios.wire import Crash
from tests.scenarios.world import EMILY, TOM, World, keys_of, live_rulebook, paris_time
from zdsync.core.rulebook import Caps
from zdsync.sandbox import Server, shapes

MINUTE: Final = timedelta(minutes=1)
MOST_AT_ONCE: Final = 20_000
"""Tickets that are reconciled without the clock moving: a whole audience has its turn at once."""


class LongOutage:
    """Everything that happens, and what has to hold at the end."""

    def __init__(self, server: Server, redis: Redis, prefix: str, contacts: int, *, seed: int = 1) -> None:
        rule = a_rule_of("major_incident", audience={}, p1_after_hours="calendar")
        rulebook = live_rulebook(rules=(rule,), caps=Caps(per_ticket_per_day=60))
        self.world = World(server, redis, prefix, rulebook=rulebook)
        self.world.tells_of_rules = True
        self.chance = random.Random(seed)
        self.kills = 0
        self._people(contacts)
        lost = {"do": "lose_reply", "method": "POST", "path": "/tickets", "times": None, "probability": 1 / 50}
        self.world.faults(lost)
        self.problem = self.world.act(EMILY, subject="Nothing works", comment="It is all down.")

    def _people(self, contacts: int) -> None:
        """The desk's own customers and as many more, half of them French, in organisations of the desk."""
        account = self.world.account
        organizations = sorted(account.organizations)
        for n in range(contacts - len(end_users(self.world)) + 1):  # one of them reads it on the problem itself
            locale = "fr" if n % 2 else "en-US"
            row = shapes.user(
                account.new_id(), account.now_ms, name=f"Contact {n}", email=f"c{n}@customer.example", locale=locale
            )
            account.add_user({**row, "role": "end-user", "organization_id": organizations[n % len(organizations)]})

    def until(self, at: str | datetime, *, kill_every: int = 0) -> None:
        """Go on; about once in so many calls the process is killed, before or after the call has had its effect."""
        goal = paris_time(at)
        while self.world.now < goal or self.world.wire.ended:
            wire = self.world.wire
            if kill_every:
                wire.cut_at = len(wire.calls) + self.chance.randint(1, 2 * kill_every)
                wire.cut = self.chance.choice(("before", "after"))
            try:
                self.world.until(goal, poll_every=MINUTE)
                return
            except Crash:
                self.kills += 1
                self.world.restart()

    def declare(self, at: str) -> None:
        self.until(at)
        self.world.act(TOM, ticket=self.problem, priority="urgent", type="problem", assignee=TOM, status="open")

    def update(self, at: str, words: str, *, kill_every: int = 0, **more: Any) -> None:
        self.until(at, kill_every=kill_every)
        self.world.act(TOM, ticket=self.problem, comment=words, **more)

    # What holds at the end

    def each_has_heard(self, said: Sequence[str]) -> None:
        """Each contact has one notice with these messages after it, each once and in this order."""
        requester = self.world.account.tickets[self.problem].row["requester_id"]
        assert told(self.world) == Counter(end_users(self.world) - {requester})
        for each in notices(self.world):
            bodies = [
                event["body"]
                for audit in each.audits
                for event in audit["events"]
                if event["type"] == "Comment" and event["public"]
            ][1:]
            assert len(bodies) == len(said), (each.row["id"], bodies)
            for body, words in zip(bodies, said, strict=True):
                assert words in body, (each.row["id"], body)

    def reminders_were_in_time(self, dues: Sequence[datetime]) -> None:
        """One note for each of these instants, at most a minute later, and no other."""
        at = [
            datetime.fromisoformat(audit["created_at"])
            for audit in self.world.account.tickets[self.problem].audits
            for key in keys_of(audit)
            if ":soon:" in key or ":lapse:" in key
        ]
        assert len(at) == len(dues), (at, dues)
        for said, due in zip(at, dues, strict=True):
            assert timedelta(0) <= said - due <= MINUTE, f"{said} is late for {due}"

    @property
    def go(self) -> datetime:
        return next(at for key, at in self.world.keys(self.problem).items() if ":go:" in key)
