"""Maintenance windows as values: when, for whom, in which words. `rules/windows.py` reads them from YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from zdsync.core.audience import AudienceSettings
from zdsync.core.calendar import FIRST_YEAR, LAST_YEAR
from zdsync.core.templates import FALLBACK


class Words(dict[str, str]):
    """One text in several languages, by locale; a text asks with `title[locale]`.

    What is there in no language of the reader's is read in English, or in the first language that there is.
    """

    __slots__ = ()

    def __missing__(self, locale: str) -> str:
        language = re.split("[-_]", locale)[0].lower()
        for name in (language, FALLBACK, *self):
            if name in self:
                return self[name]
        return ""


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which the service may be away, as somebody has planned it."""

    id: str
    """Part of external ids and message keys: a window that moves keeps it, another window has another one."""
    start: datetime
    end: datetime
    """UTC; after the start."""
    zone: str
    """IANA name: in which it is written, and in which its days are counted."""
    title: Words
    description: Words = field(default_factory=Words)
    planned: bool = True
    """False: urgent; announced at once, and nothing is promised of days ahead."""
    announce_at: datetime | None = None
    """None: as far ahead as the rule says."""
    audience: AudienceSettings | None = None
    """None: the rule's."""
    cancelled: bool = False
    source: str = ""
    """`config/maintenance.yaml:12`, or the ticket that it is."""

    @property
    def times(self) -> tuple[datetime, datetime]:
        return self.start, self.end


LONGEST: Final = timedelta(days=7)
"""Of a window. A longer one is a month or a year that was mistyped."""
TIME_LIKE: Final = "2026-12-06 22:00"
_WRITTEN: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::00)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


class NoSuchTime(ValueError):
    """What is wrong with a time that somebody has written, and what to write."""

    def __init__(self, wrong: str, write: str) -> None:
        self.wrong = wrong
        self.write = write
        super().__init__(f"{wrong}: {write}")


def written_time(text: str) -> datetime:
    """`2026-12-06 22:00`, naive; with `Z` or an offset behind it aware. Raises `NoSuchTime`."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        raise NoSuchTime(f"`{text}` is no time", f"write it like {TIME_LIKE}")
    try:
        time = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}")
    except ValueError:
        raise NoSuchTime(f"`{text}` is not in the calendar", f"write it like {TIME_LIKE}") from None
    if not FIRST_YEAR < time.year < LAST_YEAR:
        raise NoSuchTime(f"{time.year} is too far away", f"write a year from {FIRST_YEAR + 1} to {LAST_YEAR - 1}")
    return time


def instant_of(written: datetime, zone: ZoneInfo) -> datetime:
    """In UTC; a naive time is on the zone's clock. Raises `NoSuchTime` for one that this leaves out, or shows twice."""
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    first, second = (written.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    shown, there = f"{written:%Y-%m-%d %H:%M}", first.astimezone(UTC).astimezone(zone)
    if there.replace(tzinfo=None) != written:
        raise NoSuchTime(f"{shown} does not exist in {zone.key}: the clocks are put forward", f"write {there:%H:%M}")
    write = f"write {shown}{first:%z} for the first time, {shown}{second:%z} for the second"
    raise NoSuchTime(f"{shown} comes twice in {zone.key}: the clocks are put back", write)


def days_before(instant: datetime, days: int, zone: str) -> datetime:
    """The same time of day so many days earlier on the zone's calendar, in UTC: a week over a clock change is one.

    Where that time of day does not exist, or exists twice, the earlier of the instants that may be meant.
    """
    local = instant.astimezone(ZoneInfo(zone))
    earlier = local.replace(fold=0) - timedelta(days=days)
    return min(earlier.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def clock_change(start: datetime, end: datetime, zone: str) -> timedelta:
    """By how much the zone's clocks are put forward between the instants; negative where they are put back."""
    there = ZoneInfo(zone)
    before, after = start.astimezone(there).utcoffset(), end.astimezone(there).utcoffset()
    assert before is not None
    assert after is not None
    return after - before


def overlapping(windows: Mapping[str, Window]) -> list[tuple[Window, Window]]:
    """Pairs of windows that share time, in the order of their starts. Cancelled ones take no time."""
    ordered = sorted((each for each in windows.values() if not each.cancelled), key=lambda each: (each.start, each.id))
    return [
        (first, second)
        for number, first in enumerate(ordered)
        for second in ordered[number + 1 :]
        if second.start < first.end
    ]
