"""Business time against what others offer: `Schedule.add` and `elapsed` over a day, 30 days, a year; Paris office hours
with French holidays.

Each rival is used as well as we know how: everything that can be made beforehand is, holidays are plain sets where it
takes them, and only what the answer needs is asked. All get the same aware UTC instants and have to give the right
answers, or there is no race.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import starmap
from typing import Protocol
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import numpy as np
import pytz  # type: ignore[import-untyped]  # it comes with businesstimedelta, which asks for its zones
from opening_hours import OpeningHours, State

from tests.bench import Figure, cost, report
from zdsync.core.calendar import HolidayRule, Schedule

PARIS = ZoneInfo("Europe/Paris")
YEARS = range(2025, 2030)
FRENCH = frozenset(holidays.country_holidays("FR", years=YEARS, expand=False))
OPENING, CLOSING, A_DAY = timedelta(hours=9), timedelta(hours=18), timedelta(hours=9)

EPOCH = date(1970, 1, 1).toordinal()

STARTS = [
    datetime(2026, month, day, hour, 17, 31, tzinfo=PARIS).astimezone(UTC)
    for month, day, hour in ((1, 5, 9), (2, 10, 11), (3, 27, 16), (4, 2, 14), (5, 13, 17), (6, 8, 10), (7, 16, 12))
]
SPANS = {"a day": timedelta(days=1), "30 days": timedelta(days=30), "a year": timedelta(days=365)}
TIMES_FASTER = 3
FLAT = 1.5
"""A year may cost this much more than a day: noise, but no loop."""


Arguments = Sequence[tuple[datetime, datetime | timedelta]]


class BusinessTime(Protocol):
    def add(self, start: datetime, amount: timedelta) -> datetime: ...
    def elapsed(self, a: datetime, b: datetime) -> timedelta: ...


class BusinessTimeDelta:
    """businesstimedelta: rules that are asked for the next open stretch, one after the other."""

    def __init__(self) -> None:
        zone = pytz.timezone("Europe/Paris")
        self.rules = businesstimedelta.Rules(
            [
                businesstimedelta.WorkDayRule(time(9), time(18), [0, 1, 2, 3, 4], tz=zone),
                businesstimedelta.HolidayRule(FRENCH, tz=zone),
            ]
        )

    def add(self, start: datetime, amount: timedelta) -> datetime:
        due: datetime = start + businesstimedelta.BusinessTimeDelta(self.rules, timedelta=amount)
        return due

    def elapsed(self, a: datetime, b: datetime) -> timedelta:
        between: timedelta = self.rules.difference(a, b).timedelta
        return between


class OpeningHoursPy:
    """opening-hours-py: intervals from Rust. Without a zone it is twice as fast, so local time is left to us; that is
    right because Paris never changes its clock in office hours."""

    def __init__(self) -> None:
        self.hours = OpeningHours("Mo-Fr 09:00-18:00; PH off", country="FR", auto_country=False, auto_timezone=False)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        is_open, left = State.OPEN, amount
        for opened, closed, state, _ in self.hours.intervals(start.astimezone(PARIS).replace(tzinfo=None)):
            if state == is_open:
                length = closed - opened
                if length >= left:
                    return (opened + left).replace(tzinfo=PARIS).astimezone(UTC)
                left -= length
        raise AssertionError("it never ends")

    def elapsed(self, a: datetime, b: datetime) -> timedelta:
        is_open, total = State.OPEN, timedelta(0)
        first, last = a.astimezone(PARIS).replace(tzinfo=None), b.astimezone(PARIS).replace(tzinfo=None)
        for opened, closed, state, _ in self.hours.intervals(first, last):
            if state == is_open:
                total += closed - opened
        return total


class NumpyBusdays:
    """numpy's business days, with the hours of the first and the last day by hand: it knows days only, so this holds
    for one interval a day, the same on every business day."""

    def __init__(self) -> None:
        self.days = np.busdaycalendar(holidays=sorted(FRENCH))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        local = start.astimezone(PARIS)
        full, rest = divmod(amount + self._so_far(local), A_DAY)
        if not rest:
            full, rest = full - 1, A_DAY
        day = np.busday_offset(self._day(local), full, "forward", busdaycal=self.days).item()
        assert isinstance(day, date)
        return (datetime(day.year, day.month, day.day, tzinfo=PARIS) + (OPENING + rest)).astimezone(UTC)

    def elapsed(self, a: datetime, b: datetime) -> timedelta:
        first, last = a.astimezone(PARIS), b.astimezone(PARIS)
        days = np.busday_count(self._day(first), self._day(last), busdaycal=self.days)
        return int(days) * A_DAY + self._so_far(last) - self._so_far(first)

    def _day(self, local: datetime) -> np.datetime64:
        """Six times as fast as from a `date`."""
        return np.datetime64(local.toordinal() - EPOCH, "D")

    def _so_far(self, local: datetime) -> timedelta:
        """Open time of the local day before this instant."""
        if local.weekday() > 4 or local.date() in FRENCH:
            return timedelta(0)
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        return min(max(clock, OPENING), CLOSING) - OPENING


def run() -> bool:
    """Print the figures; whether all of them hold."""
    return report(figures())


def figures() -> Iterator[Figure]:
    """Ours against the rivals at each span, and against itself over the spans."""
    ours = Schedule("Europe/Paris", {day: [(time(9), time(18))] for day in range(5)}, HolidayRule("FR"))
    rivals: dict[str, BusinessTime] = {
        "businesstimedelta": BusinessTimeDelta(),
        "opening-hours-py": OpeningHoursPy(),
        "numpy busdays": NumpyBusdays(),
    }
    for question in ("add", "elapsed"):
        asked = {name: _arguments(ours, question, span) for name, span in SPANS.items()}
        for name, arguments in asked.items():
            costs = _race(question, arguments, {"ours": ours, **rivals})
            own = costs.pop("ours")
            others = ", ".join(f"{rival} {taken * 1e6:,.1f}" for rival, taken in costs.items())
            yield Figure(
                f"{question}, {name}: the fastest rival takes",
                min(costs.values()) / own,
                at_least=TIMES_FASTER,
                note=f"µs: ours {own * 1e6:.2f}, {others}",
            )
        spans = cost({name: _all_of(ours, question, arguments) for name, arguments in asked.items()}, rounds=25)
        yield Figure(f"{question}: a year costs", spans["a year"] / spans["a day"], "x a day", at_most=FLAT)


def _arguments(schedule: Schedule, question: str, span: timedelta) -> Arguments:
    """Of `add`: the open time that the span has; of `elapsed`: its end."""
    ends = [(start, start + span) for start in STARTS]
    return [(a, schedule.elapsed(a, b) if question == "add" else b) for a, b in ends]


def _race(question: str, arguments: Arguments, runners: Mapping[str, BusinessTime]) -> dict[str, float]:
    """CPU seconds of one answer for each, after all have given the same ones."""
    calls = {name: _all_of(runner, question, arguments) for name, runner in runners.items()}
    answers = {name: call() for name, call in calls.items()}
    for name, given in answers.items():
        assert given == answers["ours"], f"{name} gives other answers: {given} instead of {answers['ours']}"
    return {name: taken / len(arguments) for name, taken in cost(calls).items()}


def _all_of(runner: BusinessTime, question: str, arguments: Arguments) -> Callable[[], list[object]]:
    method = getattr(runner, question)
    return lambda: list(starmap(method, arguments))
