"""SLA clocks, replayed from a ticket's history, with Zendesk's names and semantics.

Automations ask for a `clock`, and for `due`: when a target runs out on it. `explain` and the dashboard draw its
`intervals`. A clock itself is cheap, since it only knows what the ticket's status did; opening hours come in when a
schedule is laid over it.

Clocks begin with the ticket, those of a notice of ours with the customer's answer to it (`Reading.begins_at`).

- `first_reply_time`: from the beginning to the first public comment by staff. Comments that came with the creation do
  not count (the first reply to a ticket that an agent opened is the second agent comment), nor do automatic mail, the
  requester's own words, and ours. A ticket solved without any reply has not been answered: the clock stands still.
- `requester_wait_time`: counts while new, open or on hold, pauses while pending, ends at solved, goes on if reopened.
- `total_resolution_time`: the same without the pause.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from zdsync.core.calendar import Schedule
from zdsync.core.history import Reading
from zdsync.core.model import FieldValue

Metric = Literal["first_reply_time", "requester_wait_time", "total_resolution_time"]
Why = Literal["open hours", "closed", "pending", "solved"]

GRAIN: Final = timedelta(seconds=1)
"""Zendesk's times are whole seconds: what happened within a second still has that second's stamp."""

_NOT_SOLVED: Final[dict[FieldValue, Why | None]] = dict.fromkeys(("new", "open", "pending", "hold"))
_PAUSES: Final[dict[Metric, dict[FieldValue, Why | None]]] = {
    "first_reply_time": _NOT_SOLVED,
    "requester_wait_time": {**_NOT_SOLVED, "pending": "pending"},
    "total_resolution_time": _NOT_SOLVED,
}
"""What the clock does in each status: None is running. In any other status it is solved."""
_NOTHING: Final = timedelta(0)


class Stretch(NamedTuple):
    """A time in which the ticket's status let the clock run, or did not."""

    start: datetime
    end: datetime | None
    """None: it lasts."""
    pause: Why | None
    """None: the clock ran."""


class Interval(NamedTuple):
    """A piece of a clock's life, counted or not, and why."""

    start: datetime
    end: datetime
    counted: bool
    why: Why


class Clock(NamedTuple):
    metric: Metric
    started_at: datetime
    stretches: tuple[Stretch, ...]
    ended_at: datetime | None
    """When it was fulfilled. A resolution clock may go on after that; then it is None again."""

    @property
    def running(self) -> bool:
        return self.ended_at is None and self.stretches[-1].pause is None

    @property
    def pause(self) -> Why | None:
        """Why it stands still, if it is neither running nor fulfilled."""
        return self.stretches[-1].pause if self.ended_at is None else None

    def elapsed(self, schedule: Schedule, at: datetime) -> timedelta:
        """What has counted until `at`."""
        total = _NOTHING
        for stretch in self.stretches:
            end = at if stretch.end is None else min(stretch.end, at)
            if stretch.pause is None and stretch.start < end:
                total += schedule.elapsed(stretch.start, end)
        return total

    def intervals(self, schedule: Schedule, at: datetime) -> Iterator[Interval]:
        """The clock's life until `at` or its end, without gaps; the counted ones sum up to `elapsed`."""
        for stretch in self.stretches:
            end = at if stretch.end is None else min(stretch.end, at)
            if self.ended_at is not None:
                end = min(end, self.ended_at)
            if stretch.start >= end:
                continue
            if stretch.pause is not None:
                yield Interval(stretch.start, end, False, stretch.pause)
                continue
            reached = stretch.start
            for opening, closing in schedule.intervals(stretch.start, end):
                if reached < opening:
                    yield Interval(reached, opening, False, "closed")
                yield Interval(opening, closing, True, "open hours")
                reached = closing
            if reached < end:
                yield Interval(reached, end, False, "closed")


class Due(NamedTuple):
    """When a target runs out on a clock."""

    at: datetime | None
    """The instant that people are shown; None while the clock stands still before it."""
    breach_after: datetime | None
    """The last instant that is in time; None while the clock stands still, or was fulfilled, before it."""
    left: timedelta
    """Of the target, at the beginning of the stretch in which it runs out; for a clock that stands still: now."""

    def is_breached(self, now: datetime) -> bool:
        return self.breach_after is not None and now >= self.breach_after + GRAIN


class Measured(NamedTuple):
    """A clock by the hours of a schedule and, where one is promised, against a target: what `explain` shows."""

    clock: Clock
    schedule: Schedule
    target: timedelta | None = None
    due: Due | None = None


def clock(reading: Reading, metric: Metric) -> Clock:
    """The clock as the history has it; its last stretch lasts unless the clock was fulfilled by a reply."""
    reply = reading.first_reply if metric == "first_reply_time" else None
    stretches = _stretches(reading, metric, reply)
    ended_at = reply
    if metric != "first_reply_time" and stretches[-1].pause == "solved":
        ended_at = stretches[-1].start
    return Clock(metric, reading.begins_at, stretches, ended_at)


def _stretches(reading: Reading, metric: Metric, ended_at: datetime | None) -> tuple[Stretch, ...]:
    """The status' timeline, cut at the end, with neighbours of one kind made one."""
    pauses = _PAUSES[metric]
    stretches: list[Stretch] = []
    spans = reading.timeline("status")
    begins_at = reading.begins_at
    index = max((n for n, span in enumerate(spans) if span.since <= begins_at), default=0)
    start, pause = max(spans[0].since, begins_at), pauses.get(spans[index].value, "solved")
    for span in spans[index + 1 :]:
        if ended_at is not None and span.since >= ended_at:
            break
        next_pause = pauses.get(span.value, "solved")
        if next_pause != pause:
            stretches.append(Stretch(start, span.since, pause))
            start, pause = span.since, next_pause
    stretches.append(Stretch(start, ended_at, pause))
    return tuple(stretches)


def due(clock: Clock, target: timedelta, schedule: Schedule) -> Due:
    """When `target` runs out on the clock by the hours of the schedule.

    What is shown and what is a breach differ: 9 open hours from Monday 09:00 run out on Monday at 18:00, but an
    answer on Tuesday before 09:00 is still in time (`Schedule.add` and `Schedule.last_instant`).
    """
    left, shown = target, None
    for stretch in clock.stretches:
        if stretch.pause is not None:
            continue
        if stretch.end is None:
            shown = shown or schedule.add(stretch.start, left)
            return Due(shown, schedule.last_instant(stretch.start, left), left)
        passed = schedule.elapsed(stretch.start, stretch.end)
        if passed >= left:
            shown = shown or schedule.add(stretch.start, left)
            last = schedule.last_instant(stretch.start, left)
            if last < stretch.end:
                return Due(shown, last, left)
        left -= passed
    return Due(shown, None, left)
