"""What the notes on the problem of a major incident say of its audience and of how far the sending is; which tags go.

Called by `outage_sending.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.actions import Action, RemoveTag, Say
from zdsync.core.audience import figures
from zdsync.core.automation import Case
from zdsync.core.incident import SEND_TAG, STOP_TAG, Incident, Mark
from zdsync.core.model import Person, Reach
from zdsync.core.outage import Settings

MOST_NAMED: Final = 20
"""So many contacts who were refused are named, by their ids."""


class Count(NamedTuple):
    """How far the sending is."""

    left: tuple[Person, ...]
    told: int
    refused: tuple[int, ...]
    bounced: int

    @property
    def failed(self) -> int:
        return len(self.refused) + self.bounced

    @property
    def tried(self) -> int:
        return self.told + len(self.refused)


def contacts_of(reach: Reach, case: Case) -> tuple[Person, ...]:
    """Who asked for it on this very ticket reads it here."""
    return tuple(person for person in reach.contacts if person.id != case.reading.ticket.requester_id)


def is_stopped(one: Incident) -> bool:
    """The later one of the two tags counts."""
    return one.stopped is not None and not (one.consent and one.consent.audit_id > one.stopped.audit_id)


def last_said(one: Incident, kind: str) -> Mark | None:
    """The last note of this kind."""
    marks = [mark for key, mark in one.said.items() if key.partition(":")[0] == kind]
    return max(marks, key=lambda mark: mark.audit_id, default=None)


def spent_tags(one: Incident, case: Case, held: Mark | None = None) -> Iterator[RemoveTag]:
    """The tag that asked for sending goes, so that it can be set again; the one that it overrules goes with it."""
    tags, consent = case.reading.ticket.tags, one.consent
    if consent is None or SEND_TAG not in tags:
        return
    yield RemoveTag(SEND_TAG, consent.at)
    if held is None and one.stopped is not None and not is_stopped(one):
        yield RemoveTag(STOP_TAG, consent.at)


def stopped_note(one: Incident, case: Case, why: str, mark: Mark, count: Count | None = None) -> Iterator[Action]:
    """A note that nothing goes out, or nothing more, and why. Where nothing was announced it goes without saying, but
    for a stop from before the declaration, of which whoever declares it may not know."""
    if one.go is None and not one.said and not mark.audit_id < one.declared.audit_id:
        return
    since = max(mark.at, one.declared.at)
    values = {**(counted(count) if count else counted(Count((), 0, (), 0))), "why": why, "begun": one.go is not None}
    yield Say("agents", "major_incident.stopped", one.key("stopped", mark.audit_id), since, {**values, **in_zone(case)})


def counted(count: Count) -> Mapping[str, object]:
    named = ", ".join(str(each) for each in count.refused[:MOST_NAMED])
    return {
        "told": count.told,
        "left": len(count.left),
        "refused": len(count.refused),
        "bounced": count.bounced,
        "refused_ids": named + (", …" if len(count.refused) > MOST_NAMED else ""),
    }


def numbers(case: Case, contacts: tuple[Person, ...], **more: object) -> dict[str, object]:
    """Of the audience."""
    reach = case.facts.reach
    return {
        **figures(contacts)._asdict(),
        "before": reach.before if reach else None,
        **in_zone(case),
        **more,
    }


def in_zone(case: Case) -> dict[str, object]:
    return {"zone": case.rulebook.zone.key}


def too_slow(contacts: tuple[Person, ...], reach: Reach, settings: Settings) -> timedelta | None:
    """How long one update takes to reach all of them, where the next one is promised sooner; else None."""
    takes = update_takes(contacts, reach)
    return takes if takes > settings.every else None


def update_takes(contacts: tuple[Person, ...], reach: Reach) -> timedelta:
    """How long one update takes to reach all of them."""
    return timedelta(minutes=len(contacts) / max(reach.updates_per_minute, 1))


def last_told_at(start: datetime, contacts: tuple[Person, ...], reach: Reach, settings: Settings) -> datetime:
    """When the last one is expected to be told."""
    canary = settings.canary
    wait = canary.wait if canary and canary.contacts < len(contacts) else timedelta(0)
    return start + wait + timedelta(minutes=len(contacts) / max(reach.per_minute, 1))
