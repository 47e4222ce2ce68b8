"""Schedules and short ways to write instants, shared by the tests of business time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from zdsync.core.calendar import END_OF_DAY, HolidayRule, Hours, Schedule

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
"""The smallest step of time that Python knows."""

NINE_TO_SIX: Hours = (time(9), time(18))

PARIS = Schedule("Europe/Paris", {day: [NINE_TO_SIX] for day in range(5)}, HolidayRule("FR"))
"""Monday to Friday 9-18 with French holidays: the schedule of the service policy."""

UNEVEN = Schedule(
    "Europe/Paris",
    {0: [(time(9), time(17))], 1: [(time(10), time(16))], 5: [(time(11), time(14, 30))]},
)
"""No two days alike and half the week closed, so that nothing passes by luck: 17.5 hours a week."""

NIGHTS: tuple[Hours, ...] = (
    (time(0), time(0, 20)),
    (time(0, 45), time(1, 30)),
    (time(1, 40), time(2, 15)),
    (time(2, 30), time(3, 10)),
    (time(23, 15), END_OF_DAY),
)
"""Hours whose edges lie within, at and beside the hours that clocks skip and repeat."""


def at(text: str, zone: str = "Europe/Paris", *, second: bool = False) -> datetime:
    """`2026-11-23 09:00` on the wall clock of the zone, in UTC; `second` is its second time on a repeated hour."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=int(second))
    return local.astimezone(UTC)


def nights(zone: str) -> Schedule:
    """Open every day in the hours around midnight and around the usual changes of clocks."""
    return Schedule(zone, dict.fromkeys(range(7), NIGHTS))


def is_open_by_the_clock(schedule: Schedule, instant: datetime) -> bool:
    """What `is_open` must say, read off the wall clock and nothing else."""
    local = instant.astimezone(schedule.zone)
    special = dict(schedule.special)
    if local.date() in special:
        hours = special[local.date()]
    elif local.date() in schedule.holidays:
        hours = ()
    else:
        hours = schedule.week[local.weekday()]
    return any(
        opening <= local.time() and (local.time() < closing or closing == END_OF_DAY) for opening, closing in hours
    )


def clock_changes(zone: str, first: date, last: date) -> Iterator[datetime]:
    """The full hours (in UTC) within which the zone's clock changed, found by looking at each."""
    hour = datetime.combine(first, time(0), UTC)
    before = hour.astimezone(ZoneInfo(zone)).utcoffset()
    while hour.date() < last:
        hour += HOUR
        now = hour.astimezone(ZoneInfo(zone)).utcoffset()
        if now != before:
            yield hour
        before = now
