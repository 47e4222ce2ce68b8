"""By when the customers of a major incident were promised to hear of it next, and when they did.

Called by `core/incident.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from zdsync.core.calendar import Schedule
from zdsync.core.clocks import GRAIN


@dataclass(frozen=True, slots=True)
class Pace:
    """How often customers are promised to hear of it."""

    every: timedelta
    """Open time of the schedule."""
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Promise:
    """By when the next update was promised, by the go or an update."""

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
