"""Maintenance: a window is announced to its contacts ahead of time, and they hear of each further step once.

Decided on two kinds of tickets. On a window's parent ticket: the next step is noted there with the times that hold from
then on (`core/maintenance.py`), then the notices of the announcement are created. On each notice: what was noted on the
parent since it was made is told to its contact, by the same key, so nobody is told twice and nobody of what has been
overtaken; a contact who has joined the audience meanwhile gets a notice with the times that hold.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, assert_never, get_args

from pydantic import Field

from zdsync.core.actions import Action, AddTag, Say, SendNotices, SetStatus
from zdsync.core.announced import NOTICE_DAYS, tell_by
from zdsync.core.audience import AudienceSettings
from zdsync.core.automation import Automation, Case, Decision, Needs, Reaches, SettingsModel, Tag
from zdsync.core.durations import Duration
from zdsync.core.history import Reading
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.core.maintenance import (
    KIND,
    TAG,
    TROUBLE,
    Maintenance,
    Step,
    What,
    campaign_of,
    maintenance,
    stamp,
    step_key,
    ticket_window,
    window_of,
)
from zdsync.core.maintenance_calendar import calendar_file
from zdsync.core.maintenance_notices import STEP_TAG, owed, told_on
from zdsync.core.maintenance_plan import Next, Outlook, Pace, outlook
from zdsync.core.model import Audit, Campaign, Enclosure, Facts, History, Ticket
from zdsync.core.notices import contact_of
from zdsync.core.notify import reaches_somebody
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import LONGEST, NoSuchTime, Window, Words, instant_of, written_time

LOOK_AGAIN: Final = timedelta(hours=6)
"""How often it is seen who has joined the audience of a window that was announced."""
_CALLS: Final[Mapping[str, str]] = {
    "refused": "an order cannot be followed",
    "unlisted": "the window is written nowhere any more",
    "missed": "the window was over before anybody was told",
    "over already": "the window's new times are over already",
    "ending": "the end is near",
    "start it": "the start has come",
    "complete it": "the end has come",
    "nobody": "the audience is empty",
    "failing": "too many notices cannot be delivered",
    "unready": "the ticket does not say what is needed",
}


class ParentTicket(SettingsModel):
    """What the parent ticket of a window of maintenance.yaml is made with."""

    group: int | None = Field(None, ge=1, description="id of the group that it belongs to")
    assignee: int | None = Field(None, ge=1, description="id of an agent")
    brand: int | None = Field(None, ge=1, description="id; notices are sent from it")
    form: int | None = Field(None, ge=1, description="id of a ticket form")
    tags: frozenset[Tag] = Field(frozenset(), description="besides zdsync_maintenance")


class TicketWindows(SettingsModel):
    """Windows that agents open as tickets, rather than in maintenance.yaml."""

    form: int | None = Field(None, ge=1, description="id of the form that such tickets have")
    tag: Tag | None = Field(None, description="a tag that such tickets have")
    start: str = Field(description="text field with the start, by the name given under the account's `fields:`")
    end: str = Field(description="likewise")
    urgent_tag: Tag = Field("urgent_maintenance", description="on such a ticket: it is not planned")


class StopIfFailed(SettingsModel):
    """Notices that are refused or come back are counted, and past this nothing more is sent."""

    at_least: int = Field(5, ge=1, description="so many")
    share: float = Field(0.1, gt=0, le=1, description="and so large a part of those that were tried")


class Settings(SettingsModel):
    audience: AudienceSettings = AudienceSettings()
    """Of windows that name none."""
    announce_days: Annotated[int, Field(ge=NOTICE_DAYS, le=90)] = 10
    """So many days ahead windows are announced that do not say when."""
    remind_days: Annotated[int, Field(ge=1, le=6)] | None = 1
    """So many days ahead contacts are reminded; null: they are not."""
    by_itself: frozenset[Literal["start", "complete"]] = frozenset({"start", "complete"})
    """What is taken to happen at the window's times. What is left out is for agents to say."""
    ending: Duration = timedelta(minutes=15)
    """So long before the end agents are told that it is near, and how it is extended."""
    stop_if_failed: StopIfFailed = StopIfFailed()
    ticket: ParentTicket = ParentTicket()
    tickets: TicketWindows | None = None

    @property
    def pace(self) -> Pace:
        starts, completes = "start" in self.by_itself, "complete" in self.by_itself
        return Pace(self.announce_days, self.remind_days, starts, completes, self.ending)


EXAMPLE: Final = """\
audience: {organization_tags: [hosted]}   # of windows that name none
announce_days: 10                 # ahead, where the window does not say when; at least 7
remind_days: 1                    # ahead; null: no reminder
by_itself: [start, complete]      # at the window's times; what is left out agents say
ending: 15m                       # agents are told so long before the end
stop_if_failed: {at_least: 5, share: 0.1}
ticket: {group: null, assignee: null, brand: null, form: null, tags: []}
tickets: null                     # or {form: 360001, start: maintenance_start, end: maintenance_end}
"""

_CONTACT: Final = ("title", "description", "start", "end", "zone")
TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "maintenance.step": (
        *("what", "title", "start", "end", "contacts", "refused", "planned", "late", "tell_by", "ordered", "zone"),
        "reminder",
    ),
    "maintenance.trouble": ("what", "title", "start", "end", "why", "order", "contacts", "zone"),
    "maintenance.subject": ("title", "planned", "start", "zone"),
    "maintenance.notice": (*_CONTACT, "planned"),
    "maintenance.reminded": _CONTACT,
    "maintenance.started": _CONTACT,
    "maintenance.changed": (*_CONTACT, "was_start", "was_end"),
    "maintenance.extended": (*_CONTACT, "was_end"),
    "maintenance.completed": (*_CONTACT, "planned"),
    "maintenance.cancelled": _CONTACT,
}
"""`title`, `description`: by language, `{{ title[locale] }}`; `start`, `end`: as they hold from then on. Notes for
agents: `what`: the step, or what is the matter; `contacts`: how many the audience has; `refused`: how many cannot get a
notice; `late`: it was announced later than `tell_by`; `ordered`: somebody has, else it is by the window's own times;
`reminder`: contacts will be reminded; `why`: an order is not followed."""

EXAMPLES: Final[Mapping[str, object]] = {
    "what": "announced",
    "title": Words(en="Database upgrade", fr="Mise à jour de la base de données"),
    "description": Words(
        en="The application cannot be used meanwhile. Nothing has to be done on your side.",
        fr="L'application sera indisponible pendant ce temps. Vous n'avez rien à faire.",
    ),
    "start": datetime(2026, 12, 6, 21, 0, tzinfo=UTC),
    "end": datetime(2026, 12, 7, 1, 0, tzinfo=UTC),
    "was_start": datetime(2026, 12, 5, 21, 0, tzinfo=UTC),
    "was_end": datetime(2026, 12, 6, 1, 0, tzinfo=UTC),
    "contacts": 423,
    "refused": 2,
    "planned": True,
    "late": False,
    "tell_by": datetime(2026, 11, 29, 21, 0, tzinfo=UTC),
    "ordered": False,
    "reminder": True,
    "why": "it has started: complete it",
    "order": "cancel",
    "zone": "Europe/Paris",
}


def needs(settings: Settings) -> Needs:
    written = settings.tickets
    return Needs(fields={"tickets.start": written.start, "tickets.end": written.end} if written else {})


def wants(history: History, facts: Facts, now: datetime) -> Collection[int]:
    """Of a notice the window's parent ticket."""
    ticket = history.ticket
    ours = _is_notice(Reading(history, facts)) and ticket.status != "closed"
    return (ticket.problem_id,) if ours and ticket.problem_id is not None else ()


def spreads(audit: Audit) -> bool:
    """A step that contacts have to hear of."""
    told = ("reminded", "started", "changed", "extended", "completed", "cancelled")
    return any(key.startswith(f"{KIND}:") and key.split(":")[2:3] and key.split(":")[2] in told for key in audit.keys)


def reaches(case: Case, settings: Settings) -> Reaches | None:
    """The announcement, from the moment at which it is due until the window is over."""
    if _is_notice(case.reading) or isinstance(_window(case, settings), str):
        return None
    found = _parent(case, settings)
    if found is None or found.window is None:
        return None
    if found.read.state == "unannounced":
        due = found.ahead.now is not None and found.ahead.now.what == "announced"
        return Reaches("", _audience(found.window, settings), KIND) if due else None
    open_still = found.read.state in ("announced", "under way") and not found.window.cancelled
    name = campaign_of(found.read.window_id)
    return Reaches(name, _audience(found.window, settings), KIND) if open_still else None


def decide(case: Case, settings: Settings) -> Decision:
    """On a parent: the next step, or the next notices; on a notice: what its contact has still to hear. Pure."""
    if _is_notice(case.reading):
        return _tell(case)
    window = _window(case, settings)
    if isinstance(window, str):
        note = _trouble(case, "unready", case.reading.creation_id, case.reading.ticket.created_at, why=window)
        return Decision("unready", f"its window cannot be read: {window}", note)
    found = _parent(case, settings)
    if found is None:
        return Decision("no-maintenance", "it is about no maintenance window")
    decision = _carry_on(case, settings, found)
    if window is None or not window.cancelled or found.read.state != "under way":
        return decision
    note = _trouble(case, "cancelled late", stamp(window.start), case.reading.audits[-1].at, window=window)
    return replace(decision, actions=(*note, *decision.actions))


# --- the parent ---------------------------------------------------------------------------------------------------


def _carry_on(case: Case, settings: Settings, found: _Parent) -> Decision:
    """What comes next."""
    following = found.ahead.now
    if following is None:
        return _send(case, settings, found)
    if following.what in _CALLS:
        fact = following.order.audit_id if following.order else stamp(following.end)
        note = _trouble(case, following.what, fact, following.since, following, found.window)
        words = _CALLS[following.what]
        waits = _send(case, settings, found) if following.what in ("ending", "complete it") else Decision("", "")
        return replace(waits, outcome=following.what.replace(" ", "-"), words=words, actions=(*note, *waits.actions))
    return _step(case, settings, found, following)


@dataclass(frozen=True, slots=True)
class _Parent:
    """A window's parent ticket, and what comes next on it."""

    read: Maintenance
    window: Window | None
    """As it is written now; None: nowhere."""
    ahead: Outlook


def _parent(case: Case, settings: Settings) -> _Parent | None:
    window = _window(case, settings)
    assert not isinstance(window, str), "the caller has looked"
    read = maintenance(case.reading, window.id if window else None)
    if read is None:
        return None
    made_at = case.reading.ticket.created_at
    return _Parent(read, window, outlook(read, window, settings.pace, made_at, case.now))


def _window(case: Case, settings: Settings) -> Window | str | None:
    """The window that the ticket is about, as it is written now; in words why that cannot be told; None for none."""
    window_id = window_of(case.reading)
    if window_id is not None and window_id in case.rulebook.windows:
        return case.rulebook.windows[window_id]
    written = settings.tickets
    return _ticket_window(case, written) if written is not None else None


def _ticket_window(case: Case, written: TicketWindows) -> Window | str | None:
    """A window that an agent has opened as a ticket. Customers may choose forms, triggers set tags: that makes none."""
    reading, ticket, creation = case.reading, case.reading.ticket, case.reading.creation
    marked = (written.form is not None and ticket.form_id == written.form) or written.tag in ticket.tags
    if not marked or ticket.problem_id is not None or creation is None or not reading.by_agent(creation):
        return None
    if ticket.type != "problem":
        return "its type is not Problem"
    zone, times = case.rulebook.zone, []
    for name in (written.start, written.end):
        value = ticket.fields.get(case.facts.field_ids.get(name, 0))
        try:
            times.append(instant_of(written_time(str(value or "")), zone))
        except NoSuchTime as error:
            return f"{name}: {error}"
    start, end = times
    if not start < end <= start + LONGEST:
        return "its end is not after its start, or more than a week after it"
    urgent = written.urgent_tag in ticket.tags
    title = Words({FALLBACK: ticket.subject})
    return Window(ticket_window(ticket.id), start, end, zone.key, title, planned=not urgent, source=f"#{ticket.id}")


def _audience(window: Window, settings: Settings) -> AudienceSettings:
    return window.audience or settings.audience


def _step(case: Case, settings: Settings, found: _Parent, following: Next) -> Decision:
    """The next step, noted."""
    reach, window = case.facts.reach, found.window
    contacts = None
    if following.what == "announced":
        if reach is None:
            return Decision("audience-unknown", "it is not known whom it concerns")
        if not reach.contacts:
            note = _trouble(case, "nobody", stamp(following.end), following.since, following, window)
            return Decision("nobody", _CALLS["nobody"], note, case.now + LOOK_AGAIN)
        contacts = len(reach.contacts)
    return Decision(following.what, f"next is: {following.what}", _noted(case, settings, found, following, contacts))


def _noted(case: Case, settings: Settings, found: _Parent, following: Next, contacts: int | None) -> tuple[Action, ...]:
    read, window, reach = found.read, found.window, case.facts.reach
    what = next(each for each in get_args(What) if each == following.what)
    planned = window.planned if window is not None and what == "announced" else True
    key = step_key(read.next_number, what, following.start, following.end, contacts, planned)
    latest = tell_by(following.start, case.rulebook.zone)
    promise = what in ("announced", "changed") and (planned if what == "announced" else read.planned)
    values = {
        "what": what,
        "title": _title(case, window),
        "start": following.start,
        "end": following.end,
        "contacts": contacts if contacts is not None else 0,
        "refused": len(reach.refused) if reach else 0,
        "planned": planned and read.planned,
        "late": promise and case.now > latest,
        "tell_by": latest,
        "ordered": following.order is not None,
        "reminder": settings.remind_days is not None,
        "zone": case.rulebook.zone.key,
    }
    return (Say("agents", "maintenance.step", key, following.since, values), AddTag(TAG, following.since))


def _send(case: Case, settings: Settings, found: _Parent) -> Decision:
    """The next notices; a note once everybody has one."""
    read, window, reach, held = found.read, found.window, case.facts.reach, found.read.present
    again = min(at for at in (found.ahead.wake_at, case.now + LOOK_AGAIN) if at is not None)
    if held is None or window is None or window.cancelled or read.state not in ("announced", "under way"):
        return Decision(read.state.replace(" ", "-"), f"the window is {read.state}", wake_at=found.ahead.wake_at)
    if reach is None:
        return Decision("audience-unknown", "it is not known whom it concerns", wake_at=again)
    commanded = case.reading.control_tags
    if STOP_TAG in commanded and SEND_TAG not in commanded:
        return Decision("stopped", f"the tag {STOP_TAG} stops the notices", wake_at=found.ahead.wake_at)
    announced = read.announced
    since = announced.at if announced else held.at
    failed = len((reach.refused | reach.bounced) & {person.id for person in reach.contacts})
    limit, done = settings.stop_if_failed, reach.told | reach.refused
    if SEND_TAG not in commanded and failed >= limit.at_least and failed >= limit.share * len(done):
        after = Next("ending", *held.times, since)
        note = _trouble(case, "failing", held.number, since, after, window, contacts=failed)
        return Decision("failing", _CALLS["failing"], note, found.ahead.wake_at)
    to = tuple(person for person in reach.contacts if person.id not in done)
    if to:
        action = SendNotices(_campaign(case, read, held, window), to, since)
        return Decision(
            "announcing", f"{len(to)} of {len(reach.contacts)} contacts have no notice yet", (action,), again
        )
    if read.sent is None:
        sent = Next("sent", *held.times, since)
        told = len([person for person in reach.contacts if person.id in reach.told])
        return Decision("announced", "everybody was told", _noted(case, settings, found, sent, told), again)
    return Decision(read.state.replace(" ", "-"), f"everybody was told; the window is {read.state}", wake_at=again)


def _campaign(case: Case, read: Maintenance, held: Step, window: Window) -> Campaign:
    values = {**_told(held, window), "planned": read.planned}
    return Campaign(
        campaign_of(read.window_id),
        "maintenance.subject",
        "maintenance.notice",
        values,
        (TAG, f"{STEP_TAG}{held.number}"),
        {
            language: _file(
                case.reading.ticket, held, window.zone, window.title[language], window.description[language]
            )
            for language in sorted({FALLBACK, *(re.split("[-_]", each)[0].lower() for each in window.title)})
        },
    )


def _title(case: Case, window: Window | None) -> Words:
    return window.title if window is not None else Words({FALLBACK: case.reading.ticket.subject})


def _told(step: Step, window: Window) -> dict[str, object]:
    """What a contact is told of, the reader's zone left out."""
    return {"title": window.title, "description": window.description, "start": step.start, "end": step.end}


def _trouble(
    case: Case,
    what: str,
    fact: int | str,
    since: datetime,
    about: Next | None = None,
    window: Window | None = None,
    why: str = "",
    contacts: int = 0,
) -> tuple[Action, ...]:
    """A note for agents alone, once for each fact, which reaches somebody."""
    key = f"{TROUBLE}:{fact}:{what.replace(' ', '-')}"
    if key in case.reading.keys:
        return ()
    values = {
        "what": what,
        "title": _title(case, window),
        "start": about.start if about else since,
        "end": about.end if about else since,
        "why": about.why if about and about.why else why,
        "order": about.order.verb if about and about.order else "",
        "contacts": contacts,
        "zone": case.rulebook.zone.key,
    }
    return (Say("agents", "maintenance.trouble", key, since, values), *reaches_somebody(case, since))


# --- a notice -----------------------------------------------------------------------------------------------------


def _is_notice(reading: Reading) -> bool:
    """A notice of ours; an agent may have made it a request again, or its contact by an answer."""
    ticket, contact = reading.ticket, contact_of(reading.ticket.external_id)
    ours = reading.creation is None or reading.is_ours(reading.creation)
    return contact is not None and ours and ticket.problem_id is not None and contact[0].startswith(f"{KIND}-")


def _tell(case: Case) -> Decision:
    """What was noted on the parent since, told to the notice's contact; once the window is over the notice is solved,
    unless it has become a request."""
    reading, ticket = case.reading, case.reading.ticket
    history = case.facts.linked.get(ticket.problem_id or 0)
    read = maintenance(Reading(history, case.facts)) if history is not None else None
    if history is None or read is None:
        return Decision("parent-unknown", "the ticket of its window cannot be read")
    steps = owed(reading, read)
    if not steps:
        return Decision("told", f"its contact knows everything of the window, which is {read.state}")
    window = case.rulebook.windows.get(read.window_id)
    zone = window.zone if window else case.rulebook.zone.key
    title = window.title if window else Words({FALLBACK: history.ticket.subject})
    description = window.description if window else Words()
    person = case.facts.people.get(ticket.requester_id)
    number = max(told_on(reading), default=0)
    known = next((each for each in reversed(read.steps) if each.number <= number), read.steps[0])
    values = {
        "title": title,
        "description": description,
        "was_start": known.start,
        "was_end": known.end,
        "planned": read.planned,
        "zone": person.time_zone if person else "UTC",
    }
    locale = person.locale if person else FALLBACK
    actions: list[Action] = []
    for step in steps:
        told = {**values, "start": step.start, "end": step.end}
        moved = step.what in ("changed", "extended", "cancelled")
        file = _file(history.ticket, step, zone, title[locale], description[locale]) if moved else None
        actions.append(_news(step, told, (file,) if file else ()))
    if steps[-1].what in ("completed", "cancelled") and reading.kind == "notice" and ticket.status != "solved":
        actions.append(SetStatus("solved", steps[-1].at))
    words = f"its contact is told: {', '.join(step.what for step in steps)}"
    return Decision("telling", words, tuple(actions))


def _news(step: Step, values: Mapping[str, object], files: tuple[Enclosure, ...]) -> Say:
    """A step as its contacts are told of it."""
    key, since = step.key, step.at
    match step.what:
        case "reminded":
            return Say("customer", "maintenance.reminded", key, since, values, to_all=True)
        case "changed":
            return Say("customer", "maintenance.changed", key, since, values, enclosures=files, to_all=True)
        case "started":
            return Say("customer", "maintenance.started", key, since, values, to_all=True)
        case "extended":
            return Say("customer", "maintenance.extended", key, since, values, enclosures=files, to_all=True)
        case "completed":
            return Say("customer", "maintenance.completed", key, since, values, to_all=True)
        case "cancelled":
            return Say("customer", "maintenance.cancelled", key, since, values, enclosures=files, to_all=True)
        case "announced" | "sent":
            raise ValueError(f"nobody is told of {step.what} on a notice")
        case never:
            assert_never(never)


def _file(parent: Ticket, step: Step, zone: str, title: str, description: str) -> Enclosure:
    """Its UID is that of the parent ticket, of which no other account has one from the same second."""
    uid = f"{parent.id}-{stamp(parent.created_at)}@zdsync"
    return calendar_file(uid, step, zone, title, description)


MAINTENANCE: Final = Automation(
    name="maintenance",
    Settings=Settings,
    example=EXAMPLE,
    decide=decide,
    needs=needs,
    templates=TEMPLATES,
    to_customer=frozenset(name for name in TEMPLATES if name not in ("maintenance.step", "maintenance.trouble")),
    passes_on="comments",
    wants=wants,
    spreads=spreads,
    reaches=reaches,
    examples=EXAMPLES,
)
