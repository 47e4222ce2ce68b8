"""Update cadence: how often the customer is to hear from an agent, told to agents before and when that lapses.

The promise starts with the first public reply by an agent and anew with each further one. It waits while the ticket
waits for the customer, and ends when the ticket is solved. Customers are told nothing by this automation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from zdsync.core.actions import Action, AddFollower, AddTag, RemoveTag, Say, SetField
from zdsync.core.automation import Automation, Case, Decision, Needs, SettingsModel, Tag
from zdsync.core.cadences import Cadence, deadline
from zdsync.core.calendar import Schedule
from zdsync.core.clocks import GRAIN
from zdsync.core.controls import controls, latest, snoozes_over
from zdsync.core.history import Reading, Said
from zdsync.core.notify import reaches_somebody
from zdsync.core.templates import zone_name
from zdsync.core.when import check, fields_named

ESCALATE_TAG: Final = "zdsync_escalate_"
"""With a group's id: a trigger mails that group, and takes the tag off."""
MOST_LAPSES: Final = 60
"""So many periods after the first one nobody is reminded any more."""
_SKEW: Final = timedelta(seconds=5)
"""By so much Zendesk's clock, which dates our notes, may be behind what we take for it."""
_QUIET: Final = timedelta(minutes=15)
"""So long after a word of a person nothing is said to the customer by us: they are at it.
Nor is an update promised within it."""


class Escalation(SettingsModel):
    """Who else is told when nobody reacts."""

    after: int = Field(3, ge=1, le=MOST_LAPSES, description="how many periods in a row may lapse before it")
    group: int | None = Field(None, ge=1, description="id of a group that is mailed")
    follower: int | None = Field(None, ge=1, description="id of an agent who becomes a follower and so gets the note")


class Holding(SettingsModel):
    """What customers are told when agents have let promises lapse: that their request is still worked on."""

    after: int = Field(1, ge=1, le=MOST_LAPSES, description="how many periods in a row may lapse before it")
    at_most: int = Field(2, ge=1, le=9, description="how often in a row, since a person last wrote in public")


class Settings(SettingsModel):
    schedule: str
    """Name of the schedule whose open hours and business days count, and outside of which nobody is reminded."""
    cadences: Annotated[tuple[Cadence, ...], Field(min_length=1)]
    """The first one whose condition holds applies; a ticket that none is about is promised nothing."""
    p1_after_hours: Literal["business", "calendar"] = "business"
    """`calendar`: the cadence of an urgent ticket runs day and night."""
    escalate: Escalation | None = Escalation()
    holding: Holding | None = None
    """A public comment after so many lapses; null: customers are told nothing."""
    point_out_notes: bool = True
    """Whether reminders say how many internal notes since the last reply are not marked as restricted."""
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
holding: null                     # {after: 1, at_most: 2}: customers are told that it is worked on
point_out_notes: true             # internal notes that are not marked as restricted
field: next_update_due
tags: update
exempt_tags: []
"""

_VALUES: Final = (
    *("every", "due", "lapses", "heard", "asked_since", "assigned", "escalated_to", "zone", "next"),
    *("repeated", "notes", "notes_since"),
)

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "update_cadence.soon": _VALUES,
    "update_cadence.lapsed": _VALUES,
    "update_cadence.escalated": _VALUES,
    "update_cadence.holding": ("reference", "promised", "zone"),
}
"""`due`: when the promise runs, or ran, out; `heard`: when an agent last wrote to the customer; `asked_since`: when the
customer wrote after that, or None; `next`: when agents are reminded again, or None. `repeated`: the last reply says the
same as the one before it; `notes`: how many internal notes since the last reply are not marked as restricted, the first
one of `notes_since`. `promised`: by when the customer is to hear of us."""

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
    "repeated": True,
    "notes": 2,
    "notes_since": datetime(2026, 11, 23, 14, 20, tzinfo=UTC),
    "reference": 4711,
    "promised": datetime(2026, 11, 25, 17, 0, tzinfo=UTC),
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
    """`soon`, `soon2`…, or which lapse it is; the end of its key."""
    at: datetime
    """When it is due: always in open hours."""


def decide(case: Case, settings: Settings) -> Decision:
    """The field, the tags and at most one note. Pure; `case.now` in account time."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "request":
        return _none(case, settings, "not-a-request", f"a {reading.kind} has no cadence")
    orders = controls(reading, case.rulebook.zone)
    exempt = latest(orders, "exempt", about="cadence")
    if exempt or not ticket.tags.isdisjoint(settings.exempt_tags):
        decision = _none(case, settings, "exempt", "the ticket is exempt")
        shows = (AddTag(exempt.tag, exempt.at),) if exempt else ()
        return replace(decision, actions=(*decision.actions, *shows))
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
    due = deadline(cadence, schedule, base.at, 1)
    lapsed = case.now >= due + GRAIN
    reminders = _reminders(cadence, schedule, base, due)
    lapses = list(_lapses(cadence, settings, schedule, base, case.now))
    rungs = lapses if lapsed else [*reminders, *lapses]
    reached = [rung for rung in rungs if rung.at <= case.now]
    wake_at = min((rung.at for rung in (*reminders, *lapses) if rung.at > case.now), default=None)
    snooze = latest(orders, "snooze", about="cadence")
    state = "lapsed" if lapsed else "soon" if case.now >= reminders[0].at else "running"
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
    if settings.holding:
        say, look_at = _holding(case, settings.holding, cadence, schedule, base)
        actions += [say] if say else []
        wake_at = min(filter(None, (wake_at, look_at)), default=None)
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


def _reminders(cadence: Cadence, schedule: Schedule, base: Base, due: datetime) -> list[Rung]:
    """Before the promise runs out."""
    return [
        Rung(f"soon{n if n > 1 else ''}", schedule.next_open(max(schedule.subtract(due, before), base.at)))
        for n, before in enumerate(cadence.remind_before, 1)
    ]


def _lapses(cadence: Cadence, settings: Settings, schedule: Schedule, base: Base, now: datetime) -> Iterator[Rung]:
    """The lapses that are told, up to the first one after now."""
    for n in range(1, MOST_LAPSES + 1):
        rung = Rung(str(n), schedule.next_open(deadline(cadence, schedule, base.at, n) + GRAIN))
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
    ends = {key.removeprefix(about): audit.at for key, audit in said.items() if key.startswith(about)}
    told = [at for end, at in ends.items() if end == "escalate" or end.isdecimal()]
    if (told and max(told) > rung.at - _SKEW) or f"{about}{rung.name}" in said:
        return
    lapses = int(rung.name) if rung.name.isdecimal() else 0
    escalates = escalation is not None and lapses >= escalation.after and f"{about}escalate" not in said
    assigned = case.reading.ticket.assignee_id is not None
    template = "escalated" if escalates else "lapsed" if lapses else "soon"
    notes = _unmarked_notes(case.reading) if settings.point_out_notes else []
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
        "repeated": _is_repeated(case.reading),
        "notes": len(notes),
        "notes_since": notes[0].at if notes else None,
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


def _is_repeated(reading: Reading) -> bool:
    """Whether the last public comment by staff says what the one before it said. What comes with files says more."""
    last = [said for said in reading.comments if said.by == "staff" and said.public and not said.automatic][-2:]
    return (
        len(last) == 2 and bool(last[1].fingerprint) and not last[1].files and len({s.fingerprint for s in last}) == 1
    )


def _unmarked_notes(reading: Reading) -> list[Said]:
    """What staff have written for each other since an agent's last reply, and not marked as restricted: by the policy
    the customer is to know it."""
    notes: list[Said] = []
    for said in reading.comments:
        if said.is_reply:
            notes.clear()
        elif said.by == "staff" and not (said.public or said.restricted or said.automatic):
            notes.append(said)
    return notes


def _holding(
    case: Case, holding: Holding, cadence: Cadence, schedule: Schedule, base: Base
) -> tuple[Say | None, datetime | None]:
    """What the customer is told now of the last lapse, if anything, and when to look again."""
    reading, now = case.reading, case.now
    requester = case.facts.people.get(reading.ticket.requester_id)
    if requester is None or requester.suspended or requester.id in case.facts.own_user_ids:
        return None, None
    spoken = [said for said in reading.comments if said.by != "us" and not said.automatic]
    since = max((said.audit_id for said in spoken if said.public), default=0)
    sent = [audit for key, audit in reading.said_in.items() if key.startswith("cadence:") and ":holding:" in key]
    if sum(audit.id > since for audit in sent) >= holding.at_most:
        return None, None

    def end(n: int) -> datetime:
        return deadline(cadence, schedule, base.at, n) + GRAIN

    lapses = next((n for n in range(MOST_LAPSES) if end(n + 1) > now), MOST_LAPSES)
    if lapses == MOST_LAPSES:
        return None, None
    promised, next_lapse = end(lapses + 1) - GRAIN, schedule.next_open(end(max(lapses + 1, holding.after)))
    if lapses < holding.after or any(audit.at > schedule.next_open(end(lapses)) - _SKEW for audit in sent):
        return None, next_lapse
    quiet = spoken[-1].at + _QUIET
    if now < quiet or not schedule.is_open(now):
        return None, schedule.next_open(max(now, quiet))
    if promised - now < min(_QUIET, (end(lapses + 1) - end(lapses)) / 2):
        return None, next_lapse
    values = {"reference": reading.ticket.id, "promised": promised, "zone": requester.time_zone}
    say = Say("customer", "update_cadence.holding", f"cadence:{base.audit_id}:holding:{lapses}", base.at, values)
    return say, next_lapse


UPDATE_CADENCE: Final = Automation(
    name="update_cadence",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset({"update_cadence.holding"}),
    examples=EXAMPLES,
)
