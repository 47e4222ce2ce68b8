"""Plays the week: people act at their times; between them the clock jumps to whatever comes next.

The sandbox's clock runs at the speed of real time and jumps only when nothing is under way: no webhook on its way, no
ticket due or leased. So a week passes in a minute, and 30 minutes are still 30 minutes to everybody in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from zdsync.clock import instant
from zdsync.demo.week import Act
from zdsync.store.due import Due

AT_ONCE = timedelta(minutes=1)
"""What is due sooner is still an answer to what somebody has just done."""


class Sandbox:
    """The sandbox's control API, as far as the week needs it."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url.rstrip("/")
        self._session = requests.Session()

    def now(self) -> datetime:
        return self.moment()[0]

    def moment(self) -> tuple[datetime, int]:
        """The time there, and how many webhooks are on their way."""
        clock = self._call("GET", "clock")
        return instant(clock["epoch_ms"]), int(clock["in_flight"])

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

    def mails(self, after: int) -> Sequence[Mapping[str, Any]]:
        """The mail that the account has sent: the rows of the outbox behind the first `after`."""
        found: Sequence[Mapping[str, Any]] = self._call("GET", f"outbox?after={after}")["emails"]
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
    field_ids: Mapping[str, int] = field(default_factory=dict)
    """Of the fields that agents fill in, by their titles."""
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    tickets: dict[str, int] = field(default_factory=dict)
    """The week's names of its tickets -> their numbers."""
    on_act: Callable[[Act, int], None] = lambda act, ticket: None
    on_mails: Callable[[Sequence[Mapping[str, Any]]], None] = lambda mails: None
    """Called with what was sent since the last time, if anything was."""
    mails: int = 0

    @property
    def finished(self) -> bool:
        return self.done == len(self.acts)

    def step(self) -> bool:
        """Let the next person act if their time has come; else move the clock if nothing is under way.

        Whether the week is over: everybody has acted, and the workers have done what followed at once.
        """
        # In this order: once nothing is on its way, what was delivered is in the index. Asked the other way round, the
        # clock would jump past a ticket that arrives in between.
        now, on_their_way = self.sandbox.moment()
        held, due_ms = self.due.outlook()
        if not self.finished and self.acts[self.done].at <= now:
            self._act(self.acts[self.done])
            return False
        due = None if due_ms is None else instant(due_ms)
        if on_their_way or held or (due is not None and due <= now):
            return False
        if mails := self.sandbox.mails(self.mails):
            self.mails += len(mails)
            self.on_mails(mails)
        goal = self._next(now, due)
        if goal is None:
            return True
        if self._may_go_on(goal):
            self.sandbox.jump(goal)
        return False

    def _act(self, act: Act) -> None:
        body = dict(act.body)
        if act.answers_mail:
            last = [mail for mail in self.sandbox.mails(0) if mail["to"] == body["as"]][-1]
            body["in_reply_to"] = last["message_id"]
        elif act.ticket in self.tickets:
            body["ticket"] = self.tickets[act.ticket]
        if "fields" in body:
            body["fields"] = {str(self.field_ids[title]): text for title, text in body["fields"].items()}
        reply = self.sandbox.act(body)
        self.tickets[act.ticket] = int(reply["ticket"])
        self.done += 1
        self.on_act(act, self.tickets[act.ticket])

    def _next(self, now: datetime, due: datetime | None) -> datetime | None:
        """The next act or wake-up; after the last act only what follows at once. Then time just runs: it is the
        reader's turn."""
        if self.finished:
            return due if due is not None and due <= now + AT_ONCE else None
        act = self.acts[self.done].at
        return act if due is None else min(act, due)

    def _may_go_on(self, goal: datetime) -> bool:
        """Keeps the pace: the next act comes when its share of the real time has passed."""
        if self.finished or goal < self.acts[self.done].at:
            return True
        return time.monotonic() - self.began >= self.seconds * self.done / len(self.acts)
