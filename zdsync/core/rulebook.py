"""The rules in force as one immutable value with a hash. `rules/load.py` makes it from YAML, `evaluate` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from zdsync.core.automation import Automation
from zdsync.core.availability import Policy
from zdsync.core.calendar import Schedule
from zdsync.core.templates import Templates
from zdsync.core.when import EVERY_TICKET, Condition
from zdsync.core.windows import Window

Mode = Literal["off", "shadow", "live"]
"""`shadow`: decided and shown, never carried out."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One automation with its settings, for the tickets that `when` names."""

    name: str
    automation: Automation[Any]
    settings: BaseModel
    """An instance of `automation.Settings`."""
    mode: Mode
    when: Condition
    source: Source


@dataclass(frozen=True, slots=True)
class Caps:
    """How many messages at most. The first is counted from the ticket's history, the others by `store/brakes.py`."""

    per_ticket_per_day: int = 6
    per_hour: int = 60
    per_rule_per_hour: int = 40


@dataclass(frozen=True, slots=True)
class Rulebook:
    rules: tuple[Rule, ...]
    """In the order in which they speak; where two want the same field differently the first one has it."""
    schedules: Mapping[str, Schedule]
    live_since: datetime
    """Nothing that happened before it has any effect."""
    templates: Templates
    scope: Condition = EVERY_TICKET
    caps: Caps = field(default_factory=Caps)
    fields: Mapping[str, int | str] = field(default_factory=dict)
    """Our name of a custom field -> its id or its exact title on the account (`Facts.field_ids` has the ids)."""
    statuses: Mapping[str, int | str] = field(default_factory=dict)
    """Our name of a custom status -> its id or the label that agents see (`Facts.status_ids` has the ids)."""
    own_user_ids: frozenset[int] = frozenset()
    """Users that zdsync has written as, besides the present one."""
    windows: Mapping[str, Window] = field(default_factory=dict)
    """Maintenance by id; those that agents open as tickets are none of these."""
    availability: Policy | None = None
    """None: there is no report of it."""
    hash: str = ""
    """Of everything above; it goes into the metadata of every audit that follows from this rulebook."""

    @property
    def zone(self) -> ZoneInfo:
        """The desk's, in which agents write times: that of the first schedule."""
        return next((schedule.zone for schedule in self.schedules.values()), ZoneInfo("UTC"))
