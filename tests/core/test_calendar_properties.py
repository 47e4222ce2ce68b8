"""What holds for every schedule, instant and amount: adding, subtracting and measuring business time agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.core.calendar_cases import PARIS, TICK, UNEVEN, is_open_by_the_clock, nights
from zdsync.core.calendar import END_OF_DAY, HolidayRule, Hours, Schedule

ZONES = (
    "UTC",
    "Europe/Paris",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
NONE = timedelta(0)

UNTIMED = settings(deadline=None)
FEWER = settings(UNTIMED, max_examples=50)


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> list[Hours]:
    """Up to three intervals, the last one maybe until 24:00."""
    minutes = sorted(5 * count for count in draw(st.sets(st.integers(0, 288), max_size=6)))
    clocks = [END_OF_DAY if minute == 1440 else time(minute // 60, minute % 60) for minute in minutes]
    return list(zip(clocks[::2], clocks[1::2], strict=False))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any week that is open for an hour or more, with a few holidays and special days."""
    week = draw(st.dictionaries(st.integers(0, 6), hours_of_a_day(), min_size=1))
    assume(sum((_length(*hours) for day in week.values() for hours in day), NONE) >= timedelta(hours=1))
    days = st.dates(date(2010, 12, 1), date(2012, 12, 31))
    holidays = draw(st.one_of(st.sets(days, max_size=5), st.just(HolidayRule("FR"))))
    return Schedule(
        draw(st.sampled_from(ZONES)), week, holidays, draw(st.dictionaries(days, hours_of_a_day(), max_size=3))
    )


any_schedule = st.one_of(st.sampled_from([PARIS, UNEVEN, *map(nights, ZONES)]), schedules())
instants = st.datetimes(datetime(2011, 1, 1), datetime(2012, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.one_of(
    st.timedeltas(NONE, timedelta(hours=75)),
    st.integers(0, 900).map(lambda count: timedelta(minutes=5 * count)),
)


@UNTIMED
@given(any_schedule, instants, amounts)
@example(PARIS, datetime(2011, 10, 28, 15, tzinfo=UTC), timedelta(hours=1))
def test_adding_and_measuring_agree(schedule: Schedule, start: datetime, amount: timedelta) -> None:
    """The amount has passed at `add`, and not a tick earlier."""
    due = schedule.add(start, amount)
    assert schedule.elapsed(start, due) == amount
    assert due >= start
    if amount:
        assert schedule.elapsed(start, due - TICK) < amount


@UNTIMED
@given(any_schedule, instants, amounts)
def test_no_more_than_the_amount_has_passed_at_the_last_instant(
    schedule: Schedule, start: datetime, amount: timedelta
) -> None:
    """The amount has passed at `last_instant`, a tick later it is more; and nothing is open between `add` and it."""
    last = schedule.last_instant(start, amount)
    assert schedule.elapsed(start, last) == amount
    assert schedule.elapsed(start, last + TICK) > amount
    due = schedule.add(start, amount)
    assert due <= last
    assert list(schedule.intervals(due, last)) == []
    assert last == (schedule.next_open(due))


@UNTIMED
@given(any_schedule, instants, amounts)
def test_subtracting_and_measuring_agree(schedule: Schedule, end: datetime, amount: timedelta) -> None:
    """The amount passes from `subtract` on, and less from a tick later."""
    start = schedule.subtract(end, amount)
    assert schedule.elapsed(start, end) == amount
    assert start <= end
    if amount:
        assert schedule.elapsed(start + TICK, end) < amount


@UNTIMED
@given(any_schedule, instants, amounts)
def test_subtracting_undoes_adding_as_far_as_it_can(schedule: Schedule, start: datetime, amount: timedelta) -> None:
    """Back from the due time is the start, or the opening after it when the start was closed."""
    assume(amount)
    assert schedule.subtract(schedule.add(start, amount), amount) == schedule.next_open(start)


@UNTIMED
@given(any_schedule, instants, instants, instants)
def test_elapsed_is_additive(schedule: Schedule, a: datetime, b: datetime, c: datetime) -> None:
    """By way of any instant, before, between or after, the open time is the same."""
    assert schedule.elapsed(a, b) + schedule.elapsed(b, c) == schedule.elapsed(a, c)
    assert schedule.elapsed(a, b) == -schedule.elapsed(b, a)
    assert NONE <= schedule.elapsed(min(a, b), max(a, b)) <= abs(b - a)


@UNTIMED
@given(any_schedule, instants, instants, amounts, amounts)
def test_later_starts_and_larger_amounts_are_never_due_earlier(
    schedule: Schedule, a: datetime, b: datetime, x: timedelta, y: timedelta
) -> None:
    """`add`, `last_instant` and `subtract` are monotone in both arguments."""
    a, b = sorted((a, b))
    x, y = sorted((x, y))
    assert schedule.add(a, x) <= schedule.add(b, x) <= schedule.add(b, y)
    assert schedule.last_instant(a, x) <= schedule.last_instant(b, x) <= schedule.last_instant(b, y)
    assert schedule.subtract(a, y) <= schedule.subtract(a, x) <= schedule.subtract(b, x)


@UNTIMED
@given(any_schedule, instants, amounts, amounts)
def test_an_amount_in_two_parts_is_due_at_the_same_time(
    schedule: Schedule, start: datetime, x: timedelta, y: timedelta
) -> None:
    """Adding twice is adding the sum."""
    assume(y)
    assert schedule.add(schedule.add(start, x), y) == schedule.add(start, x + y)
    assert schedule.last_instant(schedule.last_instant(start, x), y) == schedule.last_instant(start, x + y)


@UNTIMED
@given(any_schedule, instants)
def test_open_is_what_the_wall_clock_says(schedule: Schedule, instant: datetime) -> None:
    """`is_open`, `next_open`, `next_close` and the growth of `elapsed` tell the same."""
    is_open = is_open_by_the_clock(schedule, instant)
    assert schedule.is_open(instant) is is_open
    assert (schedule.next_open(instant) == instant) is is_open
    assert (schedule.elapsed(instant, instant + TICK) == TICK) is is_open
    opened, closed = schedule.next_open(instant), schedule.next_close(instant)
    assert is_open_by_the_clock(schedule, opened)
    if closed is not None:
        assert opened < closed
        assert schedule.elapsed(instant, closed) == closed - opened
        assert is_open_by_the_clock(schedule, closed - TICK)
        assert not is_open_by_the_clock(schedule, closed)


@FEWER
@given(any_schedule, instants, instants)
def test_intervals_are_the_open_time(schedule: Schedule, a: datetime, b: datetime) -> None:
    """They lie in order within what was asked for, never touch, and add up to `elapsed`."""
    a, b = sorted((a, b))
    found = list(schedule.intervals(a, b))
    assert sum((closed - opened for opened, closed in found), NONE) == schedule.elapsed(a, b)
    edges = [edge for interval in found for edge in interval]
    assert edges == sorted(set(edges))
    assert all(a <= edge <= b for edge in edges)


@FEWER
@given(any_schedule, instants, st.integers(1, 300))
def test_business_days_are_counted_one_by_one(schedule: Schedule, start: datetime, days: int) -> None:
    """So many local dates with open time lie after the start's, up to that of the answer; the hour stays."""
    end = schedule.add_days(start, days)
    local_start, local_end = start.astimezone(schedule.zone), end.astimezone(schedule.zone)
    opened = {
        moment.astimezone(schedule.zone).date()
        for interval in schedule.intervals(start - timedelta(days=2), end + timedelta(days=2))
        for moment in _dates_within(*interval)
    }
    assert len([day for day in opened if local_start.date() < day <= local_end.date()]) == days
    assert local_end.time() == local_start.time() or _is_moved(schedule.zone, end, start)


def _length(opening: time, closing: time) -> timedelta:
    day = datetime(2011, 1, 1, tzinfo=UTC)
    return datetime.combine(day, closing) - datetime.combine(day, opening)


def _dates_within(opened: datetime, closed: datetime) -> list[datetime]:
    """An instant of each quarter of an hour in the interval, and its last."""
    step = timedelta(minutes=15)
    return [opened + i * step for i in range((closed - opened) // step + 1) if opened + i * step < closed] + [
        closed - TICK
    ]


def _is_moved(zone: ZoneInfo, end: datetime, start: datetime) -> bool:
    """The hour of `start` is skipped near the date of `end`."""
    wished = datetime.combine(end.astimezone(zone).date(), start.astimezone(zone).time(), zone)
    return wished.astimezone(UTC).astimezone(zone).time() != wished.time()


@FEWER
@given(schedules(), instants, instants, amounts)
def test_what_was_asked_before_changes_no_answer(
    schedule: Schedule, start: datetime, other: datetime, amount: timedelta
) -> None:
    """A schedule that has looked far in both directions answers as a fresh one does."""
    fresh = Schedule(schedule.zone, dict(enumerate(schedule.week)), schedule.holidays, dict(schedule.special))
    assert fresh == schedule
    schedule.elapsed(other.replace(year=1995, month=1), other.replace(year=2030, month=1))
    for ask in (schedule.add, schedule.last_instant, schedule.subtract):
        assert ask(start, amount) == getattr(fresh, ask.__name__)(start, amount)
    assert schedule.next_close(start) == fresh.next_close(start)
    assert schedule.add_days(start, 7) == fresh.add_days(start, 7)
