"""Plays the week: people act at their times; between them the clock jumps to whatever comes next.

The sandbox's clock runs at the speed of real time and jumps only when nothing is under way: no webhook on its way, no
ticket due or leased. So a week passes in a minute, and 30 minutes are still 30 minutes to everybody in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from zdsync.clock import instant, milliseconds
from zdsync.demo.week import Act
from zdsync.store.due import Due


class Sandbox:
    """The sandbox's control API, as far as the week needs it."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url.rstrip("/")
        self._session = requests.Session()

    def now(self) -> datetime:
        return instant(self._call("GET", "clock")["epoch_ms"])

    def in_flight(self) -> bool:
        """Whether a webhook is on its way."""
        return bool(self._call("GET", "clock")["in_flight"])

    def run(self, rate: float, at: datetime | None = None) -> None:
        if at is not None:
            self._call("POST", "clock", {"set": at.isoformat()})
        self._call("POST", "clock", {"rate": rate})

    def advance(self, seconds: float) -> None:
        self._call("POST", "clock", {"advance": seconds})

    def jump(self, not_after: datetime) -> bool:
        """Move to the sandbox's next event or `not_after`; False while something is in flight there."""
        return bool(self._call("POST", "clock", {"jump": True, "not_after": not_after.isoformat()})["moved"])

    def act(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        done: Mapping[str, Any] = self._call("POST", "acts", body)
        return done

    def events(self, after: int) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._call("GET", f"events?after={after}")["events"]
        return found

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        reply = self._session.request(method, f"{self._url}/{path}", json=body, timeout=30)
        reply.raise_for_status()
        return reply.json()


@dataclass
class Director:
    """Call `step` often; it does at most one thing and returns at once."""

    sandbox: Sandbox
    due: Due
    acts: Sequence[Act]
    seconds: float
    """Real time over which the week is spread."""
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    tickets: dict[str, int] = field(default_factory=dict)
    """The week's names of its tickets -> their numbers."""
    on_act: Callable[[Act, int], None] = lambda act, ticket: None

    @property
    def finished(self) -> bool:
        return self.done == len(self.acts)

    def step(self) -> None:
        """Let the next person act if their time has come; else move the clock if nothing is under way."""
        now = self.sandbox.now()
        if not self.finished and self.acts[self.done].at <= now:
            self._act(self.acts[self.done])
            return
        # In this order: once nothing is in flight, what was delivered is in the index.
        if self.sandbox.in_flight() or self._busy(now):
            return
        goal = self._next(now)
        if goal > now and self._may_go_on(goal):
            self.sandbox.jump(goal)

    def _act(self, act: Act) -> None:
        body = dict(act.body)
        if act.ticket in self.tickets:
            body["ticket"] = self.tickets[act.ticket]
        reply = self.sandbox.act(body)
        self.tickets[act.ticket] = int(reply["ticket"])
        self.done += 1
        self.on_act(act, self.tickets[act.ticket])

    def _busy(self, now: datetime) -> bool:
        return bool(self.due.counts()["leased"]) or self.due.count_due(milliseconds(now)) > 0

    def _next(self, now: datetime) -> datetime:
        """The next act or wake-up. After the last act time just runs: it is the reader's turn."""
        if self.finished:
            return now
        act, wake = self.acts[self.done].at, self.due.next_due_ms()
        return act if wake is None else min(act, max(now, instant(wake)))

    def _may_go_on(self, goal: datetime) -> bool:
        """Keeps the pace: the next act comes when its share of the real time has passed."""
        if goal < self.acts[self.done].at:
            return True
        return time.monotonic() - self.began >= self.seconds * self.done / len(self.acts)
