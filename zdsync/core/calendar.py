"""Business time: when support is open, how much open time lies between two instants, when an amount of it is over.

Used by the clocks and automations of the core, by `rules/` (which makes the schedules from YAML) and by reports.

Conventions, the same for every function here:

- Instants in are aware (a naive one is a ValueError), instants out are aware in UTC. Amounts are never negative
  (ValueError). Everything is exact to the microsecond: whole seconds in give whole seconds out.
- An opening belongs to the open time, a closing does not: at 18:00 a schedule until 18:00 is closed.
- Hours are those of the wall clock: one that the clock skips has no length, one that it repeats has two.
- The years 1990 to 2100 are known; an instant outside, asked for or resulting, is an OverflowError.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from zdsync.core.calendar_definition import (
    END_OF_DAY,
    FIRST_YEAR,
    LAST_YEAR,
    WEEKDAYS,
    HolidayRule,
    Hours,
    ordered_hours,
    plain_dates,
    since_midnight,
    zone_named,
)
from zdsync.core.calendar_index import DayHours, OpenTable, build

__all__ = ["ALWAYS", "END_OF_DAY", "FIRST_YEAR", "LAST_YEAR", "HolidayRule", "Hours", "Schedule"]


_NO_TIME: Final = timedelta(0)
_NOTHING_YET: Final = OpenTable(
    LAST_YEAR, FIRST_YEAR, datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), [], [], [], [], []
)


@dataclass(frozen=True, init=False)
class Schedule:
    """When support is open. Immutable and hashable; schedules with the same definition are equal."""

    zone: ZoneInfo
    week: tuple[tuple[Hours, ...], ...]
    """Seven entries, Monday first."""
    holidays: frozenset[date] | HolidayRule
    """Local dates without opening hours, unless `special` has some."""
    special: tuple[tuple[date, tuple[Hours, ...]], ...]
    """Local dates with hours of their own instead of their weekday's."""
    _table: OpenTable = field(compare=False, repr=False)
    """The years needed so far. Replaced as a whole by a wider one, so that threads may share a schedule."""
    _week: tuple[DayHours, ...] = field(compare=False, repr=False)
    _special: dict[date, DayHours] = field(compare=False, repr=False)

    def __init__(
        self,
        zone: str | ZoneInfo,
        week: Mapping[int, Sequence[Hours]],
        holidays: Collection[date] | HolidayRule = (),
        special: Mapping[date, Sequence[Hours]] | None = None,
    ) -> None:
        """`zone` is an IANA name; `week` has the hours of 0 Monday to 6 Sunday (one may be missing: closed), several a
        day in any order, up to `END_OF_DAY`. ValueError, naming every fault, for what cannot be a schedule."""
        faults: list[str] = []
        faults += [f"{day!r} is not a weekday: write 0 (Monday) to 6 (Sunday)" for day in week if day not in range(7)]
        days = tuple(ordered_hours(week.get(day, ()), name, faults) for day, name in enumerate(WEEKDAYS))
        exceptions = {day: ordered_hours(hours, f"{day}", faults) for day, hours in (special or {}).items()}
        if not any(days) and not faults:
            faults.append("there is no opening hour on any weekday: business time would never pass")
        values = {
            "zone": zone_named(zone, faults),
            "week": days,
            "holidays": holidays if isinstance(holidays, HolidayRule) else plain_dates(holidays, "a holiday", faults),
            "special": tuple(
                sorted((day, exceptions[day]) for day in plain_dates(exceptions, "a special day", faults))
            ),
            "_table": _NOTHING_YET,
            "_week": tuple(since_midnight(hours) for hours in days),
            "_special": {day: since_midnight(hours) for day, hours in exceptions.items()},
        }
        if faults:
            raise ValueError("; ".join(faults))
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @staticmethod
    def always(zone: str | ZoneInfo) -> Schedule:
        """Open day and night; the zone is the one that people are told times in. The same one each time."""
        return _always(zone)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by definition, without the table."""
        return Schedule, (self.zone, dict(enumerate(self.week)), self.holidays, dict(self.special))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first instant at which `amount` of open time has passed since `start`: at a closing when it can be, and
        `start` itself for no amount. This is the due time that people are shown."""
        if start.tzinfo is not UTC:
            start = _utc(start)
        if amount <= _NO_TIME:
            _check_amount(amount)
            return start
        return self._passed(start, amount, bisect_left)

    def last_instant(self, start: datetime, amount: timedelta) -> datetime:
        """The last instant at which no more than `amount` of open time has passed since `start`: at an opening when it
        can be. A target of `amount` is breached only after it."""
        if start.tzinfo is not UTC:
            start = _utc(start)
        if amount < _NO_TIME:
            _check_amount(amount)
        return self._passed(start, amount, bisect_right)

    def subtract(self, end: datetime, amount: timedelta) -> datetime:
        """The last instant from which on `amount` of open time passes until `end`: at an opening when it can be, and
        `end` itself for no amount. The mirror image of `add`."""
        end = _utc(end)
        if amount <= _NO_TIME:
            _check_amount(amount)
            return end
        table = self._cover(end)
        target = _measure(table, end) - amount
        if target < _NO_TIME:
            self._look_earlier(table)
            return self.subtract(end, amount)
        return table.shifts[bisect_right(table.ends, target)] + target

    def elapsed(self, a: datetime, b: datetime) -> timedelta:
        """The open time from `a` to `b`; negative where `b` is the earlier one."""
        if a.tzinfo is not UTC:
            a = _utc(a)
        if b.tzinfo is not UTC:
            b = _utc(b)
        table = self._table
        if not (table.first <= a < table.last and table.first <= b < table.last):
            table = self._cover(a, b)
        opens, closes, shifts = table.opens, table.closes, table.shifts
        i, j = bisect_right(opens, a) - 1, bisect_right(opens, b) - 1
        close_a, close_b = closes[i], closes[j]
        return ((b if b < close_b else close_b) - shifts[j]) - ((a if a < close_a else close_a) - shifts[i])

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies within opening hours; at the very closing it does not."""
        at = _utc(at)
        table = self._cover(at)
        return at < table.closes[bisect_right(table.opens, at) - 1]

    def next_open(self, at: datetime) -> datetime:
        """The first open instant from `at` on: `at` itself while it is open."""
        at = _utc(at)
        table = self._cover(at)
        i = bisect_right(table.opens, at) - 1
        if at < table.closes[i]:
            return at
        if i + 1 == len(table.opens):
            self._look_later(table)
            return self.next_open(at)
        return table.opens[i + 1]

    def next_close(self, at: datetime) -> datetime | None:
        """The first closing after `at`; while it is closed, the one that ends the next opening. None where it never
        closes (24x7). Intervals that touch at midnight are one: there is no closing between them."""
        at = _utc(at)
        table = self._cover(at)
        i = bisect_right(table.closes, at)
        if i < len(table.closes) and table.closes[i] < table.last:
            return table.closes[i]
        if table.last_year == LAST_YEAR:
            return None
        self._look_later(table)
        return self.next_close(at)

    def intervals(self, a: datetime, b: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open intervals between `a` and `b`, cut to them, in order; none where `b` is not later."""
        a, b = _utc(a), _utc(b)
        table = self._cover(a, b)
        opens, closes = table.opens, table.closes
        found = range(bisect_right(closes, a), bisect_left(opens, b)) if a < b else ()
        return ((max(opens[i], a), min(closes[i], b)) for i in found)

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same local hour, `days` business days on: a business day is a local date with any open time. From a day
        off counting begins with the next business day; for 0 days it is `start` itself. An hour that the clock skips
        on that date is moved on by as much; of one that it repeats it is the first. ValueError for fewer than 0."""
        start = _utc(start)
        if days < 0:
            raise ValueError(f"{days} business days: only as many as none or more can be added")
        if days == 0:
            return start
        table = self._cover(start)
        local = start.astimezone(self.zone)
        i = bisect_right(table.days, local.date()) + days - 1
        if i >= len(table.days):
            self._look_later(table)
            return self.add_days(start, days)
        return datetime.combine(table.days[i], local.time(), self.zone).astimezone(UTC)

    def _passed(self, start: datetime, amount: timedelta, bisect: Callable[..., int]) -> datetime:
        """When `amount` has passed: the first such instant by `bisect_left`, the last by `bisect_right`. The functions
        that decisions call most are written for speed: no helper is called and what is UTC is not converted."""
        table = self._table
        if not table.first <= start < table.last:
            table = self._cover(start)
        i = bisect_right(table.opens, start) - 1
        close = table.closes[i]
        target = (start if start < close else close) - table.shifts[i] + amount
        j = bisect(table.ends, target, i)
        if j == len(table.ends):
            self._look_later(table)
            return self._passed(start, amount, bisect)
        return table.shifts[j] + target

    def _hours_on(self, day: date) -> DayHours:
        """A special day has its own hours, a holiday none, any other date those of its weekday."""
        special = self._special.get(day)
        if special is not None:
            return special
        return () if day in self.holidays else self._week[day.weekday()]

    def _cover(self, *instants: datetime) -> OpenTable:
        """A table that knows the years of these instants, and the years beside them."""
        table = self._table
        first_year, last_year = table.first_year, table.last_year
        for at in instants:
            if table.first <= at < table.last:
                continue
            if not FIRST_YEAR <= at.year <= LAST_YEAR:
                raise OverflowError(f"{at:%Y-%m-%d} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
            first_year, last_year = min(first_year, at.year - 1), max(last_year, at.year + 1)
        if (first_year, last_year) == (table.first_year, table.last_year):
            return table
        return self._build(first_year, last_year)

    def _look_later(self, table: OpenTable) -> None:
        """Twice as many years, for what lies after the end of `table`."""
        if table.last_year == LAST_YEAR:
            raise OverflowError(f"the answer lies after the year {LAST_YEAR}, the last one that schedules know")
        self._build(table.first_year, 2 * table.last_year - table.first_year + 1)

    def _look_earlier(self, table: OpenTable) -> None:
        """Twice as many years, for what lies before the start of `table`."""
        if table.first_year == FIRST_YEAR:
            raise OverflowError(f"the answer lies before the year {FIRST_YEAR}, the first one that schedules know")
        self._build(2 * table.first_year - table.last_year - 1, table.last_year)

    def _build(self, first_year: int, last_year: int) -> OpenTable:
        table = build(self.zone, self._hours_on, max(FIRST_YEAR, first_year), min(LAST_YEAR, last_year))
        object.__setattr__(self, "_table", table)
        return table


def _measure(table: OpenTable, at: datetime) -> timedelta:
    """Open time from the start of the table to `at`, which it covers."""
    i = bisect_right(table.opens, at) - 1
    return min(at, table.closes[i]) - table.shifts[i]


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone: business time needs aware instants")
    return at.astimezone(UTC)


def _check_amount(amount: timedelta) -> None:
    if amount < _NO_TIME:
        raise ValueError(f"{amount} is a negative amount of time: use subtract")


@lru_cache(maxsize=64)
def _always(zone: str | ZoneInfo) -> Schedule:
    """Kept for the table that it has worked out."""
    return Schedule(zone, {day: [(time(0), END_OF_DAY)] for day in range(7)})


ALWAYS: Final = Schedule.always("UTC")
