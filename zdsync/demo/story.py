"""Tells the week in the terminal: what people did, what the worker did, and why. Trouble is told in full.

People's lines come from the week's own script, the worker's from its log: one JSON line per ticket that it looked at
(`reconcile.py`), of which those that did something are shown.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from zdsync.demo.week import Act
from zdsync.demo.words import readable
from zdsync.provision.wanted import PREFIX

WIDTH = 17
"""Of the column with names."""

TROUBLE = frozenset({"warning", "error", "critical"})

CHATTER = "worker: Warm shutdown (MainProcess)"
"""Celery says it past its log, at every clean end."""


@dataclass
class Story:
    """Prints line by line; the supervisor's reader threads and the director call it."""

    console: Console
    zone: ZoneInfo
    lock: threading.RLock = field(default_factory=threading.RLock)
    week: date | None = None
    """Monday of the last line's week."""
    last: tuple[str, ...] = ()
    """What the worker did last, and when and why, without the ticket."""

    def person(self, act: Act, ticket: int) -> None:
        """Somebody has done something."""
        self.last = ()
        self._line(act.at, act.name, act.colour, f"#{ticket} {act.words}")

    def mails(self, mails: Iterable[Mapping[str, Any]]) -> None:
        """The account has sent mails; those of our triggers are told, the others are the account's own business.

        One line for what a trigger has sent to several people at once.
        """
        for (ticket, at, cause), sent in groupby(mails, lambda mail: (mail["ticket"], mail["at"], str(mail["cause"]))):
            if cause.startswith(PREFIX):
                self.last = ()
                to = [str(mail["to"]) for mail in sent]
                whom = to[0] if len(to) == 1 else f"{len(to)} people"
                words = f"#{ticket} mails {whom}: {cause.removeprefix(PREFIX)}"
                self._line(datetime.fromisoformat(at), "Zendesk", "blue", words)

    def output(self, program: str, line: str) -> None:
        """A line that one of our processes has printed."""
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            self._aside(program, line)
        elif event.get("event") == "reconciled":
            self._reconciled(event)
        elif event.get("level") in TROUBLE:
            rest = {key: value for key, value in event.items() if key not in ("event", "level", "logged_at", "logger")}
            self._aside(program, f"{event.get('event')} {rest or ''}".strip())

    def say(self, words: str) -> None:
        """Something about the run itself."""
        with self.lock:
            self.console.print(words)

    def _reconciled(self, event: Mapping[str, Any]) -> None:
        """What was done to one ticket after the other, as with the notices of an outage, is told in full once."""
        if not event.get("did"):
            return
        at = datetime.fromisoformat(event["at"])
        did = tuple(readable(words) for words in event["did"])
        told = (f"{at:%d %H:%M}", event["why"], *did)
        with self.lock:
            for words in ("likewise",) if self.last == told else did:
                self._line(at, "zdsync", "bold magenta", f"#{event['ticket']} {words}")
            if self.last != told:
                self._line(at, "", "dim", f"   because {event['why']}")
            self.last = told

    def _line(self, at: datetime, name: str, style: str, words: str) -> None:
        local = at.astimezone(self.zone)
        monday = local.date() - timedelta(days=local.weekday())
        with self.lock:
            if self.week not in (None, monday):
                self.console.print(f"[dim]The week of {monday.day} {monday:%B %Y}:[/]")
            self.week = monday
            self.console.print(f"[dim]{local:%a %H:%M}[/]  [{style}]{escape(name):<{WIDTH}}[/] {escape(words)}")

    def _aside(self, program: str, line: str) -> None:
        if line.strip() in ("", CHATTER):
            return
        with self.lock:
            self.console.print(f"[yellow]{program}[/]: {escape(line)}")
