"""By when the customers of a major incident were promised to hear of it next, and when they did.

Called by `core/incident.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.calendar import Schedule
from zdsync.core.clocks import GRAIN

HOLDING: Final = "holding"
"""Kind of our note at which customers get a holding message; the audit of the promise that has lapsed, and how often it
has, follow in its key."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often customers are promised to hear of it."""

    every: timedelta
    """Open time of the schedule."""
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Promise:
    """By when the next update was promised, by the go, an update or a holding message."""

    made_at: datetime
    audit_id: int
    due: datetime
    answered_at: datetime | None
    """When the next update, or the solve, came."""
    every: timedelta
    """Open time from when it was made until it is due."""

    @property
    def kept(self) -> bool:
        return self.answered_at is not None and self.answered_at < self.due + GRAIN

    def missed(self, now: datetime) -> bool:
        """Nothing came until it was due."""
        return not self.kept and now >= self.due + GRAIN

    def lapses_at(self, n: int, schedule: Schedule) -> datetime:
        """When the n-th period since it was made is over; the first one ends when it is due."""
        return schedule.add(self.made_at, n * self.every)


class Told(NamedTuple):
    """Something that all of them were told."""

    at: datetime
    audit_id: int
    promises: bool
    """That they hear of it again."""


def promises(told: Iterable[Told], pace: Pace) -> Iterator[Promise]:
    """Oldest first; each is answered by whatever is told next."""
    ordered = sorted(told, key=lambda each: each.audit_id)
    for one, after in zip(ordered, [*ordered[1:], None], strict=False):
        if one.promises:
            due = pace.schedule.add(one.at, pace.every)
            yield Promise(one.at, one.audit_id, due, after.at if after else None, pace.every)


class Note(NamedTuple):
    """What we have said on the problem, and the audit of that."""

    key: str
    """Without the part that names the incident."""
    at: datetime
    audit_id: int


def held(notes: Iterable[Note], promised: Iterable[Promise], schedule: Schedule) -> Iterator[Promise]:
    """What holding messages promise: an update by the end of the next period. What answers the promise that has lapsed
    answers them, too: word of the agents."""
    made = {each.audit_id: each for each in promised}
    for note in notes:
        kind, _, rest = note.key.partition(":")
        if kind == HOLDING:
            lapsed, n = map(int, rest.split(":"))
            if (broken := made.get(lapsed)) is not None:
                due = broken.lapses_at(n + 1, schedule)
                yield replace(broken, made_at=note.at, audit_id=note.audit_id, due=due)
