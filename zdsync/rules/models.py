"""What may stand in `account.yaml`, `schedules.yaml`, `availability.yaml` and a rule's envelope. The JSON Schema comes
from here as well.

An automation's own settings are its `Settings` model in `core/automations/`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import holidays as holidays_library
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from zdsync.core.availability import Policy
from zdsync.core.calendar import HolidayRule, Schedule
from zdsync.core.durations import Duration
from zdsync.core.rulebook import Caps, Mode
from zdsync.core.watch import Probe
from zdsync.rules.findings import Fault, suggest
from zdsync.rules.hours import DAYS, Day, Days, Hours, Instant


class Entry(BaseModel):
    """A mapping in which unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_written_is_the_default(cls, data: Any) -> Any:
        """`scope:` with only comments below it is null in YAML, and means that nothing was chosen."""
        if not isinstance(data, dict):
            return data
        optional = {name for name, info in cls.model_fields.items() if not info.is_required()}
        return {name: value for name, value in data.items() if value is not None or name not in optional}


def _name(name: str) -> str:
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise Fault("the name is empty, too long or has control characters", "write a short name, on one line")
    return name.strip()


Name = Annotated[str, AfterValidator(_name)]

ConditionData = Any
"""Read by `core/when.py`, which names its own faults and has its own schema."""


# --- account.yaml ------------------------------------------------------------------------------------------------

_LIKE_CAPS: Final = Caps()


class CapsEntry(Entry):
    per_ticket_per_day: int = Field(_LIKE_CAPS.per_ticket_per_day, ge=1, description="messages on one ticket in 24 h")
    per_hour: int = Field(_LIKE_CAPS.per_hour, ge=1, description="messages of all rules together in an hour")
    per_rule_per_hour: int = Field(_LIKE_CAPS.per_rule_per_hour, ge=1, description="messages of one rule in an hour")


def _field(written: object) -> int | str:
    if isinstance(written, int) and not isinstance(written, bool) and written > 0:
        return written
    if isinstance(written, str) and written.strip():
        return int(written) if written.strip().isdecimal() else written.strip()
    raise Fault(f"`{written}` is no ticket field", "write the field's id, or its exact title in quotes")


TicketField = Annotated[
    int | str,
    BeforeValidator(_field),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}], "examples": [34057044510353]}),
]


def _status(written: object) -> int | str:
    try:
        return _field(written)
    except Fault:
        write = "write the status' id, or in quotes the label that agents see"
        raise Fault(f"`{written}` is no custom status", write) from None


CustomStatus = Annotated[
    int | str,
    BeforeValidator(_status),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}], "examples": ["Awaiting confirmation"]}),
]


class AccountFile(Entry):
    live_since: Instant | None = Field(None, description="nothing that happened before this instant has any effect")
    mode: Mode = Field("shadow", description="the most that any rule may do: off, shadow or live")
    scope: ConditionData = Field(None, description="the only tickets that may be touched")
    own_user_ids: frozenset[Annotated[int, Field(ge=1)]] = Field(
        frozenset(), description="users zdsync has written as before"
    )
    caps: CapsEntry = CapsEntry()
    fields: dict[Name, TicketField] = Field({}, description="our name of a ticket field: its id, or its exact title")
    statuses: dict[Name, CustomStatus] = Field(
        {}, description="our name of a custom status: its id, or the exact label that agents see"
    )


# --- schedules.yaml ----------------------------------------------------------------------------------------------


def _zone(name: str) -> str:
    if name not in _zones():
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(_zones(), reverse=True)}
        like = cities.get(name.rpartition("/")[2].replace(" ", "_").title())
        write = f"did you mean `{like}`?" if like else suggest(name, _zones(), "write it like Europe/Paris")
        raise Fault(f"`{name}` is no time zone", write if "?" in write else "write it like Europe/Paris")
    return name


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(holidays_library.list_supported_countries(include_aliases=True))


@lru_cache(maxsize=32)
def _regions(country: str) -> frozenset[str]:
    """By code and by name: the holidays library takes both."""
    aliases = holidays_library.country_holidays(country).get_subdivision_aliases()
    return frozenset(aliases).union(*aliases.values())


def _country(code: str) -> str:
    if code.upper() not in _countries():
        raise Fault(f"`{code}` is no country with known holidays", "write its two letters, such as FR")
    return code.upper()


ZoneName = Annotated[str, AfterValidator(_zone)]


class HolidaysEntry(Entry):
    country: Annotated[str, AfterValidator(_country)] | None = Field(None, description="two letters", examples=["FR"])
    region: str | None = Field(None, description="a part of the country, as the holidays library knows it")
    add: frozenset[Day] = Field(frozenset(), description="closed as well")
    remove: frozenset[Day] = Field(frozenset(), description="open all the same")

    @field_validator("region")
    @classmethod
    def _region_is_known(cls, region: str | None, info: ValidationInfo) -> str | None:
        if region is None or "country" not in info.data:  # then the country is at fault already
            return region
        country = info.data["country"]
        if country is None:
            raise Fault("there is a region without a country", "write country: FR, or remove the region")
        if region not in _regions(country):
            raise Fault(f"`{region}` is no region of {country}", suggest(region, _regions(country)))
        return region


class ScheduleEntry(Entry):
    zone: ZoneName = Field(description="IANA name", examples=["Europe/Paris"])
    hours: dict[Days, Hours] = Field(description="open times by weekday", examples=["{mon-fri: 09:00-18:00}"])
    holidays: HolidaysEntry = HolidaysEntry()
    special: dict[Day, Hours] = Field({}, description="other hours on one date, or closed")

    @field_validator("hours")
    @classmethod
    def _each_day_once(cls, hours: dict[Days, Hours]) -> dict[Days, Hours]:
        days = [day for named in hours for day in named]
        twice = sorted({day for day in days if days.count(day) > 1})
        if twice:
            raise Fault(f"{', '.join(DAYS[day] for day in twice)} stands twice in the hours", "write each day once")
        if not any(hours.values()):
            raise Fault("no day has open hours, so business time would never pass", "write hours for one day at least")
        return hours

    def schedule(self) -> Schedule:
        """Closed on the days that are not named."""
        entry = self.holidays
        holidays: HolidayRule | frozenset[Any] = entry.add - entry.remove
        if entry.country:
            holidays = HolidayRule(entry.country, entry.region, entry.add, entry.remove)
        week = {day: hours for days, hours in self.hours.items() for day in days}
        return Schedule(self.zone, week, holidays, self.special)


# --- availability.yaml -------------------------------------------------------------------------------------------


def _probe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
        raise Fault(f"`{url}` is no address of a page", "write it like https://app.example.com/health")
    if parts.username or parts.password:
        raise Fault("the address has a user or a password in it", "write an address that answers without one")
    return url


class ProbeEntry(Entry):
    url: Annotated[str, AfterValidator(_probe_url)] = Field(
        description="what answers while the product is up", examples=["https://app.example.com/health"]
    )
    every: Duration = Field(timedelta(minutes=1), description="how often it is asked")
    failures: int = Field(3, ge=1, le=60, description="so many failures in a row are an outage")


class AvailabilityFile(Entry):
    product: Name = Field(description="what customers call it; the title of report and page", examples=["K Pro"])
    target: float = Field(description="percent of each calendar month", gt=0, le=100, examples=[95])
    zone: ZoneName | None = Field(None, description="in which months begin and end; the first schedule's if missing")
    probe: ProbeEntry | None = Field(None, description="an address that is asked; nothing is if missing")

    def policy(self, zone: ZoneInfo) -> Policy:
        """`zone`: where none is written. The target exactly as it is written: 99.9 is 999/1000."""
        asked = self.probe
        probe = Probe(asked.url, asked.every, asked.failures) if asked else None
        target, there = Fraction(str(self.target)) / 100, ZoneInfo(self.zone) if self.zone else zone
        return Policy(self.product, target, there, probe)


# --- rules/*.yaml ------------------------------------------------------------------------------------------------


class RuleEntry(Entry):
    name: Name = Field(description="unique; shown in notes, logs and reports", examples=["SLA targets"])
    automation: str = Field(description="what the rule does", examples=["sla_targets"])
    mode: Mode = Field("shadow", description="off, shadow (decide and show, change nothing) or live")
    when: ConditionData = Field(None, description="the tickets it is about; all of them if missing")
    settings: Any = Field(None, description="of the automation")
