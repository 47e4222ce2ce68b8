"""What everybody may know: whether the product is up, what is planned, what was, and the month's figure. Pure.

For the public status page: no ticket numbers, no customers, no words of agents. What has not been told to customers is
not told here either: a window is planned once somebody has a notice of it, and an outage is one once notices go out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from zdsync.core.announced import WindowRecord
from zdsync.core.availability import Availability, Month, Outage, Policy, availability, percent
from zdsync.core.spans import Span, length, union

DAYS: Final = 90
AHEAD: Final = timedelta(days=90)
"""How far ahead maintenance is shown."""

State = Literal["up", "down", "maintenance"]


@dataclass(frozen=True, slots=True)
class Planned:
    start: datetime
    end: datetime
    titles: Mapping[str, str]
    """By language."""


@dataclass(frozen=True, slots=True)
class Past:
    start: datetime
    end: datetime | None
    """None: it goes on."""
    kind: Literal["outage", "maintenance"]


@dataclass(frozen=True, slots=True)
class DayStatus:
    date: date
    measured: int
    """Seconds, as the next two; nothing: there are no records of it."""
    down: int
    planned: int


@dataclass(frozen=True, slots=True)
class Status:
    at: datetime
    """When it was so."""
    product: str
    zone: str
    state: State
    since: datetime | None
    planned: tuple[Planned, ...]
    """The next first, before it what is under way within its times."""
    past: tuple[Past, ...]
    """The newest first."""
    days: tuple[DayStatus, ...]
    """The oldest first; today is the last one."""
    year: int
    month: int
    percent: str | None
    """Of the present month until now."""
    target: str


def status(
    policy: Policy, outages: Sequence[Outage], windows: Sequence[WindowRecord], now: datetime, since: datetime
) -> Status:
    """`since`: from when on there are records."""
    today = now.astimezone(policy.zone).date()
    first = today - timedelta(days=DAYS - 1)
    months = [
        availability(month, policy.target, outages, windows, now, since) for month in _months(first, today, policy)
    ]
    down = [each for each in outages if each.told and each.began <= now and _lasts(each.ended, now)]
    work = [each for each in windows if each.began is not None and each.began <= now and _goes_on(each, now)]
    state: State = "down" if down else "maintenance" if work else "up"
    begun = [each.began for each in down] or [each.began for each in work if each.began is not None]
    present = months[-1]
    return Status(
        at=now,
        product=policy.product,
        zone=policy.zone.key,
        state=state,
        since=min(begun, default=None),
        planned=tuple(_planned(windows, now)),
        past=tuple(_past(outages, windows, present.month.day(first).start, now)),
        days=tuple(_days(months, first, today)),
        year=today.year,
        month=today.month,
        percent=None if present.figure is None else percent(present.figure),
        target=percent(policy.target),
    )


def _lasts(ended: datetime | None, now: datetime) -> bool:
    return ended is None or ended > now


def _goes_on(window: WindowRecord, now: datetime) -> bool:
    return _lasts(window.ended, now) and _lasts(window.cancelled, now)


def _months(first: date, last: date, policy: Policy) -> Iterator[Month]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield Month(year, month, policy.zone)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _planned(windows: Sequence[WindowRecord], now: datetime) -> Iterator[Planned]:
    present = [each for each in windows if each.ended is None and each.cancelled is None and each.times.end > now]
    told = [each for each in present if any(one.told for one in each.announcements)]
    for each in sorted(told, key=lambda window: (window.times, window.name)):
        if each.times.start <= now + AHEAD:
            yield Planned(each.times.start, each.times.end, each.titles)


def _past(outages: Sequence[Outage], windows: Sequence[WindowRecord], first: datetime, now: datetime) -> Iterator[Past]:
    """What was down, once however many have reported it."""
    seen = [each for each in outages if each.told or each.ended is not None]
    downs = union(Span(each.began, now if each.ended is None else min(each.ended, now)) for each in seen)
    works = union(work for each in windows if (work := each.work(now)) is not None)
    found = [Past(each.start, each.end if each.end < now else None, "outage") for each in downs]
    found += [Past(each.start, each.end if each.end < now else None, "maintenance") for each in works]
    yield from sorted(
        (each for each in found if each.end is None or each.end > first),
        key=lambda each: each.start,
        reverse=True,
    )


def _days(months: Sequence[Availability], first: date, last: date) -> Iterator[DayStatus]:
    for day in (day for month in months for day in month.days):
        if first <= day.date <= last:
            planned = length(piece.span for piece in day.pieces if not piece.counts)
            yield DayStatus(day.date, _seconds(day.measured), _seconds(day.counted), _seconds(planned))


def _seconds(amount: timedelta) -> int:
    return int(amount.total_seconds())
