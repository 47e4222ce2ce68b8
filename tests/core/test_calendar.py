"""Business time by named cases: the conventions of `zdsync.core.calendar`, one by one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from tests.core.calendar_cases import HOUR, MINUTE, NINE_TO_SIX, PARIS, UNEVEN, at
from zdsync.core.calendar import ALWAYS, END_OF_DAY, HolidayRule, Schedule

# In November 2026 the 23rd is a Monday. French holidays near it: Wednesday 11 November, Friday 25 December.

ADD = {
    "an amount within the day ends within the day": (PARIS, "2026-11-23 09:00", 1 * HOUR, "2026-11-23 10:00"),
    "a whole day ends exactly at its closing": (PARIS, "2026-11-23 09:00", 9 * HOUR, "2026-11-23 18:00"),
    "a second more than a day is one of the next": (
        PARIS,
        "2026-11-23 09:00",
        9 * HOUR + timedelta(seconds=1),
        "2026-11-24 09:00:01",
    ),
    "seconds are kept": (PARIS, "2026-11-23 17:59:31", MINUTE, "2026-11-24 09:00:31"),
    "from before the opening time runs from the opening": (PARIS, "2026-11-23 03:00", HOUR, "2026-11-23 10:00"),
    "from the very closing it runs from the next opening": (PARIS, "2026-11-23 18:00", HOUR, "2026-11-24 10:00"),
    "a week's end is passed over": (PARIS, "2026-11-27 17:00", 2 * HOUR, "2026-11-30 10:00"),
    "from a Saturday it runs from Monday": (PARIS, "2026-11-28 12:00", 2 * HOUR, "2026-11-30 11:00"),
    "a holiday is passed over": (PARIS, "2026-11-10 17:00", 2 * HOUR, "2026-11-12 10:00"),
    "Christmas and a week's end are passed over": (PARIS, "2026-12-24 17:00", 2 * HOUR, "2026-12-28 10:00"),
    "no amount changes nothing, open": (PARIS, "2026-11-23 10:00", 0 * HOUR, "2026-11-23 10:00"),
    "no amount changes nothing, closed": (PARIS, "2026-11-28 10:00", 0 * HOUR, "2026-11-28 10:00"),
    "P1 resolution from noon": (PARIS, "2026-11-23 12:00", 4 * HOUR, "2026-11-23 16:00"),
    "P4 resolution of 75 hours is 8 days and 3 hours": (PARIS, "2026-11-23 09:00", 75 * HOUR, "2026-12-03 12:00"),
    "uneven: Monday's 8 hours end at its closing": (UNEVEN, "2026-11-23 09:00", 8 * HOUR, "2026-11-23 17:00"),
    "uneven: a week holds 17 and a half hours": (UNEVEN, "2026-11-23 09:00", 17.5 * HOUR, "2026-11-28 14:30"),
    "uneven: from Tuesday evening to Saturday": (UNEVEN, "2026-11-24 20:00", 2 * HOUR, "2026-11-28 13:00"),
    "uneven: from Wednesday over Saturday to Monday": (UNEVEN, "2026-11-25 10:00", 4 * HOUR, "2026-11-30 09:30"),
    "uneven: a year of weeks": (UNEVEN, "2026-01-05 09:00", 52 * 17.5 * HOUR, "2027-01-02 14:30"),
    "over the end of summer time nothing is gained": (PARIS, "2026-10-23 17:00", 2 * HOUR, "2026-10-26 10:00"),
}

LAST_INSTANT = {
    "a whole day lasts until the next opening": (PARIS, "2026-11-23 09:00", 9 * HOUR, "2026-11-24 09:00"),
    "within the day it is when the amount has passed": (PARIS, "2026-11-23 09:00", 8 * HOUR, "2026-11-23 17:00"),
    "until Friday's closing lasts until Monday": (PARIS, "2026-11-27 17:00", HOUR, "2026-11-30 09:00"),
    "no amount lasts until the next opening, closed": (PARIS, "2026-11-28 10:00", 0 * HOUR, "2026-11-30 09:00"),
    "no amount has passed only until now, open": (PARIS, "2026-11-23 10:00", 0 * HOUR, "2026-11-23 10:00"),
    "no amount from the very closing": (PARIS, "2026-11-23 18:00", 0 * HOUR, "2026-11-24 09:00"),
    "until the eve of a holiday lasts until the day after": (PARIS, "2026-11-10 09:00", 9 * HOUR, "2026-11-12 09:00"),
    "uneven: until Tuesday's closing lasts until Saturday": (UNEVEN, "2026-11-23 09:00", 14 * HOUR, "2026-11-28 11:00"),
}

SUBTRACT = {
    "a whole day begins exactly at its opening": (PARIS, "2026-11-23 18:00", 9 * HOUR, "2026-11-23 09:00"),
    "a second more than a day is one of the day before": (
        PARIS,
        "2026-11-24 18:00",
        9 * HOUR + timedelta(seconds=1),
        "2026-11-23 17:59:59",
    ),
    "from the very opening it runs back from the last closing": (PARIS, "2026-11-30 09:00", HOUR, "2026-11-27 17:00"),
    "from a closed night it runs back from the last closing": (PARIS, "2026-11-24 03:00", HOUR, "2026-11-23 17:00"),
    "a holiday is passed over": (PARIS, "2026-11-12 10:00", 2 * HOUR, "2026-11-10 17:00"),
    "no amount changes nothing": (PARIS, "2026-11-28 10:00", 0 * HOUR, "2026-11-28 10:00"),
    "half an hour before a target": (PARIS, "2026-11-24 09:10", 30 * MINUTE, "2026-11-23 17:40"),
    "uneven: back from Monday over Saturday to Tuesday": (UNEVEN, "2026-11-30 09:30", 5 * HOUR, "2026-11-24 15:00"),
}

ELAPSED = {
    "within a day": (PARIS, "2026-11-23 09:30", "2026-11-23 10:15", 45 * MINUTE),
    "over a night": (PARIS, "2026-11-23 17:00", "2026-11-24 10:00", 2 * HOUR),
    "from closing to opening nothing passes": (PARIS, "2026-11-23 18:00", "2026-11-24 09:00", 0 * HOUR),
    "over a week's end nothing passes": (PARIS, "2026-11-28 00:00", "2026-11-30 00:00", 0 * HOUR),
    "a week is 45 hours": (PARIS, "2026-11-23 00:00", "2026-11-30 00:00", 45 * HOUR),
    "a week with a holiday is 36 hours": (PARIS, "2026-11-09 00:00", "2026-11-16 00:00", 36 * HOUR),
    "2026 has 252 business days in France": (PARIS, "2026-01-01 00:00", "2027-01-01 00:00", 252 * 9 * HOUR),
    "backwards it is negative": (PARIS, "2026-11-24 10:00", "2026-11-23 17:00", -2 * HOUR),
    "an instant has no length": (PARIS, "2026-11-23 10:00", "2026-11-23 10:00", 0 * HOUR),
    "uneven: a week": (UNEVEN, "2026-11-23 12:00", "2026-11-30 12:00", 17.5 * HOUR),
    "uneven: Wednesday to Friday is closed": (UNEVEN, "2026-11-24 16:00", "2026-11-28 11:00", 0 * HOUR),
}

ADD_DAYS = {
    "the same hour on the next day": ("2026-11-23 15:00", 1, "2026-11-24 15:00"),
    "Friday and one is Monday": ("2026-11-27 15:00", 1, "2026-11-30 15:00"),
    "Saturday and one is Monday": ("2026-11-28 15:00", 1, "2026-11-30 15:00"),
    "Thursday and two is Monday": ("2026-11-26 15:00", 2, "2026-11-30 15:00"),
    "a holiday does not count": ("2026-11-10 15:00", 1, "2026-11-12 15:00"),
    "an hour outside the opening hours stays": ("2026-11-23 23:10:05", 1, "2026-11-24 23:10:05"),
    "no days change nothing": ("2026-11-28 15:00", 0, "2026-11-28 15:00"),
    "the local hour stays over a change of the clock": ("2026-10-23 08:00", 1, "2026-10-26 08:00"),
    "a year of business days": ("2025-12-31 12:00", 252, "2026-12-31 12:00"),
}


@pytest.mark.parametrize(("schedule", "start", "amount", "due"), ADD.values(), ids=ADD.keys())
def test_add(schedule: Schedule, start: str, amount: timedelta, due: str) -> None:
    """`add` gives the first instant at which the amount of open time has passed."""
    assert schedule.add(at(start), amount) == at(due)


@pytest.mark.parametrize(("schedule", "start", "amount", "last"), LAST_INSTANT.values(), ids=LAST_INSTANT.keys())
def test_last_instant(schedule: Schedule, start: str, amount: timedelta, last: str) -> None:
    """`last_instant` gives the last instant at which no more than the amount has passed."""
    assert schedule.last_instant(at(start), amount) == at(last)


@pytest.mark.parametrize(("schedule", "end", "amount", "start"), SUBTRACT.values(), ids=SUBTRACT.keys())
def test_subtract(schedule: Schedule, end: str, amount: timedelta, start: str) -> None:
    """`subtract` gives the last instant from which on the amount of open time passes until the end."""
    assert schedule.subtract(at(end), amount) == at(start)


@pytest.mark.parametrize(("schedule", "a", "b", "amount"), ELAPSED.values(), ids=ELAPSED.keys())
def test_elapsed(schedule: Schedule, a: str, b: str, amount: timedelta) -> None:
    """`elapsed` gives the open time between two instants."""
    assert schedule.elapsed(at(a), at(b)) == amount


@pytest.mark.parametrize(("start", "days", "end"), ADD_DAYS.values(), ids=ADD_DAYS.keys())
def test_add_days(start: str, days: int, end: str) -> None:
    """`add_days` gives the same local hour so many business days on."""
    assert PARIS.add_days(at(start), days) == at(end)


def test_a_target_met_before_the_next_opening_is_in_time() -> None:
    """An answer on Tuesday at 08:55 keeps a target of nine hours from Monday at 09:00, one at 09:00:01 does not."""
    last = PARIS.last_instant(at("2026-11-23 09:00"), 9 * HOUR)
    assert at("2026-11-24 08:55") <= last
    assert not at("2026-11-24 09:00:01") <= last


OPEN = {
    "before the opening": ("2026-11-23 08:59:59", False, "2026-11-23 09:00", "2026-11-23 18:00"),
    "at the opening": ("2026-11-23 09:00", True, "2026-11-23 09:00", "2026-11-23 18:00"),
    "within": ("2026-11-23 12:34:56", True, "2026-11-23 12:34:56", "2026-11-23 18:00"),
    "a second before the closing": ("2026-11-23 17:59:59", True, "2026-11-23 17:59:59", "2026-11-23 18:00"),
    "at the closing": ("2026-11-23 18:00", False, "2026-11-24 09:00", "2026-11-24 18:00"),
    "on a Saturday": ("2026-11-28 12:00", False, "2026-11-30 09:00", "2026-11-30 18:00"),
    "on a holiday": ("2026-11-11 12:00", False, "2026-11-12 09:00", "2026-11-12 18:00"),
}


@pytest.mark.parametrize(("instant", "is_open", "next_open", "next_close"), OPEN.values(), ids=OPEN.keys())
def test_open_and_closed(instant: str, is_open: bool, next_open: str, next_close: str) -> None:
    """An opening belongs to the open time, a closing does not; the next of each is told."""
    assert PARIS.is_open(at(instant)) is is_open
    assert PARIS.next_open(at(instant)) == at(next_open)
    assert PARIS.next_close(at(instant)) == at(next_close)


def test_intervals_are_cut_to_what_is_asked_for() -> None:
    """The first and the last interval are cut, closed time between them is left out, an empty stretch has none."""
    assert list(PARIS.intervals(at("2026-11-10 12:00"), at("2026-11-13 10:00"))) == [
        (at("2026-11-10 12:00"), at("2026-11-10 18:00")),
        (at("2026-11-12 09:00"), at("2026-11-12 18:00")),
        (at("2026-11-13 09:00"), at("2026-11-13 10:00")),
    ]
    assert list(PARIS.intervals(at("2026-11-10 18:00"), at("2026-11-12 09:00"))) == []
    assert list(PARIS.intervals(at("2026-11-12 12:00"), at("2026-11-12 12:00"))) == []
    assert list(PARIS.intervals(at("2026-11-12 12:00"), at("2026-11-12 10:00"))) == []


def test_several_intervals_a_day() -> None:
    """A midday break does not count, in whatever order the hours are written."""
    schedule = Schedule("Europe/Paris", {0: [(time(14), time(18)), (time(9), time(12))]})
    assert schedule.add(at("2026-11-23 11:30"), HOUR) == at("2026-11-23 14:30")
    assert schedule.add(at("2026-11-23 09:00"), 3 * HOUR) == at("2026-11-23 12:00")
    assert schedule.last_instant(at("2026-11-23 09:00"), 3 * HOUR) == at("2026-11-23 14:00")
    assert schedule.elapsed(at("2026-11-23 00:00"), at("2026-11-24 00:00")) == 7 * HOUR


def test_hours_until_24_and_from_0_are_one_interval() -> None:
    """Nothing closes at midnight where the next day goes on."""
    schedule = Schedule("Europe/Paris", {0: [(time(20), END_OF_DAY)], 1: [(time(0), time(4))]})
    assert schedule.next_close(at("2026-11-23 21:00")) == at("2026-11-24 04:00")
    assert schedule.last_instant(at("2026-11-23 20:00"), 4 * HOUR) == at("2026-11-24 00:00")
    assert list(schedule.intervals(at("2026-11-23 00:00"), at("2026-11-25 00:00"))) == [
        (at("2026-11-23 20:00"), at("2026-11-24 04:00"))
    ]


def test_special_days_have_hours_of_their_own() -> None:
    """A special day opens on a holiday or a Saturday, closes early or not at all; the days beside it stay."""
    schedule = Schedule(
        "Europe/Paris",
        {day: [NINE_TO_SIX] for day in range(5)},
        HolidayRule("FR"),
        {
            date(2026, 11, 11): [(time(10), time(12))],
            date(2026, 11, 14): [(time(9), time(11))],
            date(2026, 12, 24): [(time(9), time(13))],
            date(2026, 12, 31): [],
        },
    )
    assert schedule.add(at("2026-11-10 17:00"), 2 * HOUR) == at("2026-11-11 11:00")
    assert schedule.add(at("2026-11-13 17:00"), 2 * HOUR) == at("2026-11-14 10:00")
    assert schedule.add(at("2026-12-24 12:00"), 2 * HOUR) == at("2026-12-28 10:00")
    assert schedule.elapsed(at("2026-12-31 00:00"), at("2027-01-04 00:00")) == timedelta(0)
    assert schedule.add_days(at("2026-11-13 15:00"), 1) == at("2026-11-14 15:00")
    assert schedule.add_days(at("2026-12-30 15:00"), 1) == at("2027-01-04 15:00")


def test_a_holiday_rule_can_be_corrected() -> None:
    """Own holidays are added, public ones can be worked; other years follow the country's calendar."""
    rule = HolidayRule("FR", add=frozenset({date(2026, 11, 27)}), remove=frozenset({date(2026, 11, 11)}))
    schedule = Schedule("Europe/Paris", {day: [NINE_TO_SIX] for day in range(5)}, rule)
    assert schedule.is_open(at("2026-11-11 10:00"))
    assert not schedule.is_open(at("2026-11-27 10:00"))
    assert not schedule.is_open(at("2027-11-11 10:00"))
    assert not schedule.is_open(at("2027-03-29 10:00")), "Easter Monday"


def test_parts_of_a_country_have_their_own_holidays() -> None:
    """Good Friday is a holiday in the Moselle department and not in the rest of France."""
    good_friday = date(2026, 4, 3)
    assert good_friday in HolidayRule("FR", "57")
    assert good_friday not in HolidayRule("FR")


def test_holidays_may_be_plain_dates() -> None:
    """Explicit dates close the local day, from midnight to midnight in the schedule's zone."""
    schedule = Schedule("Asia/Tokyo", {day: [(time(0), END_OF_DAY)] for day in range(7)}, holidays=[date(2026, 11, 23)])
    assert schedule.next_close(at("2026-11-20 00:00", "UTC")) == at("2026-11-22 15:00", "UTC")
    assert schedule.next_open(at("2026-11-22 15:00", "UTC")) == at("2026-11-23 15:00", "UTC")


def test_always_is_the_calendar() -> None:
    """Around the clock, business time is time; it never closes."""
    start = datetime(2026, 11, 23, 8, 1, 2, 345678, UTC)
    for amount in (timedelta(0), timedelta(microseconds=1), timedelta(days=30), timedelta(days=3000)):
        assert ALWAYS.add(start, amount) == start + amount == ALWAYS.last_instant(start, amount)
        assert ALWAYS.subtract(start, amount) == start - amount
        assert ALWAYS.elapsed(start, start + amount) == amount
    assert ALWAYS.is_open(start)
    assert ALWAYS.next_open(start) == start
    assert ALWAYS.next_close(start) is None
    assert Schedule.always("Europe/Paris").add_days(at("2026-03-28 09:00"), 1) == at("2026-03-29 09:00")


def test_instants_come_in_any_zone_and_leave_in_utc() -> None:
    """The same instant gives the same answer, whatever zone it is written in."""
    amount = 10 * HOUR
    utc = datetime(2026, 11, 23, 8, tzinfo=UTC)
    for zone in (timezone(timedelta(hours=5, minutes=30)), PARIS.zone, timezone(timedelta(0), "named UTC")):
        due = PARIS.add(utc.astimezone(zone), amount)
        assert due == datetime(2026, 11, 24, 9, tzinfo=UTC)
        assert due.tzinfo is UTC
    for result in (
        PARIS.last_instant(utc.astimezone(PARIS.zone), amount),
        PARIS.subtract(utc.astimezone(PARIS.zone), amount),
        PARIS.add_days(utc.astimezone(PARIS.zone), 3),
        PARIS.next_open(utc.astimezone(PARIS.zone)),
        PARIS.next_close(utc.astimezone(PARIS.zone)),
        *next(PARIS.intervals(utc.astimezone(PARIS.zone), utc + amount)),
    ):
        assert result is not None
        assert result.tzinfo is UTC


def test_parts_of_seconds_are_exact() -> None:
    """Microseconds in are microseconds out, over a night too."""
    start = at("2026-11-23 17:59:59.999999")
    assert PARIS.add(start, timedelta(microseconds=2)) == at("2026-11-24 09:00:00.000001")
    assert PARIS.elapsed(start, at("2026-11-24 09:00:00.000001")) == timedelta(microseconds=2)


NAIVE = datetime(2026, 11, 23, 9)  # noqa: DTZ001  a naive instant is what is refused
AWARE = datetime(2026, 11, 23, 9, tzinfo=UTC)

NAIVE_CALLS: dict[str, Callable[[], object]] = {
    "add": lambda: PARIS.add(NAIVE, HOUR),
    "last_instant": lambda: PARIS.last_instant(NAIVE, HOUR),
    "subtract": lambda: PARIS.subtract(NAIVE, HOUR),
    "elapsed from": lambda: PARIS.elapsed(NAIVE, AWARE),
    "elapsed to": lambda: PARIS.elapsed(AWARE, NAIVE),
    "is_open": lambda: PARIS.is_open(NAIVE),
    "next_open": lambda: PARIS.next_open(NAIVE),
    "next_close": lambda: PARIS.next_close(NAIVE),
    "intervals": lambda: list(PARIS.intervals(NAIVE, AWARE)),
    "add_days": lambda: PARIS.add_days(NAIVE, 1),
}


@pytest.mark.parametrize("call", NAIVE_CALLS.values(), ids=NAIVE_CALLS.keys())
def test_naive_instants_are_refused(call: Callable[[], object]) -> None:
    """An instant without a zone is no instant."""
    with pytest.raises(ValueError, match="no time zone"):
        call()


NEGATIVE_CALLS: dict[str, Callable[[], object]] = {
    "add": lambda: PARIS.add(AWARE, -HOUR),
    "last_instant": lambda: PARIS.last_instant(AWARE, -HOUR),
    "subtract": lambda: PARIS.subtract(AWARE, -HOUR),
    "add_days": lambda: PARIS.add_days(AWARE, -1),
}


@pytest.mark.parametrize("call", NEGATIVE_CALLS.values(), ids=NEGATIVE_CALLS.keys())
def test_negative_amounts_are_refused(call: Callable[[], object]) -> None:
    """Going back is `subtract`, not a negative amount."""
    with pytest.raises(ValueError, match=r"negative amount|none or more"):
        call()


FAR_CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "an instant before 1990": (lambda: PARIS.add(datetime(1989, 12, 31, 23, tzinfo=UTC), HOUR), "1989-12-31"),
    "an instant after 2100": (lambda: PARIS.elapsed(AWARE, datetime(2101, 1, 1, tzinfo=UTC)), "2101-01-01"),
    "a due time after 2100": (lambda: PARIS.add(AWARE, timedelta(days=36500)), "after the year 2100"),
    "a last instant after 2100": (lambda: ALWAYS.last_instant(AWARE, timedelta(days=36500)), "after the year 2100"),
    "an instant before 1990 as answer": (lambda: PARIS.subtract(AWARE, timedelta(days=36500)), "before the year 1990"),
    "a business day after 2100": (lambda: PARIS.add_days(AWARE, 36500), "after the year 2100"),
    "an opening after 2100": (lambda: UNEVEN.next_open(at("2100-12-31 12:00")), "after the year 2100"),
}


@pytest.mark.parametrize(("call", "words"), FAR_CALLS.values(), ids=FAR_CALLS.keys())
def test_what_lies_outside_the_known_years_is_an_error(call: Callable[[], object], words: str) -> None:
    """Past 1990 to 2100 there is an error in words, and never a wrong answer or an endless search."""
    with pytest.raises(OverflowError, match=words):
        call()


def test_the_last_known_years_are_exact() -> None:
    """Up to both ends of the known years everything works."""
    assert PARIS.elapsed(at("2100-12-31 09:00"), at("2100-12-31 18:00")) == 9 * HOUR
    assert PARIS.add(at("2100-12-31 09:00"), 9 * HOUR) == at("2100-12-31 18:00")
    assert PARIS.subtract(at("1990-01-02 18:00"), 9 * HOUR) == at("1990-01-02 09:00")


BAD_SCHEDULES: dict[str, tuple[Callable[[], object], str]] = {
    "no hours at all": (lambda: Schedule("UTC", {}), "no opening hour on any weekday"),
    "empty days": (lambda: Schedule("UTC", {0: [], 3: []}), "no opening hour on any weekday"),
    "only special days": (
        lambda: Schedule("UTC", {}, special={date(2026, 1, 1): [NINE_TO_SIX]}),
        "no opening hour on any weekday",
    ),
    "unknown zone": (lambda: Schedule("Europe/Pari", {0: [NINE_TO_SIX]}), "'Europe/Pari' is not a time zone"),
    "a continent": (lambda: Schedule("Europe", {0: [NINE_TO_SIX]}), "'Europe' is not a time zone"),
    "a path": (lambda: Schedule("../etc/passwd", {0: [NINE_TO_SIX]}), "is not a time zone"),
    "eighth day": (lambda: Schedule("UTC", {0: [NINE_TO_SIX], 7: [NINE_TO_SIX]}), "7 is not a weekday"),
    "ends before it starts": (lambda: Schedule("UTC", {0: [(time(18), time(9))]}), "Monday: .* ends before it starts"),
    "no length": (lambda: Schedule("UTC", {0: [(time(9), time(9))]}), "Monday: .* ends before it starts"),
    "ends at 00:00": (lambda: Schedule("UTC", {4: [(time(9), time(0))]}), "Friday: .* 24:00"),
    "overlap": (lambda: Schedule("UTC", {6: [NINE_TO_SIX, (time(17), time(19))]}), "Sunday: .* overlap"),
    "parts of seconds": (lambda: Schedule("UTC", {0: [(time(9, 0, 0, 5), time(18))]}), "whole seconds"),
    "hours with a zone": (lambda: Schedule("UTC", {0: [(time(9, tzinfo=UTC), time(18))]}), "Monday: .* time zone"),
    "bad hours on a special day": (
        lambda: Schedule("UTC", {0: [NINE_TO_SIX]}, special={date(2026, 1, 1): [(time(18), time(9))]}),
        "2026-01-01: .* ends before",
    ),
    "a holiday with a time": (lambda: Schedule("UTC", {0: [NINE_TO_SIX]}, [AWARE]), "cannot be a holiday"),
    "a special day with a time": (lambda: Schedule("UTC", {0: [NINE_TO_SIX]}, [], {AWARE: []}), "be a special day"),
    "an unknown country": (lambda: HolidayRule("XX"), "no holidays are known for XX"),
    "an unknown part": (lambda: HolidayRule("FR", "ZZ"), "no holidays are known for FR ZZ"),
    "an added holiday with a time": (lambda: HolidayRule("FR", add=frozenset({AWARE})), "cannot be an added holiday"),
}


@pytest.mark.parametrize(("make", "words"), BAD_SCHEDULES.values(), ids=BAD_SCHEDULES.keys())
def test_what_cannot_be_a_schedule_is_refused(make: Callable[[], object], words: str) -> None:
    """A fault is told in words when the schedule is made, not found when it is used."""
    with pytest.raises(ValueError, match=words):
        make()


def test_all_faults_are_told_at_once() -> None:
    """One error names every fault."""
    with pytest.raises(ValueError, match=r"weekday.*Monday.*Tuesday.*time zone"):
        Schedule("Mars", {9: [], 0: [(time(9), time(8))], 1: [(time(9), time(0))]})


def test_hours_may_touch() -> None:
    """9-12 and 12-18 are 9-18."""
    schedule = Schedule("UTC", {0: [(time(9), time(12)), (time(12), time(18))]})
    assert schedule.next_close(datetime(2026, 11, 23, 10, tzinfo=UTC)) == datetime(2026, 11, 23, 18, tzinfo=UTC)


def test_a_schedule_is_a_value() -> None:
    """Equal by definition, hashable, frozen, and the same after pickling, whatever has been asked of it."""

    def make() -> Schedule:
        return Schedule("Europe/Paris", {0: [NINE_TO_SIX]}, HolidayRule("FR"), {date(2026, 5, 2): [NINE_TO_SIX]})

    used, fresh = make(), make()
    used.add(AWARE, 500 * HOUR)
    assert used == fresh
    assert hash(used) == hash(fresh)
    assert used != PARIS
    again = pickle.loads(pickle.dumps(used))
    assert again == used
    assert again.add(AWARE, 500 * HOUR) == used.add(AWARE, 500 * HOUR)
    assert len(pickle.dumps(used)) == len(pickle.dumps(fresh)), "what was looked up does not travel"
    with pytest.raises(FrozenInstanceError):
        used.zone = PARIS.zone  # type: ignore[misc]
