"""Major incident: when everything is down all customers hear of it at once, then every half hour, and when it is over.

Staff declare it by making a ticket urgent and a problem (`core/incident.py`). On the problem: a countdown, the go, the
notices, reminders of the promised updates. On the linked tickets: each update that staff give on the problem in public
is passed on to everybody once, and the resolution to all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from zdsync.core import outage_end, outage_files, outage_linked, outage_merged, outage_sending
from zdsync.core.automation import Automation, Case, Decision, Needs, Reaches
from zdsync.core.incident import Incident
from zdsync.core.outage import Settings, incident_of
from zdsync.core.outage_promises import promises

EXAMPLE: Final = """\
audience: {organization_tags: [hosted]}   # nothing: all contacts who belong to an organisation
service: K Pro                    # what is down, as customers call it
countdown: 5m                     # after the note that announces the sending; null: at once
hold_if_grown: 1.5                # an audience of more than so many times the last one's waits for an agent
hold_while_another: true          # so does a second one while another is running
canary: {contacts: 3, wait: 2m}   # so many are told first; null: all at once
stop_if_failed: {at_least: 5, share: 0.1}
every: 30m                        # until the next update that is promised
remind_before: 10m
schedule: paris
p1_after_hours: business          # or calendar: promises run day and night
holding: null                     # {at_most: 2}: customers are told at a lapse that it is worked on
"""

_AUDIENCE: Final = ("contacts", "organizations", "before", "sample", "french", "zone")
_COUNTS: Final = ("told", "left", "refused", "bounced", "refused_ids", "zone")
_REMINDER: Final = ("due", "lapses", "made", "next", "every", "holds", "assigned", "zone")
TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "major_incident.countdown": (*_AUDIENCE, "at", "length", "last", "slow", "every"),
    "major_incident.held": (*_AUDIENCE, "why", "other"),
    "major_incident.go": (*_AUDIENCE, "first", "last", "due", "every"),
    "major_incident.canary": (*_COUNTS, "at"),
    "major_incident.failing": _COUNTS,
    "major_incident.stopped": (*_COUNTS, "why", "begun"),
    "major_incident.told": (*_COUNTS, "took"),
    "major_incident.untold": ("zone",),
    "major_incident.reopened": ("at", "zone"),
    "major_incident.files": ("at", "contacts", "files", "zone"),
    "major_incident.merged": ("problem", "contacts", "declared"),
    "major_incident.soon": _REMINDER,
    "major_incident.lapsed": _REMINDER,
    "major_incident.answered": ("at", "zone"),
    "major_incident.subject": ("service", "began", "promised", "zone"),
    "major_incident.notice": ("service", "began", "promised", "zone"),
    "major_incident.update": ("service", "words", "promised", "zone"),
    "major_incident.holding": ("service", "promised", "zone"),
    "major_incident.resolved": ("service", "words", "began", "ended", "length", "zone"),
}
"""For agents: `contacts`, `organizations`: how many; `before`: how many the last one had, or None; `sample`,
`refused_ids`: ids of users; `french`: how many read French; `at`: when it goes on; `last`: when the last contact is
expected to be told; `slow`: how long an update takes to reach all, where that is longer than `every`, else None;
`first`: how many are told before all others, 0 for none; `due`: by when an update is promised; `left`: how many have
not been told; `why` it waits (grown, empty, another, solved, late) or has stopped (tag, priority, solved); `other`: the
ticket of another major incident that is running; `begun`: some were told; `took`: how long it took; `made`: when it was
promised; `next`: when agents are reminded again; `holds`: customers get a holding message; `problem`: the ticket of the
one that was merged into this; `declared`: this is one itself, of which nobody is told yet; `files`: how many came with
an update. For customers: `promised`: by when they hear of it again, or None; `words`: what the agent has written, or
nothing; `length`: how long it lasted, by the minutes that are shown."""

EXAMPLES: Final[Mapping[str, object]] = {
    "contacts": 423,
    "organizations": 61,
    "before": 411,
    "sample": "301, 302, 305, 311, 312",
    "french": 280,
    "zone": "Europe/Paris",
    "at": datetime(2026, 11, 24, 8, 15, tzinfo=UTC),
    "length": timedelta(hours=1, minutes=20),
    "last": datetime(2026, 11, 24, 8, 23, tzinfo=UTC),
    "slow": timedelta(minutes=42),
    "why": "grown",
    "other": 4711,
    "problem": 4711,
    "declared": False,
    "files": 2,
    "first": 3,
    "due": datetime(2026, 11, 24, 8, 45, tzinfo=UTC),
    "every": timedelta(minutes=30),
    "told": 420,
    "left": 3,
    "refused": 3,
    "bounced": 2,
    "refused_ids": "307, 318, 411",
    "begun": True,
    "took": timedelta(minutes=9),
    "lapses": 2,
    "made": datetime(2026, 11, 24, 8, 15, tzinfo=UTC),
    "next": datetime(2026, 11, 24, 9, 15, tzinfo=UTC),
    "holds": True,
    "assigned": True,
    "service": "K Pro",
    "began": datetime(2026, 11, 24, 8, 10, tzinfo=UTC),
    "ended": datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    "promised": datetime(2026, 11, 24, 9, 15, tzinfo=UTC),
    "words": "The database is back. We are checking that no data was lost.",
}


def needs(settings: Settings) -> Needs:
    return Needs(schedules={"schedule": settings.schedule})


def reaches(case: Case, settings: Settings) -> Reaches | None:
    one = incident_of(case.reading, case, settings)
    return None if _is_linked(one, case) else outage_sending.reaches(one, case, settings)


def decide(case: Case, settings: Settings) -> Decision:
    """On a problem: what is sent, or noted, next; on a ticket that is linked to one: what its customer hears; on what a
    running one was merged into: that nobody hears of it any more. Pure."""
    decision, merged = _decide(case, settings), outage_merged.notes(case)
    wake_at = min(filter(None, (decision.wake_at, merged.wake_at)), default=None)
    return replace(decision, actions=(*decision.actions, *merged.actions), wake_at=wake_at)


def _decide(case: Case, settings: Settings) -> Decision:
    ticket, one = case.reading.ticket, incident_of(case.reading, case, settings)
    if _is_linked(one, case):
        return _on_linked(case, settings)
    if one is None:
        major = ticket.priority == "urgent" and ticket.type == "problem"
        words = "no agent has made it urgent and a problem by hand" if major else "it is no urgent problem"
        return Decision("not-by-an-agent" if major else "no-major-incident", words)
    if one.declared.at < case.rulebook.live_since:
        return Decision("before-live", "it was declared before live_since")
    return _on_problem(one, case, settings)


def _is_linked(one: Incident | None, case: Case) -> bool:
    """It is another problem's incident. A problem is none, though Zendesk may still name the one that it was linked to;
    nor is a running major incident that was made one: its own contacts wait for its end."""
    ticket = case.reading.ticket
    return ticket.problem_id is not None and ticket.type != "problem" and not (one is not None and one.is_running)


def _on_problem(one: Incident, case: Case, settings: Settings) -> Decision:
    """The sending and the reminders; neither waits for the other."""
    sent, promised = outage_sending.sending(one, case, settings), promises(one, case, settings)
    over, again = outage_end.on_problem(one, case, settings.service), outage_end.opened_again(one, case)
    wakes = (sent.wake_at, promised.wake_at, over.wake_at, again.wake_at)
    words = f"{sent.words}; {promised.words}" if one.is_running else sent.words
    actions = (*promised.actions, *sent.actions, *outage_files.notes(one, case), *over.actions, *again.actions)
    return replace(sent, words=words, actions=actions, wake_at=min(filter(None, wakes), default=None))


def _on_linked(case: Case, settings: Settings) -> Decision:
    problem = case.facts.linked.get(case.reading.ticket.problem_id or 0)
    if problem is None:
        return Decision("problem-unknown", "nothing is known of its problem")
    link = outage_linked.link_of(case, settings)
    if link is None:
        return Decision("no-major-incident", "its problem is no major incident of which customers were told")
    return outage_linked.linked(link, case, settings)


MAJOR_INCIDENT: Final = Automation(
    name="major_incident",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset(
        {f"major_incident.{name}" for name in ("subject", "notice", "update", "holding", "resolved")}
    ),
    wants=outage_linked.wants,
    passes_on="comments",
    seeks=outage_linked.seeks,
    reaches=reaches,
    spreads=outage_linked.spreads,
    examples=EXAMPLES,
)
