"""Update cadence: how often the customer is to hear from an agent, told to agents before and when that lapses.

The promise starts with the first public reply by an agent and anew with each further one. It waits while the ticket
waits for the customer, and ends when the ticket is solved. Customers are told nothing by this automation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from zdsync.core.actions import Action, AddFollower, AddTag, RemoveTag, Say, SetField
from zdsync.core.automation import Automation, Case, Decision, Needs
from zdsync.core.calendar import Schedule
from zdsync.core.clocks import GRAIN
from zdsync.core.controls import controls, latest, snoozes_over
from zdsync.core.durations import Duration, as_written, parse_duration
from zdsync.core.history import Reading
from zdsync.core.notify import reaches_somebody
from zdsync.core.templates import zone_name
from zdsync.core.when import Condition, check, fields_named, parse_condition

ESCALATE_TAG: Final = "zdsync_escalate_"
"""With a group's id: a trigger mails that group, and takes the tag off."""
MOST_LAPSES: Final = 60
"""So many periods after the first one nobody is reminded any more."""
_SKEW: Final = timedelta(seconds=5)
"""By so much Zendesk's clock, which dates our notes, may be behind what we take for it."""
_ONE_DAY: Final = timedelta(days=1)


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class Cadence(_Settings):
    """How often the customer hears of a ticket that the condition names."""

    when: When = Field(default_factory=lambda: parse_condition(None))
    every: Every | None = None
    """A length of open time, or so many business days: by the same hour of that day."""
    each: Literal["business day"] | None = None
    """By closing time of each business day after the day of the last update."""
    remind_before: Duration = timedelta(hours=1)
    """How much open time before the promise runs out agents are reminded."""

    @model_validator(mode="after")
    def _one_period(self) -> Cadence:
        if (self.every is None) == (self.each is None):
            raise ValueError("a cadence has one period: write every: 30m, every: 2 business days or each: business day")
        if isinstance(self.every, timedelta) and self.remind_before >= self.every:
            raise ValueError(
                f"remind_before ({as_written(self.remind_before)}) is not shorter than every "
                f"({as_written(self.every)}): the reminder would come at once; write a shorter remind_before"
            )
        return self

    @property
    def words(self) -> str:
        return "each business day" if self.every is None else f"every {_every_written(self.every)}"


class Escalation(_Settings):
    """Who else is told when nobody reacts."""

    after: int = Field(3, ge=1, le=MOST_LAPSES, description="how many periods in a row may lapse before it")
    group: int | None = Field(None, ge=1, description="id of a group that is mailed")
    follower: int | None = Field(None, ge=1, description="id of an agent who becomes a follower and so gets the note")


Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]


class Settings(_Settings):
    schedule: str
    """Name of the schedule whose open hours and business days count, and outside of which nobody is reminded."""
    cadences: Annotated[tuple[Cadence, ...], Field(min_length=1)]
    """The first one whose condition holds applies; a ticket that none is about is promised nothing."""
    p1_after_hours: Literal["business", "calendar"] = "business"
    """`calendar`: the cadence of an urgent ticket runs day and night."""
    escalate: Escalation | None = Escalation()
    field: str | None = "next_update_due"
    """A custom text field, by the name given under the account's `fields:`; null shows nothing."""
    tags: Tag = "update"
    """Beginning of the tags `update_due_soon` and `update_overdue`."""
    exempt_tags: tuple[Tag, ...] = ()
    """Tickets with one of these tags have no cadence, whoever has set it."""


EXAMPLE: Final = """\
schedule: paris
cadences:                         # the first one that fits
  - {when: {priority: urgent}, every: 30m, remind_before: 10m}
  - {when: {priority: high}, each: business day, remind_before: 1h}
  - {when: {priority: [normal, low]}, every: 2 business days, remind_before: 2h}
p1_after_hours: business          # or calendar: day and night
escalate: {after: 3, group: null, follower: null}    # null instead of the mapping: never
field: next_update_due
tags: update
exempt_tags: []
"""

_VALUES: Final = ("every", "due", "lapses", "heard", "asked_since", "assigned", "escalated_to", "zone", "next")

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "update_cadence.soon": _VALUES,
    "update_cadence.lapsed": _VALUES,
    "update_cadence.escalated": _VALUES,
}
"""`due`: when the promise runs, or ran, out; `heard`: when an agent last wrote to the customer; `asked_since`: when the
customer wrote after that, or None; `next`: when agents are reminded again, or None."""

EXAMPLES: Final[Mapping[str, object]] = {
    "every": "each business day",
    "due": datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
    "lapses": 3,
    "heard": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    "asked_since": datetime(2026, 11, 23, 13, 5, tzinfo=UTC),
    "assigned": True,
    "escalated_to": "group",
    "zone": "Europe/Paris",
    "next": datetime(2026, 11, 25, 17, 0, tzinfo=UTC),
}


def needs(settings: Settings) -> Needs:
    fields = {"field": settings.field} if settings.field else {}
    for index, cadence in enumerate(settings.cadences):
        fields |= {f"cadences.{index}.when": name for name in fields_named(cadence.when)}
    return Needs(schedules={"schedule": settings.schedule}, fields=fields)


class Base(NamedTuple):
    """What the present promise counts from."""

    at: datetime
    audit_id: int
    heard: datetime
    """When an agent last wrote to the customer: `at`, or before."""


class Rung(NamedTuple):
    """One occasion on which agents are told something."""

    name: str
    """`soon`, or which lapse it is; the end of its key."""
    at: datetime
    """When it is due: always in open hours."""


def decide(case: Case, settings: Settings) -> Decision:
    """The field, the tags and at most one note. Pure; `case.now` in account time."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "request":
        return _none(case, settings, "not-a-request", f"a {reading.kind} has no cadence")
    orders = controls(reading)
    exempt = latest(orders, "exempt")
    if exempt or not ticket.tags.isdisjoint(settings.exempt_tags):
        return _none(case, settings, "exempt", "the ticket is exempt")
    if ticket.status == "solved":
        return _none(case, settings, "solved", "the ticket is solved: nothing more is promised")
    if ticket.status == "pending":
        return _none(case, settings, "waiting", "the ticket waits for the customer")
    cadence = next((each for each in settings.cadences if _holds(each, case)), None)
    if cadence is None:
        return _none(case, settings, "no-cadence", "no cadence is about this ticket")
    base = _base(reading)
    if base is None:
        return _none(case, settings, "not-begun", "it begins with the first public reply by an agent")
    if base.at < case.rulebook.live_since:
        return Decision("before-live", "the promise counts from before live_since")

    schedule = _schedule(case, settings)
    due = _deadline(cadence, schedule, base.at, 1)
    lapsed = case.now >= due + GRAIN
    soon = Rung("soon", schedule.next_open(max(schedule.subtract(due, cadence.remind_before), base.at)))
    lapses = list(_lapses(cadence, settings, schedule, base, case.now))
    rungs = [] if lapsed else [soon]
    rungs += lapses
    reached = [rung for rung in rungs if rung.at <= case.now]
    wake_at = min((rung.at for rung in (soon, *lapses) if rung.at > case.now), default=None)
    snooze = latest(orders, "snooze")
    state = "lapsed" if lapsed else "soon" if case.now >= soon.at else "running"
    words = f"an update is promised by {_stamp(due, schedule)}, {cadence.words}"
    actions = list(_state(case, settings, schedule, base, due, state))
    if snooze and case.now < snooze.until:
        shows_at = None if lapsed else due + GRAIN  # tags and field are for views: they are true all the same
        wake_at = min(filter(None, (wake_at, snooze.until, shows_at)))
        return Decision("snoozed", f"{words}; reminders are snoozed", tuple(actions), wake_at)
    actions += snoozes_over(reading, case.now)
    if reached and schedule.is_open(case.now):
        actions += _tell(case, settings, cadence, schedule, base, due, reached[-1], wake_at)
    elif reached:
        wake_at = min(filter(None, (wake_at, schedule.next_open(case.now))))
    if not lapsed:
        wake_at = min(filter(None, (wake_at, due + GRAIN)))
    return Decision(state, words, tuple(actions), wake_at)


def _none(case: Case, settings: Settings, outcome: str, words: str) -> Decision:
    """Nothing is promised now: what an earlier promise has left behind goes."""
    since = case.reading.audits[-1].at if case.reading.audits else case.reading.ticket.created_at
    actions: list[Action] = [RemoveTag(f"{settings.tags}_{state}", since) for state in ("due_soon", "overdue")]
    if settings.field:
        actions.append(SetField(settings.field, None, since))
    return Decision(outcome, words, tuple(actions))


def _holds(cadence: Cadence, case: Case) -> bool:
    return check(cadence.when, case.reading.ticket, case.facts.field_ids).held


def _base(reading: Reading) -> Base | None:
    """The last public reply by staff, or what came after it and began the promise anew: the ticket is with us again,
    or has another priority. None before the first reply."""
    last = next((said for said in reversed(reading.comments) if said.is_reply), None)
    if last is None:
        return None
    at, audit_id = last.at, last.audit_id
    for field in ("status", "priority"):
        spans = reading.timeline(field)
        for before, span in pairwise(spans):
            begins = field == "priority" or before.value in ("pending", "solved")
            if begins and span.audit_id > audit_id and span.value not in ("pending", "solved"):
                at, audit_id = span.since, span.audit_id
    return Base(at, audit_id, last.at)


def _schedule(case: Case, settings: Settings) -> Schedule:
    schedule = case.rulebook.schedules[settings.schedule]
    if case.reading.ticket.priority == "urgent" and settings.p1_after_hours == "calendar":
        return Schedule.always(schedule.zone)
    return schedule


@lru_cache(maxsize=4096)
def _deadline(cadence: Cadence, schedule: Schedule, base: datetime, n: int) -> datetime:
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


def _lapses(cadence: Cadence, settings: Settings, schedule: Schedule, base: Base, now: datetime) -> Iterator[Rung]:
    """The lapses that are told, up to the first one after now."""
    for n in range(1, MOST_LAPSES + 1):
        rung = Rung(str(n), schedule.next_open(_deadline(cadence, schedule, base.at, n) + GRAIN))
        if _is_told(n, settings):
            yield rung
            if rung.at > now:
                return


def _is_told(n: int, settings: Settings) -> bool:
    """Each lapse until the escalation; after it ever more rarely, since everybody knows."""
    if settings.escalate is None or n <= settings.escalate.after:
        return True
    times, rest = divmod(n, settings.escalate.after)
    return rest == 0 and times & (times - 1) == 0


def _state(
    case: Case, settings: Settings, schedule: Schedule, base: Base, due: datetime, state: str
) -> Iterator[Action]:
    if settings.field:
        yield SetField(settings.field, f"{'overdue ' if state == 'lapsed' else ''}{_stamp(due, schedule)}", base.at)
    for name, wanted in (("due_soon", state == "soon"), ("overdue", state == "lapsed")):
        tag = f"{settings.tags}_{name}"
        yield AddTag(tag, base.at) if wanted else RemoveTag(tag, base.at)


def _tell(
    case: Case,
    settings: Settings,
    cadence: Cadence,
    schedule: Schedule,
    base: Base,
    due: datetime,
    rung: Rung,
    next_at: datetime | None,
) -> Iterator[Action]:
    """The note of the last rung that was reached, unless it, or a later look at the same lapses, was told already."""
    said, escalation = case.reading.said_in, settings.escalate
    about = f"cadence:{base.audit_id}:"
    told = [audit.at for key, audit in said.items() if key.startswith(about) and key != f"{about}soon"]
    if (told and max(told) > rung.at - _SKEW) or f"{about}{rung.name}" in said:
        return
    lapses = 0 if rung.name == "soon" else int(rung.name)
    escalates = escalation is not None and lapses >= escalation.after and f"{about}escalate" not in said
    assigned = case.reading.ticket.assignee_id is not None
    template = "escalated" if escalates else "lapsed" if lapses else "soon"
    values = {
        "every": cadence.words,
        "due": due,
        "lapses": lapses,
        "heard": base.heard,
        "asked_since": _asked_since(case.reading, base),
        "assigned": assigned,
        "escalated_to": _escalated_to(escalation) if escalates else "",
        "zone": schedule.zone.key,
        "next": next_at,
    }
    key = f"{about}{'escalate' if escalates else rung.name}"
    yield Say("agents", f"update_cadence.{template}", key, base.at, values)
    yield from reaches_somebody(case, base.at)
    if escalates and escalation and escalation.group:
        yield AddTag(f"{ESCALATE_TAG}{escalation.group}", base.at, with_message=True)
    if escalates and escalation and escalation.follower:
        yield AddFollower(escalation.follower, base.at)


def _escalated_to(escalation: Escalation | None) -> str:
    if escalation is None:
        return ""
    told = [name for name, id in (("group", escalation.group), ("follower", escalation.follower)) if id]
    return " and ".join(told)


def _asked_since(reading: Reading, base: Base) -> datetime | None:
    words = [said.at for said in reading.comments if said.by in ("requester", "other") and said.public]
    return words[-1] if words and words[-1] > base.heard else None


def _stamp(instant: datetime, schedule: Schedule) -> str:
    local = instant.astimezone(schedule.zone)
    return f"{local.isoformat(' ')[:16]} {zone_name(local)}"


UPDATE_CADENCE: Final = Automation(
    name="update_cadence",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    examples=EXAMPLES,
)
