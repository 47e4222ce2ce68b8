"""Days, hours, dates and instants as admins write them: `mon-fri`, `09:00-18:00`, `2026-12-24`, `2026-11-24T10:00:00Z`.

The types for `models.py`. Each turns text into a value, or raises a `Fault` that says what to write.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from zdsync.core.calendar import END_OF_DAY, FIRST_YEAR, LAST_YEAR
from zdsync.rules.findings import Fault, suggest

Span = tuple[time, time]

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DASH = r"\s*[-–]\s*"
_TIME = r"(\d{1,2}):(\d{2})"
_SPAN = re.compile(_TIME + _DASH + _TIME, re.ASCII)
_HOURS_LIKE = "write it like 09:00-18:00, [09:00-12:00, 13:00-17:00] or closed"


def parse_days(written: object) -> tuple[int, ...]:
    """`mon`, `mon-fri`, `sat-mon` or `tue, thu` as weekdays, 0 being Monday."""
    days: list[int] = []
    for part in str(written).lower().split(","):
        ends = [_day(name.strip(), written) for name in re.split("[-–]", part, maxsplit=1)]
        first, last = ends[0], ends[-1]
        days += [(first + offset) % 7 for offset in range((last - first) % 7 + 1)]
    return tuple(days)


def _day(name: str, written: object) -> int:
    if name[:3] in DAYS and name in _DAY_NAMES[DAYS.index(name[:3])]:
        return DAYS.index(name[:3])
    raise Fault(f"`{written}` are no weekdays", f"{suggest(name, DAYS)} (one day, mon-fri, or tue, thu)")


_DAY_NAMES: Final = (
    ("mon", "monday"),
    ("tue", "tues", "tuesday"),
    ("wed", "wednesday"),
    ("thu", "thur", "thurs", "thursday"),
    ("fri", "friday"),
    ("sat", "saturday"),
    ("sun", "sunday"),
)


def parse_hours(written: object) -> tuple[Span, ...]:
    """`09:00-18:00`, a list of such, or `closed`; up to 24:00. In order, without overlaps."""
    if written == "closed":
        return ()
    parts: list[object] = written if isinstance(written, list) else [*str(written).split(",")]
    spans = sorted(_span(part) for part in parts) if written is not None else []
    if not spans:
        raise Fault("the hours are missing", _HOURS_LIKE)
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise Fault(f"the hours overlap around {start:%H:%M}", "write each open time once")
    return tuple(spans)


def _span(written: object) -> Span:
    match = _SPAN.fullmatch(str(written).strip())
    if not match:
        raise Fault(f"`{written}` are no hours", _HOURS_LIKE)
    start, end = _time(match[1], match[2], written), _time(match[3], match[4], written)
    if start < end:
        return start, end
    if (match[3], match[4]) == ("00", "00"):
        raise Fault(f"`{written}` ends before it starts", f"write {start:%H:%M}-24:00")
    wrong = f"`{written}` ends before it starts"
    raise Fault(wrong, f"write {start:%H:%M}-24:00 for this day and 00:00-{end:%H:%M} for the next")


def _time(hour: str, minute: str, written: object) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return END_OF_DAY
    if int(hour) > 23 or int(minute) > 59:
        raise Fault(f"`{hour}:{minute}` in `{written}` is no time of day", "write times from 00:00 to 24:00")
    return time(int(hour), int(minute))


def parse_date(written: object) -> date:
    """`2026-12-24`."""
    try:
        day = date.fromisoformat(str(written)) if re.fullmatch(r"\d{4}-\d\d-\d\d", str(written), re.ASCII) else None
    except ValueError:
        raise Fault(f"`{written}` is not in the calendar", "write an existing date as year-month-day") from None
    if day is None:
        raise Fault(f"`{written}` is no date", "write it like 2026-12-24")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Fault(f"{day.year} is too far away", f"write a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def parse_instant(written: object) -> datetime:
    """`2026-11-24T10:00:00Z`, or with an offset; in UTC, whole seconds."""
    text = str(written).strip()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(f"`{text}` is no instant", "write it like 2026-11-24T10:00:00Z") from None
    if instant.tzinfo is None:
        guess = instant.replace(microsecond=0).isoformat()
        raise Fault(f"`{text}` has no time zone", f"write {guess}Z for UTC, or an offset such as +01:00")
    try:
        return instant.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise Fault(f"`{text}` is too far away", "write it like 2026-11-24T10:00:00Z") from None


Days = Annotated[tuple[int, ...], BeforeValidator(parse_days), WithJsonSchema({"type": "string"})]
_ONE_SPAN = {"type": "string", "examples": ["09:00-18:00", "closed"]}
Hours = Annotated[
    tuple[Span, ...],
    BeforeValidator(parse_hours),
    WithJsonSchema({"anyOf": [_ONE_SPAN, {"type": "array", "items": _ONE_SPAN}], "examples": ["09:00-18:00"]}),
]
Day = Annotated[
    date,
    BeforeValidator(parse_date),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "examples": ["2026-12-24"]}),
]
Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-11-24T10:00:00Z"]}),
]
