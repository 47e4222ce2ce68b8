"""SLA targets: when the first reply and the resolution are due, told in fields, tags and few internal notes.

The clocks are replayed from the ticket's history (`core/clocks.py`); this file compares them with the targets of the
priority in force and decides what to show. `evaluate` calls `decide`. The first of the automations and the pattern
for the next ones: settings, example, decision, then one `Automation` value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple, cast, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from zdsync.core.actions import Action, AddTag, RemoveTag, Say, SetField
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel, Tag
from zdsync.core.calendar import Schedule
from zdsync.core.clocks import GRAIN, Clock, Due, Measured, clock, due
from zdsync.core.durations import Duration, as_written, in_words
from zdsync.core.history import Reading, Span
from zdsync.core.model import Priority
from zdsync.core.notify import reaches_somebody
from zdsync.core.templates import zone_name
from zdsync.core.when import check

Metric = Literal["first_reply", "resolution"]
METRICS: Final[tuple[Metric, ...]] = ("first_reply", "resolution")
_METRIC_WORDS: Final[Mapping[Metric, str]] = {"first_reply": "first reply", "resolution": "resolution"}
State = Literal["missed", "warning", "running", "paused", "met"]
_WORST_FIRST: Final = get_args(State)


class PerMetric(SettingsModel):
    """A duration for each metric; a metric left out has none."""

    first_reply: Duration | None = None
    resolution: Duration | None = None

    def of(self, metric: Metric) -> timedelta | None:
        return self.first_reply if metric == "first_reply" else self.resolution


class FieldNames(SettingsModel):
    """Custom text fields of the ticket, by the names given under the account's `fields:`; null shows nothing."""

    first_reply: str | None = "first_reply_due"
    resolution: str | None = "resolution_due"

    def of(self, metric: Metric) -> str | None:
        return self.first_reply if metric == "first_reply" else self.resolution


class Settings(SettingsModel):
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
    tags: Tag = "sla"
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

_PROMISE: Final = ("metric", "priority", "target", "due", "left", "counted", "ended", "state", "zone")

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "sla_targets.set": ("priority", "promises", "zone", "resumes"),
    "sla_targets.warning": _PROMISE,
    "sla_targets.breach": _PROMISE,
    "sla_targets.born": _PROMISE,
    "sla_targets.no_priority": ("created", "open_for", "zone"),
}
"""`promises` is a list of the two metrics, each with the values of the others; `resumes` is None while it is open."""

_EXAMPLE: Final[Mapping[str, object]] = {
    "metric": "first reply",
    "priority": "high",
    "target": timedelta(hours=2),
    "due": datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    "left": timedelta(minutes=15),
    "counted": timedelta(hours=1, minutes=45),
    "ended": None,
    "state": "running",
    "zone": "Europe/Paris",
}
EXAMPLES: Final[Mapping[str, object]] = {
    **_EXAMPLE,
    "promises": [
        _EXAMPLE,
        {
            **_EXAMPLE,
            "metric": "resolution",
            "target": timedelta(hours=8),
            "due": datetime(2026, 11, 24, 16, 0, tzinfo=UTC),
            "left": timedelta(hours=6, minutes=15),
        },
    ],
    "resumes": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    "created": datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    "open_for": timedelta(minutes=30),
}


def needs(settings: Settings) -> Needs:
    """The schedule and the custom fields that the settings name."""
    fields = {f"fields.{metric}": name for metric in METRICS if (name := settings.fields.of(metric))}
    return Needs(schedules={"schedule": settings.schedule}, fields=fields)


class Standing(NamedTuple):
    """How one metric stands: its clock against the target of the priority that decides."""

    metric: Metric
    clock: Clock
    promise: Span
    """The priority in force when the metric was fulfilled; now, while it is not."""
    target: timedelta
    schedule: Schedule
    due: Due
    state: State
    shown: str
    """What the ticket's field says: `2026-11-24 18:00 CET`, `paused, 2 h 30 min left`, `met …`, `missed …`."""
    wake_at: datetime | None
    """When the state changes by itself."""

    @property
    def words(self) -> str:
        """What is measured: `first reply`, `resolution`."""
        return _METRIC_WORDS[self.metric]


def decide(case: Case, settings: Settings) -> Decision:
    """The fields, tags and notes that should be there now. Pure; `case.now` in account time."""
    reading = case.reading
    if reading.kind != "request":
        return Decision("not-a-request", f"a {reading.kind} has no targets", tuple(_withdrawn(reading, settings)))
    clocks = _clocks(reading, settings)
    history = [span for span in reading.timeline("priority") if span.value is not None]
    if not history:
        return _without_priority(case, settings, _measured(case, settings, clocks, ()))
    current = history[-1]
    standings = _standings(case, settings, clocks, history)
    promised = [one for one in standings if one.promise.since >= case.rulebook.live_since]
    if promised:
        outcome: str = min((one.state for one in promised), key=_WORST_FIRST.index)
        words = "; ".join(f"{_METRIC_WORDS[one.metric]} {one.shown}" for one in promised)
    elif standings:
        outcome, words = "before-live", "the priority was set before live_since: nothing is promised"
    else:
        outcome, words = "no-target", f"priority {current.value} has no targets"
    return Decision(
        outcome,
        words,
        (*_state_actions(reading, settings, standings, current), *_notes(case, settings, standings, current)),
        min((one.wake_at for one in promised if one.wake_at), default=None),
        _measured(case, settings, clocks, standings),
    )


class Promised(NamedTuple):
    """What is ahead of the targets of a ticket's present priority."""

    standings: tuple[Standing, ...]
    """Those that are neither given nor missed, and run."""
    resumes: datetime | None
    """When the clocks go on, if support is closed now."""
    pauses: bool
    """The resolution's clock stands still while the ticket waits for the customer."""


def promised(case: Case) -> Promised | None:
    """What the first rule of SLA targets that is about the ticket promises; None without a rule or a priority.

    For automations that tell customers: they say what the agents see. A rule in shadow counts where none is live, so
    that a first look at everything in shadow shows it.
    """
    settings = _settings_for(case)
    history = [span for span in case.reading.timeline("priority") if span.value is not None]
    if settings is None or not history or case.reading.ticket.priority is None:
        return None
    ahead = [
        one
        for one in _standings(case, settings, _clocks(case.reading, settings), history)
        if one.state in ("running", "warning") and one.due.at is not None and one.due.at > case.now
    ]
    pauses = settings.resolution_metric == "requester_wait_time"
    return Promised(tuple(ahead), _resumes(case, ahead), pauses)


def _settings_for(case: Case) -> Settings | None:
    rules = case.rulebook.rules
    mode = "live" if any(rule.mode == "live" for rule in rules) else "shadow"
    for rule in rules:
        settings = rule.settings
        if rule.mode != mode or not isinstance(settings, Settings):
            continue
        if check(rule.when, case.reading.ticket, case.facts.field_ids).held:
            return settings
    return None


def _clocks(reading: Reading, settings: Settings) -> dict[Metric, Clock]:
    return {
        "first_reply": clock(reading, "first_reply_time"),
        "resolution": clock(reading, settings.resolution_metric),
    }


def _standings(
    case: Case, settings: Settings, clocks: Mapping[Metric, Clock], history: Sequence[Span]
) -> list[Standing]:
    """Of the metrics that have a target. `history`: the priorities, without the times in which there was none."""
    return [
        standing
        for metric, one in clocks.items()
        if (standing := _standing(case, settings, metric, one, _deciding(history, one))) is not None
    ]


def _measured(
    case: Case, settings: Settings, clocks: Mapping[Metric, Clock], standings: Sequence[Standing]
) -> tuple[Measured, ...]:
    """Every clock, against its target where there is one."""
    promised = {one.metric: Measured(one.clock, one.schedule, one.target, one.due) for one in standings}
    schedule = case.rulebook.schedules[settings.schedule]
    return tuple(promised.get(metric) or Measured(clock, schedule) for metric, clock in clocks.items())


def _deciding(history: Sequence[Span], clock: Clock) -> Span:
    """The priority that a metric is judged by: in force at its end; set after that, then the first one at all."""
    if clock.ended_at is None:
        return history[-1]
    in_force = [span for span in history if span.since <= clock.ended_at]
    return in_force[-1] if in_force else history[0]


def _standing(case: Case, settings: Settings, metric: Metric, clock: Clock, promise: Span) -> Standing | None:
    """None where the priority has no target for the metric."""
    targets = settings.targets.get(cast(Priority, promise.value))
    target = targets.of(metric) if targets else None
    if target is None:
        return None
    schedule = case.rulebook.schedules[settings.schedule]
    if promise.value == "urgent" and settings.p1_after_hours == "calendar":
        schedule = Schedule.always(schedule.zone)
    runs_out = due(clock, target, schedule)

    def standing(state: State, wake_at: datetime | None) -> Standing:
        shown = _shown(state, clock, runs_out, schedule.zone)
        return Standing(metric, clock, promise, target, schedule, runs_out, state, shown, wake_at)

    if runs_out.is_breached(case.now):
        return standing("missed", None)
    if clock.ended_at is not None:
        return standing("met", None)
    if not clock.running or runs_out.breach_after is None:
        return standing("paused", None)
    before, warn_at = settings.warn_before.of(metric), None
    if before:
        # The clock runs, so the target runs out in its last stretch; `left` is what there was at its beginning.
        warn_at = schedule.add(clock.stretches[-1].start, max(runs_out.left - before, timedelta(0)))
    if warn_at is not None and case.now >= warn_at:
        return standing("warning", runs_out.breach_after + GRAIN)
    return standing("running", warn_at or runs_out.breach_after + GRAIN)


def _state_actions(
    reading: Reading, settings: Settings, standings: Sequence[Standing], current: Span
) -> Iterator[Action]:
    """Fields and tags. A warning goes when it is over, the mark of a breach stays unless it is another ticket's."""
    for standing in standings:
        metric, since = standing.metric, standing.promise.since
        if name := settings.fields.of(metric):
            yield SetField(name, standing.shown, since)
        warning = f"{settings.tags}_{metric}_warning"
        yield AddTag(warning, since) if standing.state == "warning" else RemoveTag(warning, since)
        breached = f"{settings.tags}_{metric}_breached"
        if standing.state == "missed":
            yield AddTag(breached, since)
        elif reading.came_along(breached) and not _was_breached(reading, metric):
            yield RemoveTag(breached, since)
    promised = [standing.metric for standing in standings]
    for metric in METRICS:
        if metric in promised:
            continue
        # A priority without this target: what an earlier priority has left behind is no longer true.
        if name := settings.fields.of(metric):
            yield SetField(name, None, current.since)
        yield RemoveTag(f"{settings.tags}_{metric}_warning", current.since)
    yield RemoveTag(f"{settings.tags}_no_priority", current.since)


def _was_breached(reading: Reading, metric: Metric) -> bool:
    return any(key.startswith("breach:") and key.endswith(f":{metric}") for key in reading.keys)


def _withdrawn(reading: Reading, settings: Settings) -> Iterator[Action]:
    """What the ticket has shown as a request goes. The mark of a breach stays."""
    since = reading.audits[-1].at if reading.audits else reading.ticket.created_at
    for metric in METRICS:
        if name := settings.fields.of(metric):
            yield SetField(name, None, since)
        yield RemoveTag(f"{settings.tags}_{metric}_warning", since)
    yield RemoveTag(f"{settings.tags}_no_priority", since)


def _notes(case: Case, settings: Settings, standings: Sequence[Standing], current: Span) -> Iterator[Action]:
    """Sections of at most one note. Their keys hold the audit that set the priority: a new one is a new promise."""
    said = case.reading.keys
    open_now = [one for one in standings if one.clock.ended_at is None]
    if open_now and (settings.note == "changes" or (settings.note == "first" and not _told_before(said))):
        values = {
            "priority": current.value,
            "promises": [_values(case, one) for one in standings],
            "zone": _zone_of(case, settings),
            "resumes": _resumes(case, open_now),
        }
        yield Say("agents", "sla_targets.set", f"target:{current.audit_id}:set", current.since, values)
    for one in standings:
        if one.state == "warning":
            kind, template = "warn", "sla_targets.warning"
        elif one.state == "missed":
            born = one.due.breach_after is not None and one.due.breach_after < one.promise.since
            kind, template = "breach", "sla_targets.born" if born else "sla_targets.breach"
        else:
            continue
        key = f"{kind}:{one.promise.audit_id}:{one.metric}"
        if key in said:  # only named, and dropped by `evaluate`: no need to find its values out
            yield Say("agents", template, key, one.promise.since)
            continue
        yield Say("agents", template, key, one.promise.since, _values(case, one))
        yield from reaches_somebody(case, one.promise.since)


def _told_before(said: Collection[str]) -> bool:
    return any(key.startswith("target:") for key in said)


def _without_priority(case: Case, settings: Settings, clocks: tuple[Measured, ...]) -> Decision:
    """No priority: no target and no promise. After a while the agents are told, since a P1 has little time."""
    reading, ticket = case.reading, case.reading.ticket
    tag, created = f"{settings.tags}_no_priority", reading.begins_at
    outcome, words = "no-priority", "without a priority there is no target"
    if created < case.rulebook.live_since:
        return Decision("before-live", "the ticket is from before live_since", clocks=clocks)
    if settings.no_priority_after is None or ticket.status == "solved":
        return Decision(outcome, words, (RemoveTag(tag, created),), clocks=clocks)
    schedule = case.rulebook.schedules[settings.schedule]
    tell_at = schedule.add(created, settings.no_priority_after)
    if case.now < tell_at:
        return Decision(outcome, words, (RemoveTag(tag, created),), tell_at, clocks)
    values = {
        "created": created,
        "open_for": schedule.elapsed(created, case.now),
        "zone": _zone_of(case, settings),
    }
    say = Say("agents", "sla_targets.no_priority", f"nopriority:{reading.creation_id}", created, values)
    told = () if say.key in reading.keys else tuple(reaches_somebody(case, created))
    return Decision(outcome, words, (AddTag(tag, created), say, *told), clocks=clocks)


def _shown(state: State, clock: Clock, due: Due, zone: ZoneInfo) -> str:
    if state == "paused":
        return f"paused, {in_words(due.left)} left"
    if state == "met" and clock.ended_at:
        return f"met {_stamp(clock.ended_at, zone)}"
    assert due.at is not None, "a clock that runs, or has run out, is due at some instant"
    return f"{'missed ' if state == 'missed' else ''}{_stamp(due.at, zone)}"


def _stamp(instant: datetime, zone: ZoneInfo) -> str:
    """Sortable, with the zone's name: date fields of Zendesk have no time."""
    local = instant.astimezone(zone)
    return f"{local.isoformat(' ')[:16]} {zone_name(local)}"


def _values(case: Case, standing: Standing) -> dict[str, object]:
    """What the texts can say about one metric."""
    counted = standing.clock.elapsed(standing.schedule, case.now)
    return {
        "metric": _METRIC_WORDS[standing.metric],
        "priority": standing.promise.value,
        "target": standing.target,
        "due": standing.due.at,
        "left": max(standing.target - counted, timedelta(0)),
        "counted": counted,
        "ended": standing.clock.ended_at,
        "state": standing.state,
        "zone": standing.schedule.zone.key,
    }


def _resumes(case: Case, standings: Sequence[Standing]) -> datetime | None:
    """The next opening, where a clock that should run waits for it."""
    waiting = [one.schedule for one in standings if one.clock.running and not one.schedule.is_open(case.now)]
    return waiting[0].next_open(case.now) if waiting else None


def _zone_of(case: Case, settings: Settings) -> str:
    return case.rulebook.schedules[settings.schedule].zone.key


SLA_TARGETS: Final = Automation(
    name="sla_targets",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    examples=EXAMPLES,
)
