"""Stretches of time as sets: what lies in one of them, in both, in the one alone.

A list of spans is *orderly* when they are in order, none is empty, and no two touch: what these functions give is.
Instants are aware; a span has its start and lacks its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Nothing where it ends before it starts. Of instants in UTC, so that it is time that has passed."""
        return max(self.end - self.start, timedelta(0))

    @property
    def in_minutes(self) -> Span:
        """From and until the minutes that readers are shown, so that they can check its length by them."""
        return Span(minute(self.start), minute(self.end))


def minute(at: datetime) -> datetime:
    """The beginning of the minute in which it lies, which is how an instant is shown."""
    return at.replace(second=0, microsecond=0)


def union(spans: Iterable[Span]) -> list[Span]:
    """All of them, orderly: what overlaps or touches is one."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def common(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """What lies in both; each of the two is orderly."""
    found: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i].start, b[j].start), min(a[i].end, b[j].end)
        if start < end:
            found.append(Span(start, end))
        if a[i].end <= b[j].end:
            i += 1
        else:
            j += 1
    return found


def without(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """What lies in the first alone; each of the two is orderly."""
    left: list[Span] = []
    for span in a:
        reached = span.start
        for other in b:
            if other.end <= reached:
                continue
            if other.start >= span.end:
                break
            if reached < other.start:
                left.append(Span(reached, other.start))
            reached = other.end
        if reached < span.end:
            left.append(Span(reached, span.end))
    return left


def length(spans: Iterable[Span]) -> timedelta:
    """Of orderly spans."""
    return sum((span.length for span in spans), timedelta(0))
