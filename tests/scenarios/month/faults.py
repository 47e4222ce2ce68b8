"""What goes wrong in a month, how often, and what each thing excuses: a message may be late for as long as it lasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

FAULTS: Final[Sequence[Mapping[str, Any]]] = (
    {"do": "lose_reply", "method": "PUT", "path": "/tickets/*"},
    {"do": "drop", "method": "PUT", "path": "/tickets/*"},
    {"do": "land_late", "method": "PUT", "path": "/tickets/*", "reads": 1},
    {"do": "land_late", "method": "PUT", "path": "/tickets/*", "reads": 3},
    {"do": "land_late", "method": "PUT", "path": "/tickets/*", "seconds": 9},
    {"do": "reply", "method": "PUT", "path": "/tickets/*", "status": 409},
    {"do": "reply", "method": "PUT", "path": "/tickets/*", "status": 502, "form": "html", "applied": True},
    {"do": "reply", "method": "PUT", "path": "/tickets/*", "status": 429, "retry_after": 20.0},
    {"do": "reply", "method": "GET", "path": "/tickets/{ticket}", "status": 429, "retry_after": 20.0},
    {"do": "reply", "method": "GET", "path": "/tickets/{ticket}", "status": 500, "times": 4},
    {"do": "reply", "method": "GET", "path": "/users/show_many", "status": 503, "form": "empty", "times": 4},
    {"do": "reply", "method": "*", "path": "/tickets/*", "status": 503, "times": 9},
    {"do": "lag", "method": "GET", "path": "/tickets/{ticket}/audits", "seconds": 30},
)


@dataclass(frozen=True)
class Excuse:
    """A time in which nothing could be done: on one ticket, or (None) on any."""

    since: datetime
    until: datetime
    ticket: int | None
    why: str


@dataclass(frozen=True)
class Plan:
    """How bad a month it is."""

    disturbed: float = 0.15
    """The share of acts with which something goes wrong: calls that fail for a while, or an end of the process."""
    lost: float = 0.05
    doubled: float = 0.05
    late: float = 0.05
    lasts: timedelta = timedelta(seconds=60)
    """How long calls fail."""
    waits: timedelta = timedelta(seconds=32)
    """How long a ticket waits after a call that failed: 30 seconds (`reconcile.AWAY`), and its stamp's two."""
    catches_up: timedelta = timedelta(seconds=60)
    """After an outage. What has come together is more than a second's work: 100 updates a minute are allowed."""
    downtimes: tuple[float, ...] = (0.2, 0.55, 0.8)
    """When, as shares of the month, nothing of ours runs for hours."""
    emptied: float | None = 0.4
    """When Redis is emptied."""

    def webhook(self, chance: Random) -> str:
        """What becomes of one: `ok`, `lost`, `doubled` or `late`."""
        ok = 1 - self.lost - self.doubled - self.late
        return chance.choices(("ok", "lost", "doubled", "late"), (ok, self.lost, self.doubled, self.late))[0]

    def outages(self, begins: datetime, ends: datetime, chance: Random) -> Iterator[tuple[str, datetime, datetime]]:
        """Name, beginning, end of each."""
        for share in self.downtimes:
            at = begins + (ends - begins) * share
            at = at.replace(hour=chance.choice((8, 9, 11, 15)))
            yield "downtime", at, at + timedelta(hours=chance.uniform(1, 5))
        if self.emptied is not None:
            at = (begins + (ends - begins) * self.emptied).replace(hour=13)
            yield "Redis emptied", at, at


CALM: Final = Plan(0, 0, 0, 0, downtimes=(), emptied=None)
"""Nothing goes wrong."""
