"""How often customers hear of which tickets: the periods of `update_cadence`, as they are written and run out."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from zdsync.core.calendar import Schedule
from zdsync.core.durations import Duration, as_written, parse_duration
from zdsync.core.when import Condition, parse_condition

_ONE_DAY: Final = timedelta(days=1)


class BusinessDays(NamedTuple):
    """A number of business days."""

    days: int


_DAYS: Final = re.compile(r"([1-9][0-9]?) business days?", re.ASCII)


def _every(written: object) -> timedelta | BusinessDays:
    if isinstance(written, BusinessDays):
        return written
    found = _DAYS.fullmatch(written.strip()) if isinstance(written, str) else None
    if found:
        return BusinessDays(int(found[1]))
    try:
        return parse_duration(written)
    except ValueError:
        wrong = f"{written!r} is no period: write a duration such as 30m or 4h, or 2 business days"
        raise ValueError(wrong) from None


def _every_written(every: timedelta | BusinessDays) -> str:
    if isinstance(every, BusinessDays):
        return f"{every.days} business day{'s' if every.days > 1 else ''}"
    return as_written(every)


Every = Annotated[
    timedelta | BusinessDays,
    BeforeValidator(_every),
    PlainSerializer(_every_written, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["30m", "4h", "2 business days"]}),
]


def _when(written: object) -> Condition:
    return written if isinstance(written, Condition) else parse_condition(written)


When = Annotated[
    Any,
    BeforeValidator(_when),
    PlainSerializer(lambda condition: None, return_type=None),
    WithJsonSchema({"type": "object", "description": "as a rule's `when`"}),
]


def _ladder(written: object) -> object:
    """One duration is a ladder of one."""
    return written if isinstance(written, list | tuple) else [written]


def _ladder_written(ladder: tuple[timedelta, ...]) -> str | list[str]:
    written = [as_written(rung) for rung in ladder]
    return written if len(written) > 1 else written[0]


_LENGTH: Final = {"type": "string", "pattern": r"^(\d+h)?\s*(\d+m)?$"}
Ladder = Annotated[
    tuple[Duration, ...],
    BeforeValidator(_ladder),
    Field(min_length=1, max_length=9),
    PlainSerializer(_ladder_written),
    WithJsonSchema({"anyOf": [_LENGTH, {"type": "array", "items": _LENGTH}], "examples": ["1h", ["2h", "30m"]]}),
]


class Cadence(BaseModel):
    """How often the customer hears of a ticket that the condition names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: When = Field(default_factory=lambda: parse_condition(None))
    every: Every | None = None
    """A length of open time, or so many business days: by the same hour of that day."""
    each: Literal["business day"] | None = None
    """By closing time of each business day after the day of the last update."""
    remind_before: Ladder = (timedelta(hours=1),)
    """How much open time before the promise runs out agents are reminded; several times: the longest first."""

    @model_validator(mode="after")
    def _one_period(self) -> Cadence:
        if (self.every is None) == (self.each is None):
            raise ValueError("a cadence has one period: write every: 30m, every: 2 business days or each: business day")
        if any(before <= after for before, after in pairwise(self.remind_before)):
            raise ValueError("remind_before does not fall: write each shorter than the one before, [2h, 30m]")
        if isinstance(self.every, timedelta) and self.remind_before[0] >= self.every:
            raise ValueError(
                f"remind_before ({as_written(self.remind_before[0])}) is not shorter than every "
                f"({as_written(self.every)}): the reminder would come at once; write a shorter remind_before"
            )
        return self

    @property
    def words(self) -> str:
        return "each business day" if self.every is None else f"every {_every_written(self.every)}"


@lru_cache(maxsize=4096)
def deadline(cadence: Cadence, schedule: Schedule, base: datetime, n: int) -> datetime:
    """When the n-th period after the base is over."""
    if isinstance(cadence.every, timedelta):
        return schedule.add(base, n * cadence.every)
    days = n * (cadence.every.days if cadence.every else 1)
    at = schedule.add_days(base, days)
    local = at.astimezone(schedule.zone).date()
    open_hours = list(schedule.intervals(_midnight(local, schedule), _midnight(local + _ONE_DAY, schedule)))
    closing = open_hours[-1][1]
    if cadence.every is None:
        return closing
    return min(max(at, open_hours[0][0]), closing)  # somebody who wrote at night promises the nearest open hour


def _midnight(day: date, schedule: Schedule) -> datetime:
    return datetime.combine(day, time(0), schedule.zone)
