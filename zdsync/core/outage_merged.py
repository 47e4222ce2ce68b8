"""What agents are told where the ticket of a running major incident was merged into this one.

A merge closes it for good: it passes nothing on any more, and those who were told of it would never hear its end. Which
tickets are looked at, `reach.py` decides: only those of which notices were created.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from zdsync.core.actions import Action, Say
from zdsync.core.automation import Case
from zdsync.core.history import Reading
from zdsync.core.incident import Incident, incident, incidents
from zdsync.core.model import Audit
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import Word

_CLOSED_WITHIN: Final = timedelta(minutes=10)
"""So long after the merge Zendesk's job may take to close the other ticket."""
_LOOK_AGAIN: Final = timedelta(minutes=1)


def key(problem_id: int) -> str:
    return f"merged:{problem_id}"


def merged_in(reading: Reading) -> Mapping[int, Audit]:
    """The tickets that others than us have merged into this one, of which nothing was said here yet."""
    return {
        number: audit
        for audit in reading.audits
        if not reading.is_ours(audit)
        for number in audit.merged_with
        if key(number) not in reading.keys
    }


def notes(case: Case) -> Word:
    """One for each, as long as this ticket is no running major incident itself: its contacts hear of that one."""
    zone = case.rulebook.zone
    actions: list[Action] = []
    wake_at = None
    for number, audit in merged_in(case.reading).items():
        problem = case.facts.linked.get(number)
        lost = _last_told(Reading(problem, case.facts), case) if problem is not None else None
        here = incident(case.reading, zone) if lost is not None else None
        if problem is None or lost is None or not lost.is_waited_for or (here is not None and here.is_running):
            continue
        if problem.ticket.status != "closed":
            wake_at = case.now + _LOOK_AGAIN if case.now < audit.at + _CLOSED_WITHIN else wake_at
            continue
        declared = here is not None and here.go is None and here.called_off is None
        contacts = lost.go.contacts if lost.go is not None else 0
        values = {"problem": number, "contacts": contacts, "declared": declared}
        actions += [Say("agents", "major_incident.merged", key(number), audit.at, values)]
        actions += reaches_somebody(case, audit.at)
    return Word(tuple(actions), wake_at)


def _last_told(problem: Reading, case: Case) -> Incident | None:
    """Its last major incident of which customers were told."""
    return next((one for one in reversed(incidents(problem, case.rulebook.zone)) if one.go is not None), None)
