"""What a `calendar.Schedule` is made of: hours of a day, holidays, a zone; checked in words.

Used by `calendar` alone, which exports what others need. The functions that take `faults` put what is wrong there and
go on, so that one error can tell all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import holidays as holidays_library

from zdsync.core.calendar_index import DayHours

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

END_OF_DAY: Final = time.max
"""24:00, which `time` cannot say otherwise."""

Hours = tuple[time, time]
"""Open from the first up to, not including, the second; on the wall clock, within one date."""


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """The public holidays of a country (ISO code, as the `holidays` library knows it) or of a part of it, with dates
    that are holidays here all the same, and dates that are not. ValueError for a country or part that is unknown."""

    country: str
    subdiv: str | None = None
    add: frozenset[date] = frozenset()
    remove: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        faults: list[str] = []
        object.__setattr__(self, "add", plain_dates(self.add, "an added holiday", faults))
        object.__setattr__(self, "remove", plain_dates(self.remove, "a removed holiday", faults))
        if faults:
            raise ValueError("; ".join(faults))
        _public_holidays(self.country, self.subdiv, FIRST_YEAR)

    def __contains__(self, day: date) -> bool:
        return (day in self.add or day in _public_holidays(self.country, self.subdiv, day.year)) and (
            day not in self.remove
        )


def zone_named(zone: str | ZoneInfo, faults: list[str]) -> ZoneInfo | None:
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        faults.append(f"{zone!r} is not a time zone: write an IANA name like Europe/Paris")
        return None


def ordered_hours(hours: Sequence[Hours], day: str, faults: list[str]) -> tuple[Hours, ...]:
    """The opening hours of one day in order; what is wrong with them goes to `faults`."""
    if any(opening.tzinfo or closing.tzinfo for opening, closing in hours):
        faults.append(f"{day}: hours have no time zone of their own, the schedule has one for all")
        return ()
    ordered = tuple(sorted((opening, closing) for opening, closing in hours))
    for opening, closing in ordered:
        if opening.microsecond or (closing.microsecond and closing != END_OF_DAY):
            faults.append(f"{day}: {opening}-{closing} is not in whole seconds")
        elif closing == time(0):
            faults.append(f"{day}: {opening}-{closing} ends at the start of the day: midnight at its end is 24:00")
        elif opening >= closing:
            faults.append(f"{day}: {opening}-{closing} ends before it starts: what is past midnight is the next day's")
    for (_, closing), (opening, _) in pairwise(ordered):
        if opening < closing:
            faults.append(f"{day}: the hours until {closing} and from {opening} overlap")
    return ordered


def since_midnight(hours: Sequence[Hours]) -> DayHours:
    return tuple((_length(opening), _length(closing)) for opening, closing in hours)


def _length(clock: time) -> timedelta:
    if clock == END_OF_DAY:
        return timedelta(days=1)
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def plain_dates(days: Collection[date], what: str, faults: list[str]) -> frozenset[date]:
    """Plain dates. A `datetime` is one to Python, but equal to none."""
    plain = frozenset(day for day in days if isinstance(day, date) and not isinstance(day, datetime))
    faults += [f"{day!r} cannot be {what}: write a date" for day in days if day not in plain]
    return plain


@lru_cache(maxsize=1024)
def _public_holidays(country: str, subdiv: str | None, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays_library.country_holidays(country, subdiv=subdiv, years=year, expand=False))
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {country}{f' {subdiv}' if subdiv else ''}: {error}") from error
