"""Preventive actions as agents write them into a ticket's field: one a line, `what; who; by when`.

Add a standby node; Claire; 2026-12-15
Test sign-in before each update; Tom; 15/12/2026
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from zdsync.core.incident_report import Task

if TYPE_CHECKING:
    from zdsync.core.model import Ticket

TAG: Final = "zdsync_preventive_action"
"""On the task that is opened for each."""
_OWNER: Final = " – "
"""In a task's subject, before who is to do it."""

_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")
_BULLET: Final = re.compile(r"^(?:[-*•–]|[0-9]{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Actions:
    tasks: tuple[Task, ...] = ()
    unreadable: tuple[int, ...] = ()
    """Numbers of the lines, from 1 on, that lack somebody or a date that there is."""


def read_actions(text: str) -> Actions:
    """The actions in order. Empty lines and bullets mean nothing; a line must have all three parts."""
    tasks: list[Task] = []
    unreadable: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = _BULLET.sub("", line.strip())
        if not words:
            continue
        what, owner, due = ([part.strip() for part in words.rsplit(";", 2)] + ["", ""])[:3]
        day = _day(due)
        if what and owner and day is not None:
            tasks.append(Task(what, owner, day))
        else:
            unreadable.append(number)
    return Actions(tuple(tasks), tuple(unreadable))


def external_id(problem_id: int, task: Task) -> str:
    """Of the one task for an action of a problem's report, whoever is to do it by when."""
    return f"zdsync-action-{problem_id}-{hashlib.sha256(task.what.encode()).hexdigest()[:12]}"


def subject_of(task: Task) -> str:
    """Of its ticket: what, and who."""
    return f"{task.what}{_OWNER}{task.owner}"


def task_of(ticket: Ticket, zone: ZoneInfo) -> Task:
    """What has become of it: `subject_of` read back. `zone` is the desk's."""
    what, _, owner = ticket.subject.rpartition(_OWNER)
    due = ticket.due_at.astimezone(zone).date() if ticket.due_at else None
    done = ticket.status in ("solved", "closed")
    return Task(what or ticket.subject, owner if what else "", due, "done" if done else "open")


def _day(written: str) -> date | None:
    if found := _ISO.fullmatch(written):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(written):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
