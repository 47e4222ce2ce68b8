"""Drafting a Major Incident Report from what the audits say: the service policy asks for time line, root cause and
preventive actions; the first is read, the others are asked of the agents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.incident import Go, Incident, Mark
from zdsync.core.incident_promises import HOLDING
from zdsync.core.incident_promises import Promise as Made
from zdsync.core.incident_report import Event, EventKind, Message, Promise, Report, Task, Told
from zdsync.core.spans import Span
from zdsync.core.told import SKEW, Linked, Spread


@dataclass(frozen=True, slots=True)
class Filled:
    """What agents have to say themselves: the problem's fields, and what became of earlier actions."""

    summary: str = ""
    root_cause: str = ""
    actions: tuple[Task, ...] = ()
    previous: tuple[Task, ...] = ()


def draft(
    incident: Incident,
    linked: Linked,
    filled: Filled,
    *,
    problem_id: int,
    product: str,
    every: timedelta | None,
    version: int,
    now: datetime,
) -> Report:
    """The report on one incident, as far as it has come."""
    downs = incident.downs
    notice = linked.spreads.get(f"notice:{incident.name}")
    return Report(
        problem_id=problem_id,
        product=product,
        began=downs[0].began if downs else incident.declared.at,
        ended=downs[-1].ended if downs else incident.called_off.at if incident.called_off else None,
        downs=tuple(Span(each.began, each.ended) for each in downs if each.ended is not None),
        every=every,
        organizations=notice.organizations if notice else 0,
        events=tuple(sorted(_events(incident, linked, now), key=lambda each: (each.at, _ORDER.index(each.kind)))),
        told=tuple(_told(incident, linked)),
        promises=tuple(Promise(each.due, each.answered_at, each.missed(now)) for each in _promised(incident)),
        summary=filled.summary,
        root_cause=filled.root_cause,
        actions=filled.actions,
        previous=filled.previous,
        version=version,
    )


_ORDER: Final[tuple[EventKind, ...]] = (
    "began", "declared", "countdown", "called off", "announced", "last told", "missed", "came back", "update",
    "holding", "resolved", "ended",
)  # fmt: skip
"""Of what has happened in one second."""


def _events(incident: Incident, linked: Linked, now: datetime) -> Iterator[Event]:
    yield Event(incident.declared.at, "declared", incident.declared.audit_id)
    if countdown := incident.said.get("countdown"):
        yield Event(countdown.at, "countdown", countdown.audit_id, count=incident.go.contacts if incident.go else 0)
    if incident.called_off is not None:
        yield Event(incident.called_off.at, "called off", incident.called_off.audit_id)
    dues = {each.audit_id: each.due for each in _promised(incident)}
    if go := incident.go:
        yield Event(go.at, "announced", go.audit_id, count=go.contacts, until=dues.get(go.audit_id))
        if spread := linked.spreads.get(f"notice:{incident.name}"):
            yield Event(spread.last, "last told", spread.last_audit, spread.last_ticket, spread.contacts)
    for news in incident.news:
        yield Event(news.at, "update", news.audit_id, until=dues.get(news.audit_id))
    for mark in _holding(incident).values():
        yield Event(mark.at, "holding", mark.audit_id, until=dues.get(mark.audit_id))
    for promise in _promised(incident):
        if promise.missed(now):
            yield Event(promise.due, "missed", promise.audit_id, until=promise.due)
    for solve in incident.solves:
        yield Event(solve.at, "resolved", solve.audit_id)
    for index, down in enumerate(incident.downs):
        began = next((each.audit_id for each in reversed(down.corrections) if each.edge == "from"), down.start_audit)
        yield Event(down.began, "came back" if index else "began", began)
        if down.ended is not None:
            ended = next((each.audit_id for each in reversed(down.corrections) if each.edge == "until"), down.end_audit)
            yield Event(down.ended, "ended", ended or 0)


def _promised(incident: Incident) -> list[Made]:
    """All that customers were promised, in the order in which it was due."""
    return sorted((*incident.promises, *incident.held), key=lambda each: (each.due, each.audit_id))


def _holding(incident: Incident) -> dict[str, Mark]:
    """The notes with which customers got a holding message, by their keys."""
    return {key: mark for key, mark in incident.said.items() if key.startswith(f"{HOLDING}:")}


def _told(incident: Incident, linked: Linked) -> Iterator[Told]:
    """Each message in the order of its fact."""
    if incident.go is None:
        return
    messages: list[tuple[Message, int, str]] = [("notice", incident.go.audit_id, f"notice:{incident.name}")]
    later: list[tuple[Message, int, str]] = [
        ("update", news.audit_id, f"relay:{news.comment_id}") for news in incident.news
    ]
    later += [("resolution", solve.audit_id, f"resolved:{solve.audit_id}") for solve in incident.solves]
    later += [("holding", mark.audit_id, incident.key(key)) for key, mark in _holding(incident).items()]
    for what, audit_id, key in messages + sorted(later, key=lambda each: each[1]):
        spread = linked.spreads.get(key)
        reached = spread.contacts if spread else 0
        failed = _not_reached(incident, incident.go, spread) if what == "notice" else None
        yield Told(what, audit_id, reached, spread.first if spread else None, spread.last if spread else None, failed)


def _not_reached(one: Incident, go: Go, notice: Spread | None) -> int | None:
    """Of those whom it was for at the go. None once a notice has left after the note that all are told: was it for
    somebody who has joined them, or for one of those to whom it was refused at first?"""
    all_told = next((mark for key, mark in one.said.items() if key.startswith("told:")), None)
    if notice is not None and all_told is not None and notice.last > all_told.at + SKEW:
        return None
    return max(go.contacts - (notice.contacts if notice else 0), 0)
