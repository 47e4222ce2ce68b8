"""Maintenance: a window is announced to its contacts ahead of time, and they hear of each further step once.

Decided on two kinds of tickets. On a window's parent ticket: the next step is noted there with the times that hold from
then on (`core/maintenance.py`), then the notices of the announcement are created. On each notice: what was noted on the
parent since it was made is told to its contact, by the same key, so nobody is told twice and nobody of what has been
overtaken; a contact who has joined the audience meanwhile gets a notice with the times that hold. When all is told, and
no answer is open, the parent is solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from zdsync.core import maintenance_linked, maintenance_sending
from zdsync.core.automation import Automation, Case, Decision, Needs, Reaches
from zdsync.core.maintenance import maintenance
from zdsync.core.maintenance_end import solved_from
from zdsync.core.maintenance_notes import trouble
from zdsync.core.maintenance_settings import Settings, window_on
from zdsync.core.windows import Window, Words

EXAMPLE: Final = """\
audience: {organization_tags: [hosted]}   # of windows that name none
announce_days: 10                 # ahead, where the window does not say when; at least 8
countdown: 15m                    # after the note that announces a planned one; null: at once
remind_days: 1                    # ahead; null: no reminder
by_itself: [start, complete]      # at the window's times; what is left out agents say
ending: 15m                       # agents are told so long before the end
stop_if_failed: {at_least: 5, share: 0.1}
ticket: {group: null, assignee: null, brand: null, form: null, tags: []}
tickets: null                     # or {form: 360001, start: maintenance_start, end: maintenance_end}
"""

_FOR_AGENTS: Final = ("maintenance.step", "maintenance.trouble", "maintenance.solved")
_CONTACT: Final = ("title", "description", "start", "end", "zone")
TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "maintenance.step": (
        *("what", "title", "start", "end", "contacts", "refused", "planned", "late", "tell_by", "ordered", "zone"),
        *("reminder", "organizations", "sample", "at"),
    ),
    "maintenance.trouble": ("what", "title", "start", "end", "why", "order", "contacts", "zone"),
    "maintenance.solved": ("state", "title", "contacts", "zone"),
    "maintenance.subject": ("title", "planned", "start", "zone"),
    "maintenance.notice": (*_CONTACT, "planned", "reminder", "under_way"),
    "maintenance.reminded": _CONTACT,
    "maintenance.started": _CONTACT,
    "maintenance.changed": (*_CONTACT, "was_start", "was_end"),
    "maintenance.extended": (*_CONTACT, "was_end"),
    "maintenance.completed": (*_CONTACT, "planned"),
    "maintenance.cancelled": _CONTACT,
}
"""`title`, `description`: by language, `{{ title[locale] }}`; `start`, `end`: as they hold from then on. Notes for
agents: `what`: the step, or what is the matter; `contacts`, `organizations`: how many the audience has; `sample`: ids
of some of them; `at`: when the mails begin, None: now; `refused`: how many cannot get a notice; `late`: it was
announced later than `tell_by`; `ordered`: somebody has, else it is by the window's own times; `reminder`: contacts will
be reminded so many days ahead, 0: they will not (in the notice: whether they will); `why`: an order is not followed.
`under_way`: who has joined the audience is told while it is; `state`: completed or cancelled."""

EXAMPLES: Final[Mapping[str, object]] = {
    "what": "announced",
    "title": Words(en="Database upgrade", fr="Mise à jour de la base de données"),
    "description": Words(
        en="The application cannot be used meanwhile. Nothing has to be done on your side.",
        fr="L’application sera indisponible pendant ce temps. Vous n’avez rien à faire.",
    ),
    "start": datetime(2026, 12, 6, 21, 0, tzinfo=UTC),
    "end": datetime(2026, 12, 7, 1, 0, tzinfo=UTC),
    "was_start": datetime(2026, 12, 6, 19, 0, tzinfo=UTC),
    "was_end": datetime(2026, 12, 6, 23, 0, tzinfo=UTC),
    "contacts": 423,
    "organizations": 61,
    "sample": "301, 302, 305, 311, 312",
    "at": datetime(2026, 11, 26, 21, 15, tzinfo=UTC),
    "refused": 2,
    "planned": True,
    "late": False,
    "tell_by": datetime(2026, 11, 29, 21, 0, tzinfo=UTC),
    "ordered": False,
    "reminder": 1,
    "under_way": False,
    "state": "completed",
    "why": "it has started: complete it",
    "order": "cancel",
    "zone": "Europe/Paris",
}


def needs(settings: Settings) -> Needs:
    written = settings.tickets
    return Needs(fields={"tickets.start": written.start, "tickets.end": written.end} if written else {})


def reaches(case: Case, settings: Settings) -> Reaches | None:
    if maintenance_linked.is_notice(case.reading) or isinstance(window := window_on(case, settings), str):
        return None
    parent = maintenance_sending.parent_of(case, settings, window)
    return maintenance_sending.reaches(parent, settings) if parent is not None else None


def tells(case: Case, settings: Settings) -> bool:
    """Once the window's parent ticket may be solved, if all have heard how it ended."""
    if maintenance_linked.is_notice(case.reading):
        return False
    window = window_on(case, settings)
    read = maintenance(case.reading, window.id if isinstance(window, Window) else None)
    at = solved_from(case, read) if read is not None else None
    return at is not None and at <= case.now


def decide(case: Case, settings: Settings) -> Decision:
    """On a parent: the next step, or the next notices; on a notice: what its contact has still to hear. Pure."""
    if maintenance_linked.is_notice(case.reading):
        return maintenance_linked.telling(case)
    window = window_on(case, settings)
    if isinstance(window, str):
        return _unready(case, settings, window)
    parent = maintenance_sending.parent_of(case, settings, window)
    if parent is None:
        return Decision("no-maintenance", "it is about no maintenance window")
    return maintenance_sending.carry_on(case, settings, parent)


def _unready(case: Case, settings: Settings, why: str) -> Decision:
    """Its window cannot be read, not yet or not any more: each such state is said once. What was announced goes by the
    times that were told, and orders are followed."""
    words = f"its window cannot be read: {why}"
    parent = maintenance_sending.parent_of(case, settings, None)
    # The history of custom fields is not kept, so that it is by what they say now that one state is told from another.
    state = sha256(why.encode()).hexdigest()[:8]
    note = trouble(case, "unready", state, case.reading.ticket.created_at, why=why)
    following = parent.ahead.now if parent is not None else None
    if parent is None or (following is not None and following.what == "unlisted"):
        return Decision("unready", words, note)
    decision = maintenance_sending.carry_on(case, settings, parent)
    if parent.read.is_over:
        return decision
    return replace(decision, words=f"{words}; {decision.words}", actions=(*note, *decision.actions))


MAINTENANCE: Final = Automation(
    name="maintenance",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset(name for name in TEMPLATES if name not in _FOR_AGENTS),
    passes_on="comments",
    wants=maintenance_linked.wants,
    spreads=maintenance_linked.spreads,
    reaches=reaches,
    tells=tells,
    examples=EXAMPLES,
)
