"""Business time where clocks change, and over ten years, against counting: slow, dull, and hard to get wrong.

The references read the wall clock minute by minute, or day by day, and use nothing of `zdsync.core.calendar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.core.calendar_cases import HOUR, MINUTE, PARIS, TICK, UNEVEN, at, clock_changes, is_open_by_the_clock, nights
from zdsync.core.calendar import END_OF_DAY, Schedule

ZONES = {
    "Europe/Paris": "at 02:00 and 03:00",
    "Europe/London": "at 01:00 and 02:00",
    "Europe/Dublin": "winter time is the exception there",
    "America/New_York": "by different dates than Europe",
    "America/St_Johns": "half an hour off the others",
    "America/Havana": "back from 01:00 to midnight, and on at midnight",
    "America/Asuncion": "on at midnight, back at midnight to the day before",
    "America/Santiago": "on at midnight at the end of Saturday",
    "America/Sao_Paulo": "on at midnight, given up in 2019",
    "America/Scoresbysund": "changed zone and rule in 2024",
    "Africa/Casablanca": "summer time but for Ramadan",
    "Africa/Cairo": "at midnight, after the day's last hour came twice",
    "Asia/Beirut": "on at midnight",
    "Asia/Tehran": "on at midnight, given up in 2022",
    "Asia/Gaza": "by decree",
    "Asia/Amman": "moved to permanent summer time in 2022",
    "Asia/Pyongyang": "half an hour back in 2015 and on again in 2018",
    "Australia/Lord_Howe": "by half an hour",
    "Pacific/Chatham": "three quarters of an hour off, at 02:45",
    "Pacific/Apia": "skipped 30 December 2011",
    "Antarctica/Troll": "by two hours",
    "America/Caracas": "half an hour at 03:00 in 2007 and 02:30 in 2016",
}
EVENTFUL_YEARS = {
    "America/Caracas": (2007, 2016),
    "America/Sao_Paulo": (2018,),
    "Asia/Pyongyang": (2015, 2018),
    "Asia/Tehran": (2022,),
    "Asia/Amman": (2022,),
    "Pacific/Apia": (2011,),
}
AROUND = timedelta(hours=26)


def counted(schedule: Schedule, first: datetime, minutes: int) -> list[int]:
    """Open minutes since `first`, at each minute after it."""
    total, totals = 0, [0]
    for i in range(minutes):
        total += is_open_by_the_clock(schedule, first + i * MINUTE)
        totals.append(total)
    return totals


@pytest.mark.parametrize("zone", ZONES, ids=[f"{zone}: {why}" for zone, why in ZONES.items()])
def test_every_minute_around_a_change_of_the_clock(zone: str) -> None:
    """From each minute within 26 hours of a change: elapsed, add, subtract and last_instant are what counting gives."""
    schedule = nights(zone)
    changes = [
        change
        for year in EVENTFUL_YEARS.get(zone, (2024,))
        for change in clock_changes(zone, date(year, 1, 1), date(year + 1, 1, 1))
    ]
    assert changes, "there is something to see"
    for change in changes:
        first = change - AROUND
        minutes = 2 * AROUND // MINUTE
        totals = counted(schedule, first, minutes)
        open_minutes = [first + i * MINUTE for i, (a, b) in enumerate(pairwise(totals)) if b > a]
        last = first + minutes * MINUTE
        for i, total in enumerate(totals):
            instant = first + i * MINUTE
            amount = total * MINUTE
            assert schedule.elapsed(first, instant) == amount
            assert schedule.elapsed(instant, last) == (totals[-1] - total) * MINUTE
            if i < minutes:
                assert schedule.is_open(instant) == (totals[i + 1] > total)
            if 0 < total < totals[-1]:
                # Amount n is over when the n-th open minute is; a target of n is kept until the next one begins.
                assert schedule.add(first, amount) == open_minutes[total - 1] + MINUTE
                assert schedule.last_instant(first, amount) == open_minutes[total]
                assert schedule.subtract(last, (totals[-1] - total) * MINUTE) == open_minutes[total]


def test_a_skipped_hour_has_no_length() -> None:
    """On 29 March 2026 Paris goes from 02:00 to 03:00: a day open around the clock has 23 hours."""
    always = Schedule.always("Europe/Paris")
    assert always.elapsed(at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 23 * HOUR
    night = nights("Europe/Paris")
    assert night.elapsed(at("2026-03-29 01:40"), at("2026-03-29 03:05")) == 25 * MINUTE, "01:40-02:00 and 03:00-03:05"
    assert night.add(at("2026-03-29 01:40"), 25 * MINUTE) == at("2026-03-29 03:05")


def test_a_repeated_hour_has_two() -> None:
    """On 25 October 2026 Paris goes from 03:00 to 02:00: a day has 25 hours, hours in 02:00-03:00 count twice."""
    always = Schedule.always("Europe/Paris")
    assert always.elapsed(at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 25 * HOUR
    early = Schedule("Europe/Paris", {6: [(time(2, 15), time(2, 45))]})
    assert list(early.intervals(at("2026-10-25 00:00"), at("2026-10-26 00:00"))) == [
        (at("2026-10-25 02:15"), at("2026-10-25 02:45")),
        (at("2026-10-25 02:15", second=True), at("2026-10-25 02:45", second=True)),
    ]
    assert early.add(at("2026-10-25 02:15"), 40 * MINUTE) == at("2026-10-25 02:25", second=True)


def test_a_repeated_hour_at_midnight_belongs_to_both_days() -> None:
    """Cairo repeats 23:00-24:00 of 31 October 2024: that Thursday's late hours come twice, with Friday after them."""
    schedule = Schedule("Africa/Cairo", {3: [(time(23, 30), END_OF_DAY)], 4: [(time(0), time(0, 10))]})
    thursday = at("2024-10-31 00:00", "Africa/Cairo")
    assert list(schedule.intervals(thursday, thursday + timedelta(days=2))) == [
        (at("2024-10-31 23:30", "Africa/Cairo"), at("2024-10-31 23:30", "Africa/Cairo") + 30 * MINUTE),
        (at("2024-10-31 23:30", "Africa/Cairo", second=True), at("2024-11-01 00:10", "Africa/Cairo")),
    ]
    assert schedule.add_days(at("2024-10-30 12:00", "Africa/Cairo"), 2) == at("2024-11-01 12:00", "Africa/Cairo")


def test_a_skipped_day_is_no_business_day() -> None:
    """Samoa left out Friday 30 December 2011: its hours have no length and it does not count as a business day."""
    schedule = Schedule("Pacific/Apia", {day: [(time(9), time(17))] for day in range(5)})
    thursday = at("2011-12-29 16:00", "Pacific/Apia")
    monday = at("2012-01-02 10:00", "Pacific/Apia")
    assert schedule.elapsed(thursday, monday) == 2 * HOUR
    assert schedule.add(thursday, 2 * HOUR) == monday
    assert schedule.add_days(thursday, 1) == at("2012-01-02 16:00", "Pacific/Apia")
    assert schedule.next_open(at("2011-12-29 17:00", "Pacific/Apia")) == at("2012-01-02 09:00", "Pacific/Apia")


def test_hours_that_do_not_exist_on_a_date_are_passed_over() -> None:
    """Lord Howe skips 02:00-02:30 on 5 October 2025: hours within it open a week later."""
    schedule = Schedule("Australia/Lord_Howe", {6: [(time(2), time(2, 30))]})
    before = at("2025-10-04 00:00", "Australia/Lord_Howe")
    assert schedule.next_open(before) == at("2025-10-12 02:00", "Australia/Lord_Howe")
    assert schedule.add_days(before, 1) == at("2025-10-12 00:00", "Australia/Lord_Howe")


def test_add_days_to_an_hour_that_the_clock_changes() -> None:
    """An hour that is skipped on the day is moved on by as much, one that is repeated is the first."""
    always = Schedule.always("Europe/Paris")
    assert always.add_days(at("2026-03-28 02:30"), 1) == at("2026-03-29 03:30")
    assert always.add_days(at("2026-03-28 02:30"), 2) == at("2026-03-30 02:30")
    assert always.add_days(at("2026-10-24 02:30"), 1) == at("2026-10-25 02:30")
    assert always.add_days(at("2026-10-25 02:30", second=True), 1) == at("2026-10-26 02:30")


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian algorithm."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * weekday) // 433
    month = (h + weekday - 7 * m + 90) // 25
    return date(year, month, (h + weekday - 7 * m + 33 * month + 19) % 32)


def french_holidays(year: int) -> set[date]:
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    return {date(year, month, day) for month, day in fixed} | {
        easter(year) + timedelta(days=days) for days in (1, 39, 50)
    }


def days_of(first: int, last: int) -> Iterator[date]:
    day = date(first, 1, 1)
    while day.year <= last:
        yield day
        day += timedelta(days=1)


def test_ten_years_of_days_in_france() -> None:
    """Each day of 2020-2029: its open time, the total so far, and the way there and back, by a calendar of our own."""
    paris = ZoneInfo("Europe/Paris")
    holidays = {day for year in range(2020, 2030) for day in french_holidays(year)}
    begin = datetime(2020, 1, 1, tzinfo=paris)
    total = timedelta(0)
    for day in days_of(2020, 2029):
        midnight = datetime.combine(day, time(0), paris)
        following = datetime.combine(day + timedelta(days=1), time(0), paris)
        opening, closing = datetime.combine(day, time(9), paris), datetime.combine(day, time(18), paris)
        is_business = day.weekday() < 5 and day not in holidays
        assert PARIS.elapsed(midnight, following) == (9 * HOUR if is_business else timedelta(0)), day
        assert PARIS.is_open(opening) is is_business
        if is_business:
            assert PARIS.last_instant(begin, total) == (opening if total else PARIS.next_open(begin))
            assert PARIS.add(begin, total + TICK) == (opening.astimezone(UTC) + TICK)
            assert PARIS.subtract(closing, total + 9 * HOUR) == at("2020-01-02 09:00")
            total += 9 * HOUR
            assert PARIS.add(begin, total) == closing
            assert PARIS.add_days(begin, total // (9 * HOUR)) == midnight
        assert PARIS.elapsed(begin, following) == total


def test_ten_years_of_days_with_uneven_hours() -> None:
    """Each day of 2020-2029 on a schedule with no two days alike."""
    paris = ZoneInfo("Europe/Paris")
    hours = {0: (9, 0, 17, 0), 1: (10, 0, 16, 0), 5: (11, 0, 14, 30)}
    begin = datetime(2020, 1, 1, tzinfo=paris)
    total = timedelta(0)
    closed_since: datetime | None = None
    for day in days_of(2020, 2029):
        if day.weekday() not in hours:
            continue
        a, b, c, d = hours[day.weekday()]
        opening, closing = datetime.combine(day, time(a, b), paris), datetime.combine(day, time(c, d), paris)
        if closed_since is not None:
            assert UNEVEN.add(begin, total) == closed_since
            assert UNEVEN.last_instant(begin, total) == opening
        total += closing - opening
        assert UNEVEN.elapsed(begin, closing) == total
        closed_since = closing
