"""Tells the week in the terminal: what people did, what the worker did, and why. Trouble is told in full.

People's lines come from the week's own script, the worker's from its log: one JSON line per ticket that it looked at
(`reconcile.py`), of which those that did something are shown.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from zdsync.demo.week import Act
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
    lock: threading.Lock = field(default_factory=threading.Lock)

    def person(self, act: Act, ticket: int) -> None:
        """Somebody has done something."""
        self._line(act.at, act.name, act.colour, f"#{ticket} {act.words}")

    def mails(self, mails: Iterable[Mapping[str, Any]]) -> None:
        """The account has sent mails; those of our triggers are told, the others are the account's own business.

        One line for what a trigger has sent to several people at once.
        """
        for (ticket, at, cause), sent in groupby(mails, lambda mail: (mail["ticket"], mail["at"], str(mail["cause"]))):
            if cause.startswith(PREFIX):
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
        if not event.get("did"):
            return
        at = datetime.fromisoformat(event["at"])
        ticket = event["ticket"]
        for words in event["did"]:
            self._line(at, "zdsync", "bold magenta", f"#{ticket} {_readable(words)}")
        self._line(at, "", "dim", f"   because {event['why']}")

    def _line(self, at: datetime, name: str, style: str, words: str) -> None:
        when = f"{at.astimezone(self.zone):%a %H:%M}"
        with self.lock:
            self.console.print(f"[dim]{when}[/]  [{style}]{escape(name):<{WIDTH}}[/] {escape(words)}")

    def _aside(self, program: str, line: str) -> None:
        if line.strip() in ("", CHATTER):
            return
        with self.lock:
            self.console.print(f"[yellow]{program}[/]: {escape(line)}")


_SAID = re.compile(r"tell the (?:agents|customer): (\S+) \(\S+\)")
"""A message as the log tells it: by the name of its text and its key, which are for looking up."""

_NOTES = {
    "acknowledgement.received": "tells the customer that it has come in",
    "acknowledgement.targets": "tells the customer by when to expect what",
    "intake.ask": "asks the customer for what the request lacks",
    "intake.found": "writes an internal note: what the request contains and lacks",
    "sla_targets.set": "writes an internal note: the targets",
    "sla_targets.warning": "warns the agents in an internal note",
    "sla_targets.breach": "writes an internal note: a target was missed",
    "sla_targets.born": "writes an internal note: a target was past before the priority was set",
    "sla_targets.no_priority": "writes an internal note: the priority is missing",
    "update_cadence.soon": "reminds the agents in an internal note: an update is promised",
    "update_cadence.lapsed": "writes an internal note: a promised update was not given",
    "update_cadence.escalated": "escalates in an internal note: several promised updates were not given",
    "update_cadence.holding": "tells the customer that it is still worked on",
    "confirmation_hold.ask": "asks the customer whether it is completed",
    "confirmation_hold.chase": "reminds the customer of the question",
    "confirmation_hold.reply": "writes an internal note: what the customer's reply was taken for",
    "confirmation_hold.unanswered": "gives it back to the agents with an internal note: no answer",
    "confirmation_hold.again": "writes an internal note: still no confirmation",
    "confirmation_hold.flips": "writes an internal note: it keeps being solved",
    "confirmation_hold.given_back": "gives it back to the agents with an internal note: a rule keeps solving it",
    "confirmation_hold.overridden": "records in an internal note that an agent decided",
    "confirmation_hold.link_answer": "records in an internal note what was answered by the link",
    "mailed_files.merging": "writes an internal note: this mail is merged into the ticket that it names",
    "mailed_files.added": "adds a mail and its files in an internal note",
    "mailed_files.proposal": "proposes in an internal note where a mail may belong",
    "mailed_files.set_aside": "points out in an internal note that Zendesk has set aside a mail for it",
    "mailed_files.told": "tells the customer where their mail has gone",
    "controls.answer": "answers the command in an internal note",
}


def _readable(words: str) -> str:
    said = _SAID.fullmatch(words)
    return _NOTES.get(said[1], words) if said else words
