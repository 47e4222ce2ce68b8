"""How long something lasts, as admins write it and as people read it: `1h`, `30m`, `2h 30m`; `2 h 30 min`.

`Duration` is the type of every duration in an automation's settings; `in_words` is used by texts and field values.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SHAPE = re.compile(r"(?:(\d+)h)?\s*(?:(\d+)m)?", re.ASCII)


def parse_duration(written: object) -> timedelta:
    """`1h`, `30m` or `2h 30m` as a positive timedelta; ValueError (in words for an admin) for anything else.

    There are no days: a day of business time is a matter of the schedule, and `75h` says what is meant.
    """
    if isinstance(written, timedelta):
        return _positive(written)
    found = _SHAPE.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None or not any(found.groups()):
        raise ValueError(f"{written!r} is no duration: write hours and minutes such as 1h, 30m or 2h 30m")
    hours, minutes = (int(part or 0) for part in found.groups())
    try:
        return _positive(timedelta(hours=hours, minutes=minutes))
    except OverflowError:
        raise ValueError(f"{written!r} is too long for a duration") from None


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise ValueError("a duration must be longer than nothing: write for example 30m")
    return duration


def in_words(duration: timedelta) -> str:
    """`2 h 30 min`, `45 min`, `75 h`: whole minutes, rounded down; the same in English and French."""
    hours, minutes = divmod(max(int(duration.total_seconds()), 0) // 60, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def as_written(duration: timedelta) -> str:
    """The duration as an admin would write it in YAML."""
    return in_words(duration).replace(" h", "h").replace(" min", "m")


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(as_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+h)?\s*(\d+m)?$", "examples": ["1h", "30m", "2h 30m"]}),
]
