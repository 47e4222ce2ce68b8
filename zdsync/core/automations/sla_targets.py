"""SLA targets: when the first reply and the resolution are due, told in fields, tags and few internal notes.

The clocks are replayed from the ticket's history (`core/clocks.py`); this file compares them with the targets of the
priority in force and decides what to show. `evaluate` calls `decide`. The first of the automations and the pattern
for the next ones: settings, example, decision, then one `Automation` value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from zdsync.core.automation import Automation, Case, Decision, Needs
from zdsync.core.durations import Duration, as_written
from zdsync.core.model import Priority

Metric = Literal["first_reply", "resolution"]
METRICS: Final[tuple[Metric, ...]] = ("first_reply", "resolution")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PerMetric(_Settings):
    """A duration for each metric; a metric left out has none."""

    first_reply: Duration | None = None
    resolution: Duration | None = None

    def of(self, metric: Metric) -> timedelta | None:
        return self.first_reply if metric == "first_reply" else self.resolution


class FieldNames(_Settings):
    """Custom text fields of the ticket, by the names given under the account's `fields:`; null shows nothing."""

    first_reply: str | None = "first_reply_due"
    resolution: str | None = "resolution_due"

    def of(self, metric: Metric) -> str | None:
        return self.first_reply if metric == "first_reply" else self.resolution


class Settings(_Settings):
    schedule: str
    """Name of the schedule whose open hours count."""
    targets: Annotated[Mapping[Priority, PerMetric], Field(min_length=1)]
    resolution_metric: Literal["requester_wait_time", "total_resolution_time"] = "requester_wait_time"
    """`requester_wait_time` pauses while the ticket is pending on the customer."""
    p1_after_hours: Literal["business", "calendar"] = "business"
    """`calendar`: the clocks of an urgent ticket run day and night."""
    warn_before: PerMetric = PerMetric(first_reply=timedelta(minutes=15), resolution=timedelta(hours=1))
    """How much counted time before each target agents are warned."""
    no_priority_after: Duration | None = timedelta(minutes=30)
    """How much open time a ticket may lack a priority before agents are told; null: never."""
    note: Literal["first", "changes", "never"] = "first"
    """When a note tells the targets: the first time they are set, at each change of priority, or never."""
    fields: FieldNames = FieldNames()
    tags: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] = "sla"
    """Beginning of the tags: `sla_first_reply_warning`, `sla_resolution_breached`, `sla_no_priority`…"""

    @model_validator(mode="after")
    def _warnings_come_after_the_start(self) -> Settings:
        for priority, targets in self.targets.items():
            for metric in METRICS:
                target, before = targets.of(metric), self.warn_before.of(metric)
                if target and before and before >= target:
                    raise ValueError(
                        f"warn_before.{metric} ({as_written(before)}) is not shorter than targets.{priority}.{metric} "
                        f"({as_written(target)}): the warning would come at once; write a shorter warn_before"
                    )
        return self


EXAMPLE: Final = """\
schedule: paris
targets:                          # in open hours of the schedule
  urgent: {first_reply: 1h, resolution: 4h}
  high:   {first_reply: 2h, resolution: 8h}
  normal: {first_reply: 2h, resolution: 16h}
  low:    {first_reply: 2h, resolution: 75h}
resolution_metric: requester_wait_time   # or total_resolution_time, which does not pause while pending
p1_after_hours: business          # or calendar: an urgent ticket's clocks run day and night
warn_before: {first_reply: 15m, resolution: 1h}
no_priority_after: 30m            # null: say nothing about a missing priority
note: first                       # or changes, never
fields: {first_reply: first_reply_due, resolution: resolution_due}
tags: sla
"""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "sla_targets.set": ("priority", "promises", "zone", "after_hours"),
    "sla_targets.warning": ("metric", "priority", "target", "due", "left", "counted", "zone"),
    "sla_targets.breach": ("metric", "priority", "target", "due", "counted", "ended", "zone"),
    "sla_targets.born": ("metric", "priority", "target", "due", "counted", "ended", "zone"),
    "sla_targets.no_priority": ("created", "open_for", "zone"),
}


def needs(settings: Settings) -> Needs:
    """The schedule and the custom fields that the settings name."""
    fields = {f"fields.{metric}": name for metric in METRICS if (name := settings.fields.of(metric))}
    return Needs(schedules={"schedule": settings.schedule}, fields=fields)


def decide(case: Case, settings: Settings) -> Decision:
    raise NotImplementedError


SLA_TARGETS: Final = Automation(
    name="sla_targets",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
)
