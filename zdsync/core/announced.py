"""Maintenance windows as the availability figure sees them: what was told to whom and when, what was done when, and so
which of their minutes are not counted.

A minute is left out only if it lies within the times that were told at least `NOTICE_DAYS` days ahead *and* within all
that has been told since, and only while the work went on. So a window that is moved too late keeps what both times have
in common, one that is shortened loses the rest, and an extension, always told too late, adds nothing.

The instants at which contacts were told are those of their notices' own audits: what was meant to be told counts
nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from zdsync.core.spans import Span
from zdsync.core.windows import days_before

NOTICE_DAYS: Final = 7
"""The service policy: "customers are notified one week in advance". A week by the wall clock: same weekday and hour."""


class Told(NamedTuple):
    """A contact has been told."""

    at: datetime
    ticket_id: int
    """The notice."""
    audit_id: int | None
    """On it; None: the first one, by which it was made."""


@dataclass(frozen=True)
class Announcement:
    """Times that were told to the contacts of a window: the first ones, changed ones, or an extension."""

    start: datetime
    end: datetime
    made_at: datetime
    """When it was decided."""
    contacts: int
    """How many had to be told then: those of the audience, without those for whom Zendesk has refused a notice."""
    told: tuple[Told, ...] = ()
    """In any order; contacts who have joined since may make it more than `contacts`."""
    audit_id: int | None = None
    """On the window's own ticket."""

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @cached_property
    def complete_at(self) -> datetime | None:
        """When the last of the contacts had been told; None: not all of them have been."""
        if not 0 < self.contacts <= len(self.told):
            return None
        return sorted(each.at for each in self.told)[self.contacts - 1]

    def told_by(self, instant: datetime) -> int:
        """How many contacts had been told."""
        return sum(each.at <= instant for each in self.told)

    def in_time(self, zone: ZoneInfo) -> bool:
        return self.complete_at is not None and self.complete_at <= tell_by(self.start, zone)


@dataclass(frozen=True)
class WindowRecord:
    """A maintenance window, planned or not, with what became of it."""

    name: str
    """The id in `maintenance.yaml`."""
    start: datetime
    """As it is planned now."""
    end: datetime
    ticket_id: int | None = None
    """Its own problem ticket; None before there is one."""
    planned: bool = True
    announcements: tuple[Announcement, ...] = ()
    """Oldest first."""
    began: datetime | None = None
    """When the work really began; None: it has not."""
    ended: datetime | None = None
    """When it really ended; None: it has not."""
    cancelled: datetime | None = None
    """When it was called off; what began before goes on until then."""
    audits: tuple[int, ...] = ()
    """On its ticket: those of start, completion and cancellation."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """By language."""

    @property
    def times(self) -> Span:
        """What holds: as told last, or as planned where nobody has been told yet."""
        return self.announcements[-1].span if self.announcements else Span(self.start, self.end)

    def is_awaited(self, now: datetime) -> bool:
        """It may still begin."""
        return self.began is None and self.cancelled is None and self.times.end > now

    def work(self, until: datetime) -> Span | None:
        """While it went on, as known at `until`; None: it never began."""
        if self.began is None or self.began >= until:
            return None
        return Span(self.began, min(self.ended or until, self.cancelled or until, until))

    def promised(self, zone: ZoneInfo) -> Span | None:
        """The times within which its minutes do not count, were there any work; None: there are none."""
        if not self.planned:
            return None
        in_time = [i for i, each in enumerate(self.announcements) if each.in_time(zone)]
        if not in_time:
            return None
        counting = self.announcements[in_time[-1] :]
        start, end = max(each.start for each in counting), min(each.end for each in counting)
        if self.cancelled is not None:
            end = min(end, self.cancelled)
        return Span(start, end) if start < end else None


def tell_by(start: datetime, zone: ZoneInfo) -> datetime:
    """The last instant that is in time for a window from `start` on: a week before by the clock of the zone."""
    return days_before(start, NOTICE_DAYS, zone.key)
