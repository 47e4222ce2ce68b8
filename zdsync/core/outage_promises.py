"""Reminders of the updates that customers of a major incident were promised, decided on the problem.

A note before each promise runs out and one when it has, and again each further period; the owner is mailed them by
Zendesk, and the group where there is none. Nothing is said to customers from here: what is noted as told to them in a
holding message the linked tickets pass on (`outage_linked.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from zdsync.core.actions import Say
from zdsync.core.automation import Case, Decision
from zdsync.core.clocks import GRAIN
from zdsync.core.incident import Incident
from zdsync.core.incident_promises import HOLDING, Promise
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import Settings, pace
from zdsync.core.templates import zone_name

MOST_LAPSES: Final = 48
"""So many periods after the first one nobody is reminded any more."""


class _Rung(NamedTuple):
    """One occasion on which agents are told something, always in open hours."""

    kind: str
    """`soon` or `lapse`."""
    n: int
    at: datetime


def promises(one: Incident, case: Case, settings: Settings) -> Decision:
    """At most one note: of the last occasion that has come."""
    promise = one.promise
    if not one.is_running or promise is None:
        return Decision("nothing-promised", "no update is promised")
    rungs = _rungs(promise, case, settings)
    reached = [rung for rung in rungs if rung.at <= case.now]
    wake_at = next((rung.at for rung in rungs if rung.at > case.now), None)
    local = promise.due.astimezone(case.rulebook.zone)
    due = f"an update is promised by {local:%Y-%m-%d %H:%M} {zone_name(local)}"
    if not reached:
        return Decision("promised", due, wake_at=wake_at)
    rung = reached[-1]
    outcome = "lapsed" if rung.kind == "lapse" else "soon"
    ends = [f"{kind}:{promise.audit_id}:{rung.n}" for kind in (rung.kind, HOLDING if rung.kind == "lapse" else "soon")]
    if any(end in one.said for end in ends):
        return Decision(outcome, due, wake_at=wake_at)
    schedule = pace(settings, case.rulebook).schedule
    if not schedule.is_open(case.now):
        return Decision(outcome, due, wake_at=min(filter(None, (wake_at, schedule.next_open(case.now)))))
    holds = rung.kind == "lapse" and settings.holding is not None and rung.n <= settings.holding.at_most
    values = {
        "due": promise.due,
        "lapses": rung.n if rung.kind == "lapse" else 0,
        "made": promise.made_at,
        "next": wake_at,
        "every": promise.every,
        "holds": holds,
        "assigned": case.reading.ticket.assignee_id is not None,
        "zone": case.rulebook.zone.key,
    }
    key = one.key(HOLDING if holds else rung.kind, promise.audit_id, rung.n)
    note = Say("agents", f"major_incident.{'lapsed' if rung.kind == 'lapse' else 'soon'}", key, promise.made_at, values)
    return Decision(outcome, due, (note, *reaches_somebody(case, promise.made_at)), wake_at)


def _rungs(promise: Promise, case: Case, settings: Settings) -> list[_Rung]:
    """Up to the first one after now."""
    schedule = pace(settings, case.rulebook).schedule
    soon = schedule.next_open(max(schedule.subtract(promise.due, settings.remind_before), promise.made_at))
    rungs = [_Rung("soon", 1, soon)]
    for n in range(1, MOST_LAPSES + 1):
        if rungs[-1].at > case.now:
            break
        rungs.append(_Rung("lapse", n, schedule.next_open(promise.lapses_at(n, schedule) + GRAIN)))
    return rungs
