"""When things happen in a story, as people write it: `Mon 2026-11-23 09:00`, `09:10`, `Tue 09:30`, `+90m`.

`parse_when` reads the text by itself, for `story_models.py`; `resolve` makes an instant of it once the line before and
the story's zone are known. Raises a `Fault` for what is no time, or none on that clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from zdsync.core.calendar import FIRST_YEAR, LAST_YEAR
from zdsync.rules.findings import Fault
from zdsync.rules.hours import DAYS

_LIKE: Final = "write it like 09:10, Tue 09:30, Mon 2026-11-23 09:00 or +90m"
_CLOCK: Final = re.compile(
    r"(?:(?P<day>[a-z]{3,9})\s+)?(?:(?P<date>\d{4}-\d\d-\d\d)\s+)?(?P<time>\d{1,2}:\d\d(?::\d\d)?)",
    re.ASCII | re.IGNORECASE,
)
_LATER: Final = re.compile(r"\+\s*(?:(\d{1,4})d)?\s*(?:(\d{1,5})h)?\s*(?:(\d{1,6})m)?\s*(?:(\d{1,6})s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """A time as it is written. Either `clock`, perhaps with a day, or how much `later` than the line before."""

    written: str
    clock: time | None = None
    weekday: int | None = None
    """0 is Monday."""
    day: date | None = None
    days: int = 0
    later: timedelta = timedelta(0)


def parse_when(written: object) -> When:
    """What can be told from the text alone. Raises `Fault`."""
    text = str(written).strip() if isinstance(written, str) else ""
    later = _LATER.fullmatch(text)
    if later and any(later.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in later.groups())
        return When(text, days=days, later=timedelta(hours=hours, minutes=minutes, seconds=seconds))
    found = _CLOCK.fullmatch(text)
    if not found:
        raise Fault(f"`{written}` is no time", _LIKE)
    try:
        clock = time.fromisoformat(
            found["time"].rjust(len("09:10:00" if found["time"].count(":") > 1 else "09:10"), "0")
        )
        day = date.fromisoformat(found["date"]) if found["date"] else None
    except ValueError:
        raise Fault(f"`{written}` is no time that there is", _LIKE) from None
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Fault(f"`{written}` is too far away", f"write a year from {FIRST_YEAR} to {LAST_YEAR}")
    return When(text, clock, _weekday(found["day"], written), day)


def _weekday(name: str | None, written: object) -> int | None:
    if name is None:
        return None
    if name[:3].lower() not in DAYS or name.lower() not in (name[:3].lower(), _LONG[DAYS.index(name[:3].lower())]):
        raise Fault(f"`{name}` in `{written}` is no weekday", f"write one of: {', '.join(DAYS)}")
    return DAYS.index(name[:3].lower())


_LONG: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def resolve(when: When, before: datetime | None, zone: ZoneInfo) -> datetime:
    """The instant, in UTC. `before` is that of the line before (aware); None where there is none, as for the ticket.

    A time without a day is on the day of the line before; a weekday is the next such day, that one included. Raises
    `Fault` where the clock never shows that time, where the weekday is not that of the date, or where it lies before.
    """
    if when.clock is None:
        if before is None:
            raise Fault(f"`{when.written}` counts from nothing", "write the date and the time: Mon 2026-11-23 09:00")
        local = before.astimezone(zone)
        if when.days:
            local = _on(local.date() + timedelta(days=when.days), local.timetz().replace(tzinfo=None), when, zone)
        return local.astimezone(UTC) + when.later
    if when.day is not None:
        if when.weekday not in (None, when.day.weekday()):
            really = DAYS[when.day.weekday()].title()
            raise Fault(f"{when.day} is a {_LONG[when.day.weekday()].title()}", f"write {really} {when.day}")
        at = _on(when.day, when.clock, when, zone).astimezone(UTC)
    elif before is None:
        raise Fault(f"`{when.written}` has no date", "write the date too: Mon 2026-11-23 09:00")
    else:
        at = _next(when, when.clock, before, zone)
    if before is not None and at < before:
        shown = f"{before.astimezone(zone):%a %Y-%m-%d %H:%M}"
        raise Fault(
            f"`{when.written}` is before the line above ({shown})",
            "write the lines in the order of time, and the day where it is another one: Tue 09:30",
        )
    return at


def _next(when: When, clock: time, before: datetime, zone: ZoneInfo) -> datetime:
    day = before.astimezone(zone).date()
    if when.weekday is None:
        return _on(day, clock, when, zone).astimezone(UTC)
    day += timedelta(days=(when.weekday - day.weekday()) % 7)
    if _on(day, clock, when, zone) < before:
        day += timedelta(days=7)
    return _on(day, clock, when, zone).astimezone(UTC)


def _on(day: date, clock: time, when: When, zone: ZoneInfo) -> datetime:
    """That time of that day; where the clock shows it twice the first one."""
    local = datetime.combine(day, clock, zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Fault(
            f"`{when.written}`: on {day} the clock of {zone.key} jumps over {clock:%H:%M}",
            "write a time an hour earlier or later",
        )
    return local


WrittenTime = Annotated[
    When,
    PlainValidator(parse_when),
    WithJsonSchema({"type": "string", "examples": ["09:10", "Tue 09:30", "Mon 2026-11-23 09:00", "+90m"]}),
]
