"""What a Major Incident Report says: when what happened, who was told when, which promises were kept, and what follows.

`incident_draft.py` works it out from the histories of the problem and of the tickets linked to it; `incident_sheet.py`
puts it into a reader's language. Each line of the time line names the audit that it was taken from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from zdsync.core.spans import Span

EventKind = Literal[
    "began", "declared", "countdown", "called off", "announced", "last told", "update", "holding", "missed", "resolved",
    "came back", "ended",
]  # fmt: skip

Message = Literal["notice", "update", "holding", "resolution"]

State = Literal["open", "done", "late"]

Part = Literal["end", "root cause", "actions"]
"""What a report cannot do without."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the time line."""

    at: datetime
    kind: EventKind
    audit_id: int
    """Of the problem; of the linked ticket in `ticket_id` if there is one."""
    ticket_id: int | None = None
    count: int = 0
    """Of contacts, where it is about some."""
    until: datetime | None = None
    """The promise that is made by it, or that was missed."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message and how it went out to the linked tickets."""

    what: Message
    audit_id: int
    """The audit of the problem that it follows from."""
    contacts: int
    """Who has it."""
    first: datetime | None
    last: datetime | None
    failed: int | None = None
    """How many contacts were not reached; None: not known, since it is pinned only for how many the notice was."""


@dataclass(frozen=True, slots=True)
class Promise:
    """That customers hear of it again by `due`."""

    due: datetime
    kept_at: datetime | None
    """None: not yet, or never."""
    missed: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A preventive action."""

    what: str
    owner: str = ""
    due: date | None = None
    state: State = "open"


@dataclass(frozen=True, slots=True)
class Report:
    problem_id: int
    product: str
    began: datetime
    ended: datetime | None
    """None: it goes on."""
    downs: tuple[Span, ...]
    """The stretches of it that are over, oldest first: more than one where it came back."""
    every: timedelta | None
    """From a word to the next one that is promised with it; None: none was promised."""
    organizations: int
    """Of the contacts who have the notice."""
    events: tuple[Event, ...]
    told: tuple[Told, ...]
    promises: tuple[Promise, ...]
    summary: str = ""
    root_cause: str = ""
    actions: tuple[Task, ...] = ()
    previous: tuple[Task, ...] = ()
    """Preventive actions of the reports before it."""
    version: int = 0
    """0: not approved."""

    @property
    def missing(self) -> tuple[Part, ...]:
        """What it may not be sent without (service policy: time line, root cause, preventive actions)."""
        lacks: dict[Part, bool] = {
            "end": self.ended is None,
            "root cause": not self.root_cause.strip(),
            "actions": not self.actions,
        }
        return tuple(part for part, lacking in lacks.items() if lacking)
