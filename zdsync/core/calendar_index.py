"""The open intervals of a run of years, laid out so that business time is looked up instead of walked.

`calendar.Schedule` builds an `OpenTable` when it first needs one, makes a wider one when an instant lies outside, and
answers every question by bisection: the cost does not depend on the span that is asked about.

Opening hours are read off the wall clock: an instant is open when its local date has hours and its local time lies
within them. So an hour that the clock skips has no length, one that it repeats has two, and a date that a zone left
out has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DayHours = Sequence[tuple[timedelta, timedelta]]
"""The open parts of one local date, in order, as times since its midnight on the wall clock."""

_NONE = timedelta(0)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_PROBE = timedelta(days=2)
"""How far apart the offset of a zone is looked at. Two changes of a clock lie at least six days apart since 1990
(Boa Vista in October 2000), so none is missed."""


@dataclass(frozen=True, slots=True)
class OpenTable:
    """Open intervals in UTC, ascending, never touching each other. Index 0 is an empty one at `first`, so that every
    covered instant has an interval that opens at or before it."""

    first_year: int
    last_year: int
    first: datetime
    """The start of `first_year` in UTC. Everything from here…"""
    last: datetime
    """…up to here, the end of `last_year`, is known."""
    opens: list[datetime]
    closes: list[datetime]
    ends: list[timedelta]
    """Open time between `first` and `closes[i]`."""
    shifts: list[datetime]
    """Within interval i the open time since `first` is `instant - shifts[i]`; so the instant is `shifts[i]` plus it."""
    days: list[date]
    """The local dates on which there is open time."""


def build(zone: ZoneInfo, hours_on: Callable[[date], DayHours], first_year: int, last_year: int) -> OpenTable:
    """The table of these years, both included. `hours_on` may be asked about a day before and after them."""
    first, last = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    opens, closes = [first], [first]
    days: set[date] = set()
    for start, end, offset in _pieces(zone, first, last):
        midnight = (start + offset).replace(hour=0, minute=0, second=0, microsecond=0) - offset
        while midnight < end:
            day = (midnight + offset).date()
            for opening, closing in hours_on(day):
                opened, closed = max(midnight + opening, start), min(midnight + closing, end)
                if opened >= closed:
                    continue
                days.add(day)
                if opened == closes[-1] and len(opens) > 1:
                    closes[-1] = closed
                else:
                    opens.append(opened)
                    closes.append(closed)
            midnight += _DAY
    ends, shifts = [], []
    total = _NONE
    for opened, closed in zip(opens, closes, strict=True):
        shifts.append(opened - total)
        total += closed - opened
        ends.append(total)
    return OpenTable(first_year, last_year, first, last, opens, closes, ends, shifts, sorted(days))


def _pieces(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut a stretch of time where the zone's clock changes: start, end, offset from UTC."""
    start, offset = first, _offset(zone, first)
    probe = first
    while probe < last:
        probe = min(probe + _PROBE, last)
        if _offset(zone, probe) != offset:
            change = _change(zone, probe - _PROBE, probe)
            yield start, change, offset
            start, offset = change, _offset(zone, probe)
    if start < last:
        yield start, last, offset


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant with the offset of `after`. Clocks change at whole seconds."""
    new = _offset(zone, after)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if _offset(zone, middle) == new:
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
