"""What has waited how long for a customer's confirmation, and what comes next. Pure; for `zdsync report waiting`.

What comes next is asked of `confirmation_hold` itself, at now and at each wake-up that it names: nothing of its policy
is written a second time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from zdsync.core.actions import Say
from zdsync.core.automation import Case, Decision
from zdsync.core.automations.confirmation_hold import Settings
from zdsync.core.calendar import Schedule
from zdsync.core.controls import controls, latest
from zdsync.core.episode import read_episode
from zdsync.core.history import Reading
from zdsync.core.model import Facts, History
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.when import check

_WAITS: Final = frozenset({"asking", "awaiting", "snoozed", "chasing", "unanswered"})
"""The automation's outcomes for a ticket that is held."""
_LOOKS: Final = 50
"""So many wake-ups ahead at most: a snooze, a night and a holiday lie between two reminders."""


class Step(NamedTuple):
    """What the rule does next."""

    what: str
    """`the question`, `reminder 2`, `back to the agent`."""
    at: datetime
    """`now` for what is due."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One ticket that waits."""

    ticket_id: int
    assignee_id: int | None
    asked_at: datetime | None
    """None: the question has not gone out yet."""
    since: datetime
    """When the customer was asked; before that, when the agent solved it."""
    business_days: int
    """Whole ones since then, by the rule's schedule."""
    reminders: int
    """That were sent."""
    snoozed_until: datetime | None
    next: Step | None
    """None: it waits for the customer, and nothing else will happen."""
    rule: str
    mode: str
    """`shadow`: the next step is not carried out."""


def waiting(history: History, facts: Facts, rulebook: Rulebook, now: datetime) -> Waiting | None:
    """None for a ticket that does not wait: answered, decided by an agent, exempt, or no rule's."""
    reading = Reading(history, facts)
    case = Case(reading, facts, rulebook, now)
    for rule in rulebook.rules:
        if isinstance(rule.settings, Settings) and _applies(rule, reading, facts):
            return _waiting(case, rule, rule.settings)
    return None


def _applies(rule: Rule, reading: Reading, facts: Facts) -> bool:
    return rule.mode != "off" and check(rule.when, reading.ticket, facts.field_ids).held


def _waiting(case: Case, rule: Rule, settings: Settings) -> Waiting | None:
    reading, rulebook, now = case.reading, case.rulebook, case.now
    episode = read_episode(reading, case.facts.status_ids.get(settings.status), rulebook.live_since)
    decision: Decision = rule.automation.decide(case, settings)
    solve = episode.solve
    if decision.outcome not in _WAITS or solve is None:
        return None
    since = episode.asked.at if episode.asked else solve.at
    snooze = latest(controls(reading, rulebook.zone), "snooze", about="hold")
    return Waiting(
        ticket_id=reading.ticket.id,
        assignee_id=reading.ticket.assignee_id,
        asked_at=episode.asked.at if episode.asked else None,
        since=since,
        business_days=business_days(rulebook.schedules[settings.schedule], since, now),
        reminders=sum(key.startswith(f"chase:{solve.audit_id}:") for key in reading.keys),
        snoozed_until=snooze.until if snooze and snooze.until > now else None,
        next=next(_steps(case, rule, settings, decision), None),
        rule=rule.name,
        mode=rule.mode,
    )


def business_days(schedule: Schedule, since: datetime, now: datetime) -> int:
    """How many whole business days have passed, counted as `Schedule.add_days` does."""
    most = max((now - since).days + 2, 0)
    return bisect_right(range(1, most + 1), now, key=lambda days: schedule.add_days(since, days))


def _steps(case: Case, rule: Rule, settings: Settings, decision: Decision) -> Iterator[Step]:
    """What the rule would say to the customer, or give back, now or when it next looks, if nobody does anything."""
    for _ in range(_LOOKS):
        for action in decision.actions:
            if isinstance(action, Say) and (what := _named(action)) and action.key not in case.reading.keys:
                yield Step(what, case.now)
        if decision.wake_at is None:
            return
        case = replace(case, now=decision.wake_at)
        decision = rule.automation.decide(case, settings)


def _named(say: Say) -> str:
    kind, *_, last = say.key.split(":")
    return {"ask": "the question", "chase": f"reminder {last}", "unanswered": "back to the agent"}.get(kind, "")
