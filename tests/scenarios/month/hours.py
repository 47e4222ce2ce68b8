"""When support is open, minute by minute: a table that shares nothing with the product's calendar but the policy."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
OPENS, CLOSES = time(9), time(18)
CLOSED = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-11-01",
        "2026-11-11",
        "2026-12-25",
        "2027-01-01",
        "2027-03-29",
        "2027-05-01",
        "2027-05-06",
        "2027-05-08",
        "2027-05-17",
    )
)
"""French public holidays, written down by hand."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Hours:
    """Each minute between two dates is open or not. Instants are aware; all minutes are whole in UTC, too."""

    def __init__(self, first: date, last: date) -> None:
        self.first = datetime.combine(first, time(0), UTC)
        minutes = (last - first).days * 24 * 60
        self.open = [self._is_open(self.first + n * MINUTE) for n in range(minutes)]
        self.passed = list(accumulate(self.open, initial=0))
        """Open minutes before each minute."""

    @staticmethod
    def _is_open(at: datetime) -> bool:
        local = at.astimezone(PARIS)
        return local.weekday() < 5 and local.date() not in CLOSED and OPENS <= local.time() < CLOSES

    def _minute(self, at: datetime) -> tuple[int, float]:
        """Its number, and the seconds in it."""
        minutes, rest = divmod(at - self.first, MINUTE)
        return minutes, rest.total_seconds()

    def is_open(self, at: datetime) -> bool:
        return self.open[self._minute(at)[0]]

    def counted(self, at: datetime) -> float:
        """Open seconds since the beginning of the table."""
        minute, seconds = self._minute(at)
        return self.passed[minute] * 60 + (seconds if self.open[minute] else 0)

    def between(self, a: datetime, b: datetime) -> float:
        """Open seconds."""
        return self.counted(b) - self.counted(a)

    def add(self, start: datetime, seconds: float) -> datetime:
        """The first instant at which so many open seconds have passed: at a closing when it can be."""
        if seconds <= 0:
            return start
        wanted = self.counted(start) + seconds
        minute = bisect_left(self.passed, wanted / 60) - 1
        return self.first + minute * MINUTE + timedelta(seconds=wanted - self.passed[minute] * 60)

    def subtract(self, end: datetime, seconds: float) -> datetime:
        """The last instant from which so many open seconds pass until `end`."""
        wanted = self.counted(end) - seconds
        minute = bisect_right(self.passed, wanted / 60) - 1
        return self.first + minute * MINUTE + timedelta(seconds=wanted - self.passed[minute] * 60)

    def next_open(self, at: datetime) -> datetime:
        minute, _ = self._minute(at)
        if self.open[minute]:
            return at
        return self.first + self.open.index(True, minute) * MINUTE

    def next_close(self, at: datetime) -> datetime:
        """The end of the open time that `at` lies in."""
        return self.first + self.open.index(False, self._minute(at)[0]) * MINUTE

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in CLOSED

    def days_later(self, start: datetime, days: int) -> datetime:
        """The same hour in Paris, so many business days on."""
        local = start.astimezone(PARIS)
        day = local.date()
        while days:
            day += DAY
            days -= self.is_business_day(day)
        return datetime.combine(day, local.time(), PARIS).astimezone(UTC)

    def hour_of(self, at: datetime, hour: time) -> datetime:
        """That hour of the same day in Paris."""
        return datetime.combine(at.astimezone(PARIS).date(), hour, PARIS).astimezone(UTC)
