"""What comes next on a window's parent ticket: the next step, noted with the times that hold from then on; or the next
notices of its announcement, which contacts who have joined the audience get as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from zdsync.core.actions import RemoveTag, SendNotices
from zdsync.core.automation import Case, Decision, Reaches
from zdsync.core.incident import SEND_TAG, STOP_TAG, asked
from zdsync.core.maintenance import KIND, TAG, Maintenance, Step, campaign_of, maintenance, stamp
from zdsync.core.maintenance_calendar import calendar_file
from zdsync.core.maintenance_end import solving
from zdsync.core.maintenance_notes import noted, trouble, trouble_key
from zdsync.core.maintenance_notices import STEP_TAG
from zdsync.core.maintenance_plan import Next, Outlook, is_another_time, outlook, reminder, sent_from
from zdsync.core.maintenance_settings import Settings, audience_of
from zdsync.core.model import Audit, Campaign
from zdsync.core.templates import FALLBACK
from zdsync.core.windows import Window

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
}


@dataclass(frozen=True, slots=True)
class Parent:
    """A window's parent ticket, and what comes next on it."""

    read: Maintenance
    window: Window | None
    """As it is written now; None: nowhere."""
    ahead: Outlook


def parent_of(case: Case, settings: Settings, window: Window | None) -> Parent | None:
    """None where the ticket is no window's. `window`: as it is written now."""
    read = maintenance(case.reading, window.id if window else None)
    if read is None:
        return None
    made_at = case.reading.ticket.created_at
    return Parent(read, window, outlook(read, window, settings.pace, made_at, case.now, case.rulebook.zone))


def reaches(parent: Parent, settings: Settings) -> Reaches | None:
    """The announcement, from the moment at which it is due until the window is over."""
    if parent.window is None:
        return None
    if parent.read.state == "unannounced":
        due = parent.ahead.now is not None and parent.ahead.now.what == "announced"
        return Reaches("", audience_of(parent.window, settings), KIND) if due else None
    open_still = parent.read.state in ("announced", "under way") and not parent.window.cancelled
    name = campaign_of(parent.read.window_id)
    return Reaches(name, audience_of(parent.window, settings), KIND) if open_still else None


def carry_on(case: Case, settings: Settings, parent: Parent) -> Decision:
    """What comes next, and a word on a window that was cancelled, or moved, too late for that."""
    decision, window, held = _next(case, settings, parent), parent.window, parent.read.present
    if window is None or held is None or parent.read.state != "under way":
        return decision
    if not window.cancelled and not is_another_time(parent.read, held, window):
        return decision
    what = "cancelled late" if window.cancelled else "moved late"
    note = trouble(case, what, stamp(window.start), case.reading.audits[-1].at, window=window)
    return replace(decision, actions=(*note, *decision.actions))


def _next(case: Case, settings: Settings, parent: Parent) -> Decision:
    following = parent.ahead.now
    if following is None:
        return solving(case, parent.read, parent.window) if parent.read.is_over else _send(case, settings, parent)
    if following.what in _CALLS:
        fact = following.order.audit_id if following.order else stamp(following.end)
        note = trouble(case, following.what, fact, following.since, following, parent.window)
        words = _CALLS[following.what]
        waits = _send(case, settings, parent) if following.what in ("ending", "complete it") else Decision("", "")
        return replace(waits, outcome=following.what.replace(" ", "-"), words=words, actions=(*note, *waits.actions))
    return _step(case, settings, parent, following)


def _step(case: Case, settings: Settings, parent: Parent, following: Next) -> Decision:
    """The next step, noted."""
    reach, read, window = case.facts.reach, parent.read, parent.window
    contacts = None
    if following.what == "announced":
        if reach is None:
            return Decision("audience-unknown", "it is not known whom it concerns")
        if not reach.contacts:
            note = trouble(case, "nobody", stamp(following.end), following.since, following, window)
            return Decision("nobody", _CALLS["nobody"], note, case.now + LOOK_AGAIN)
        contacts = len(reach.contacts)
    note = noted(case, settings, read, window, following, contacts)
    return Decision(following.what, f"next is: {following.what}", note)


def _send(case: Case, settings: Settings, parent: Parent) -> Decision:
    """The next notices; the tags that have been followed go, so that they can be set again."""
    decision = _sending(case, settings, parent)
    return replace(decision, actions=(*_spent(case), *decision.actions))


def _sending(case: Case, settings: Settings, parent: Parent) -> Decision:
    """The next notices; a note once everybody has one."""
    read, window, reach, held = parent.read, parent.window, case.facts.reach, parent.read.present
    again = min(at for at in (parent.ahead.wake_at, case.now + LOOK_AGAIN) if at is not None)
    if held is None or window is None or window.cancelled or read.state not in ("announced", "under way"):
        return Decision(read.state.replace(" ", "-"), f"the window is {read.state}", wake_at=parent.ahead.wake_at)
    if reach is None:
        return Decision("audience-unknown", "it is not known whom it concerns", wake_at=again)
    if is_stopped(case):
        return Decision("stopped", f"the tag {STOP_TAG} stops the notices", wake_at=parent.ahead.wake_at)
    announced = read.announced
    since = announced.at if announced else held.at
    failed = len((reach.refused | reach.bounced) & {person.id for person in reach.contacts})
    limit, done = settings.stop_if_failed, reach.told | reach.refused
    to = tuple(person for person in reach.contacts if person.id not in done)
    too_many = failed >= limit.at_least and failed >= limit.share * len(done)
    fact = announced.number if announced else held.number
    if to and too_many and not _goes_on(case, fact):
        after = Next("ending", *held.times, since)
        note = trouble(case, "failing", fact, since, after, window, contacts=failed)
        return Decision("failing", _CALLS["failing"], note, parent.ahead.wake_at)
    begins = waits_until(case, settings, read)
    if begins is not None:
        words = f"{len(reach.contacts)} contacts are told after a countdown"
        return Decision("counting-down", words, wake_at=min(again, begins))
    if to:
        action = SendNotices(_campaign(case, settings, read, held, window), to, since)
        return Decision(
            "announcing", f"{len(to)} of {len(reach.contacts)} contacts have no notice yet", (action,), again
        )
    if read.sent is None:
        sent = Next("sent", *held.times, since)
        told = len([person for person in reach.contacts if person.id in reach.told])
        return Decision("announced", "everybody was told", noted(case, settings, read, window, sent, told), again)
    return Decision(read.state.replace(" ", "-"), f"everybody was told; the window is {read.state}", wake_at=again)


def _asked(case: Case) -> Audit | None:
    """The last time that an agent has asked for sending by the tag."""
    return next(reversed([*asked(case.reading)]), None)


def is_stopped(case: Case) -> bool:
    """Of the two tags the one that was set last counts; set together, the one that stops."""
    stop, go = case.reading.control_tags.get(STOP_TAG), _asked(case)
    return stop is not None and (go is None or go.id <= stop.id)


def _goes_on(case: Case, fact: int) -> bool:
    """An agent has asked for it after reading that too many fail."""
    said, go = case.reading.said_in.get(trouble_key("failing", fact)), _asked(case)
    return said is not None and go is not None and said.id < go.id


def _spent(case: Case) -> Iterator[RemoveTag]:
    go, tags = _asked(case), case.reading.ticket.tags
    if go is not None and SEND_TAG in tags:
        yield RemoveTag(SEND_TAG, go.at)
        if STOP_TAG in tags and not is_stopped(case):
            yield RemoveTag(STOP_TAG, go.at)


def waits_until(case: Case, settings: Settings, read: Maintenance) -> datetime | None:
    """When its countdown is over, while it is not."""
    announced, held = read.announced, read.present
    if announced is None or held is None or not announced.planned or read.is_ordered or _asked(case):
        return None
    at = sent_from(announced.at, held.start, settings.pace, case.rulebook.zone)
    return at if case.now < at else None


def _campaign(case: Case, settings: Settings, read: Maintenance, held: Step, window: Window) -> Campaign:
    """What it says follows from the parent's steps alone, so that a repeat is equal."""
    values = {
        "title": window.title,
        "description": window.description,
        "start": held.start,
        "end": held.end,
        "planned": read.planned,
        "reminder": reminder(read, window.zone, settings.pace) is not None,
        "under_way": read.state == "under way",
    }
    languages = sorted({FALLBACK, *(re.split("[-_]", each)[0].lower() for each in window.title)})
    return Campaign(
        campaign_of(read.window_id),
        "maintenance.subject",
        "maintenance.notice",
        values,
        (TAG, f"{STEP_TAG}{held.number}"),
        {each: calendar_file(case.reading.ticket, held, each, window.title, window.description) for each in languages},
    )
