"""Reading a problem's history as major incidents: what was declared, told, promised, solved, and when it was down.

The automation `major_incident`, the incident report and the availability figure look at nothing else. A ticket may be
several incidents, one after the other. Everything is read from audits and can be cited by their ids; only what concerns
people's clocks (promises) needs the rule's period and hours besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from zdsync.core.controls import COMMAND_CHANNELS, Control, controls
from zdsync.core.durations import parse_duration
from zdsync.core.history import Reading, Span
from zdsync.core.incident_down import OVER, Down, News, corrected, downs
from zdsync.core.incident_promises import Note, Pace, Promise, Told, held, promises
from zdsync.core.model import Audit, FieldValue

OUTAGE: Final = "outage"
"""Begins the keys of what is said on the problem itself, followed by the audit that declared it."""
SEND_TAG: Final = "zdsync_send_notices"
STOP_TAG: Final = "zdsync_stop_notices"
_OURS: Final = re.compile(rf"{OUTAGE}:\d+:(?:countdown|go|held)\b")
_WRITTEN: Final = frozenset({"web", "api", "email", "mobile"})
"""Channels over which agents write to customers."""
_MAJOR: Final[Mapping[str, FieldValue]] = {"type": "problem", "priority": "urgent"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, and the audit that proves it."""

    at: datetime
    audit_id: int
    by: int
    """The audit's author."""


@dataclass(frozen=True, slots=True)
class Go:
    """Our note after which notices are sent."""

    at: datetime
    audit_id: int
    contacts: int
    """How many the audience had then."""
    every: timedelta | None = None
    """The period that was promised with it. It holds for the whole incident, whatever the rule says later; None: notes
    of older versions do not tell it."""


@dataclass(frozen=True, slots=True)
class Solve:
    """Staff solved it after the go, so everybody is told."""

    at: datetime
    audit_id: int
    by: int
    comment_id: int | None
    """The public comment that came with it."""
    reopened_at: datetime | None = None
    """When it was open again; None: it never was."""


@dataclass(frozen=True, slots=True)
class Incident:
    declared: Mark
    """Staff themselves made it urgent and a problem."""
    called_off: Mark | None = None
    """It was neither any more before anything was sent: there was no major incident."""
    go: Go | None = None
    said: Mapping[str, Mark] = field(default_factory=dict)
    """What we have said on the problem about it, by the key without `outage:<audit id>:`."""
    news: tuple[News, ...] = ()
    solves: tuple[Solve, ...] = ()
    promises: tuple[Promise, ...] = ()
    """By the go and by agents, oldest first; none where no pace is known."""
    held: tuple[Promise, ...] = ()
    """By holding messages, likewise."""
    downs: tuple[Down, ...] = ()
    """Oldest first, without what was called off."""
    consents: tuple[Mark, ...] = ()
    """Each time staff asked for sending (`zdsync_send_notices`) and did not take the tag off again themselves."""
    stopped: Mark | None = None
    """Staff have stopped the sending (`zdsync_stop_notices`), maybe before it was declared, and the tag is there."""
    stop_ended: int = 0
    """The last audit in which staff took that tag off; 0 if there is none."""
    is_solved: bool = False
    """The ticket is solved now, by whomever, and this is its latest incident."""
    solved_early: Mark | None = None
    """It was solved before anything was sent, or when it was declared."""
    unused: tuple[str, ...] = ()
    """Corrections that cannot be true, in words for `explain` and the reports."""

    @property
    def name(self) -> str:
        """Of its campaign."""
        return f"{OUTAGE}-{self.declared.audit_id}"

    def key(self, *parts: object) -> str:
        return ":".join(str(part) for part in (OUTAGE, self.declared.audit_id, *parts))

    @property
    def resolution(self) -> Solve | None:
        """The solve that stands: it was not opened again."""
        last = self.solves[-1] if self.solves else None
        return last if last and last.reopened_at is None else None

    @property
    def is_running(self) -> bool:
        """Customers have been told of it, and nothing else since. Opened again without a word to them (a customer's
        thanks do that) it is not."""
        return self.is_waited_for and not self.is_solved

    @property
    def is_waited_for(self) -> bool:
        """The last thing that customers have heard is that it is down, whatever has become of the ticket since."""
        if self.go is None or self.is_kept_back:
            return False
        latest_news = self.news[-1].audit_id if self.news else 0
        return not self.solves or latest_news > self.solves[-1].audit_id

    @property
    def is_kept_back(self) -> bool:
        """After the go it was seen that another one had gone out just before, and no agent has sent it since."""
        held = self.said.get("held:another")
        if self.go is None or held is None or held.audit_id < self.go.audit_id:
            return False
        return self.consent is None or self.consent.audit_id < held.audit_id

    @property
    def promise(self) -> Promise | None:
        """The one that is to be kept now."""
        last = self.promises[-1] if self.promises else None
        return last if last and last.answered_at is None else None

    @property
    def consent(self) -> Mark | None:
        return self.consents[-1] if self.consents else None


def incident(reading: Reading, zone: ZoneInfo, pace: Pace | None = None) -> Incident | None:
    """The latest one of this ticket. `zone`: the desk's (`Rulebook.zone`), in which agents write times."""
    found = incidents(reading, zone, pace)
    return found[-1] if found else None


def incidents(reading: Reading, zone: ZoneInfo, pace: Pace | None = None) -> tuple[Incident, ...]:
    """All of them, oldest first, called-off ones included."""
    if not any(span.value == _MAJOR["type"] for span in reading.timeline("type")):
        return ()  # which nearly all tickets are
    begun = _declared(reading)
    if not begun:
        return ()
    ends = [one.declared.audit_id for one in begun[1:]]
    orders = controls(reading, zone)
    return tuple(
        _read(reading, one, until, pace, orders)
        for one, until in zip(begun, [*ends, None], strict=True)  # what comes later belongs to the next one
    )


def _declared(reading: Reading) -> list[Incident]:
    """The declarations with their go or their end before it.

    One begins where staff complete "urgent and a problem" by hand; what a trigger does inside an agent's update, and
    what customers and mails do, begins none. While one lasts there is no other. What we have acted on stays declared,
    whoever its author is now.
    """
    acted_on = {int(key.split(":")[1]) for key in reading.keys if _OURS.match(key)}
    found: list[Incident] = []
    lasts = False
    state: dict[str, FieldValue] = dict.fromkeys(_MAJOR)
    status = reading.timeline("status")[0].value
    if reading.creation is None:
        state = {name: reading.timeline(name)[0].value for name in _MAJOR}
    for audit in reading.audits:
        before, by_hand = _is_major(state), dict(state)
        for change in audit.changes:
            if change.field in state:
                state[change.field] = change.value
                if not change.by_rule:
                    by_hand[change.field] = change.value
            elif change.field == "status":
                status = change.value
        if lasts:
            found[-1], lasts = _go_on(reading, found[-1], audit, _is_major(state))
        elif found and found[-1].go is not None and before and _is_opened_by_staff(reading, audit):
            lasts = True  # the same outage is back
        by_staff = reading.by_agent(audit) and audit.channel in COMMAND_CHANNELS
        completes = by_staff and not before and _is_major(by_hand) and _is_major(state)
        if not lasts and (completes or audit.id in acted_on):
            is_over = status in OVER  # afterwards, as of something that is past: a reply that opens it sends nothing
            found.append(Incident(_mark(audit), solved_early=_mark(audit) if is_over else None))
            lasts = not is_over
    return found


def _is_opened_by_staff(reading: Reading, audit: Audit) -> bool:
    return reading.by_agent(audit) and any(
        change.field == "status" and change.previous in OVER and change.value not in OVER for change in audit.changes
    )


def _go_on(reading: Reading, one: Incident, audit: Audit, is_major: bool) -> tuple[Incident, bool]:
    """The incident after a further audit, and whether it lasts."""
    one = replace(one, go=one.go or _go(reading, one, audit))
    if one.go is None and not is_major:
        return replace(one, called_off=_mark(audit)), False
    if any(change.field == "status" and change.value in OVER for change in audit.changes):
        return (replace(one, solved_early=_mark(audit)) if one.go is None else one), False
    return one, True


def _go(reading: Reading, one: Incident, audit: Audit) -> Go | None:
    about = one.key("go:")
    said = [key.removeprefix(about) for key in audit.keys if key.startswith(about) and reading.is_ours(audit)]
    contacts, _, every = said[0].partition(":") if said else ("", "", "")
    if not contacts.isdecimal():
        return None
    return Go(audit.at, audit.id, int(contacts), parse_duration(every) if every else None)


def _is_major(state: Mapping[str, FieldValue]) -> bool:
    return all(state[name] == value for name, value in _MAJOR.items())


def _mark(audit: Audit) -> Mark:
    return Mark(audit.at, audit.id, audit.author_id)


def _read(reading: Reading, one: Incident, until: int | None, pace: Pace | None, orders: Iterable[Control]) -> Incident:
    """Everything that belongs to the incident: from its declaration to the next one's."""

    def mine(audit_id: int) -> bool:
        return one.declared.audit_id <= audit_id and (until is None or audit_id < until)

    about = one.key("")
    said = {key.removeprefix(about): _mark(audit) for key, audit in reading.said_in.items() if key.startswith(about)}
    if one.go is None:  # agents may let it go though it was solved meanwhile
        gone = (_go(reading, one, audit) for audit in reading.audits if mine(audit.id))
        one = replace(one, go=next(filter(None, gone), None))
    stop = reading.control_tags.get(STOP_TAG)
    if stop is None and reading.came_along(STOP_TAG):
        stop = reading.creation  # whoever reads the tag on the ticket takes it for stopped
    one = replace(
        one,
        said=said,
        is_solved=until is None and reading.ticket.status in OVER,
        consents=tuple(_mark(audit) for audit in asked(reading) if mine(audit.id)),
        stopped=_mark(stop) if stop and (until is None or stop.id < until) else None,
        stop_ended=reading.taken_off(STOP_TAG) if mine(reading.taken_off(STOP_TAG)) else 0,
    )
    spans = [span for span in reading.timeline("status") if span.until is None or span.until >= one.declared.at]
    over = [span for span in spans if span.value in OVER and mine(span.audit_id)]
    if one.go is not None:
        news = tuple(_news(reading, one.go, spans, until))
        one = replace(one, news=news, solves=tuple(_solves(reading, one.go, over, news)))
    if pace is not None:
        one = replace(one, promises=tuple(_promises(reading, one, pace)))
        notes = [Note(key, mark.at, mark.audit_id) for key, mark in said.items()]
        one = replace(one, held=tuple(held(notes, one.promises, pace.schedule)))
    if one.called_off is None:
        mine_of = [span for span in spans if until is None or span.audit_id < until]
        recorded = downs(reading, (one.declared.at, one.declared.audit_id), mine_of, one.news)
        stretches, unused = corrected(recorded, [each for each in orders if mine(each.audit_id)])
        one = replace(one, downs=stretches, unused=unused)
    return one


def asked(reading: Reading) -> Iterator[Audit]:
    """The updates in which staff asked for sending, without those that they took back. We take the tag off, too."""
    gone = reading.all_taken_off(SEND_TAG)
    for audit in reading.tagged_by_staff(SEND_TAG):
        after = next((each for each in gone if each.id > audit.id), None)
        if after is None or not reading.by_staff(after):
            yield audit


def _news(reading: Reading, go: Go, spans: Iterable[Span], until: int | None) -> Iterator[News]:
    ends = [*[span.audit_id for span in spans][1:], None]
    solved = [(span.audit_id, end) for span, end in zip(spans, ends, strict=True) if span.value in OVER]
    # What a merge says is about another customer's ticket, and a recorded call is no update.
    others = {audit.id for audit in reading.audits if audit.merged_with or audit.channel not in _WRITTEN}
    for said in reading.comments:
        if not (said.by == "staff" and said.public and not said.automatic and said.audit_id > go.audit_id):
            continue
        if said.audit_id in others:
            continue
        if until is not None and said.audit_id >= until:
            continue
        if not any(start <= said.audit_id and (end is None or said.audit_id < end) for start, end in solved):
            yield News(said.at, said.audit_id, said.comment_id, said.author_id)


def _solves(reading: Reading, go: Go, over: Iterable[Span], news: Iterable[News]) -> list[Solve]:
    """A closing is none, and what rules or customers solve is told by nobody.

    Thanks open the ticket, too, and agents do by mistake: solved again without news in between it is the same solve, of
    which all have heard, unless an agent has opened it and solves it with a word. Nor is it open again where we hold it
    for its own customer's confirmation, as we do when it is no problem any more.
    """
    by_staff = {move.audit_id for move in reading.moves if move.to == "solved" and move.by == "staff"}
    opened_by_staff = {move.audit_id for move in reading.moves if move.by == "staff"}
    held_by_us = {move.audit_id for move in reading.moves if move.by == "us"}
    authors = {audit.id: audit.author_id for audit in reading.audits}
    told = [each.audit_id for each in news]
    timeline = reading.timeline("status")
    found: list[Solve] = []
    opened = 0  # by this audit after the last one
    for span in over:
        if span.value != "solved" or span.audit_id < go.audit_id:
            continue
        later = timeline[timeline.index(span) + 1 :]
        after = next((each for each in later if each.audit_id not in held_by_us), None)
        is_open = after is not None and after.value not in OVER
        reopened_at = after.since if after is not None and is_open else None
        spoken = (said for said in reading.comments if said.audit_id == span.audit_id)
        comment = next((said.comment_id for said in spoken if said.public and said.by == "staff"), None)
        has_news = any(found and found[-1].audit_id < each < span.audit_id for each in told)
        came_back = has_news or (opened in opened_by_staff and comment is not None)
        if found and not came_back:
            found[-1] = replace(found[-1], reopened_at=reopened_at)
        elif span.audit_id in by_staff:
            found.append(Solve(span.since, span.audit_id, authors.get(span.audit_id, 0), comment, reopened_at))
        opened = after.audit_id if after is not None and is_open else opened
    return found


def _promises(reading: Reading, one: Incident, pace: Pace) -> Iterator[Promise]:
    """By the go and each update, as long as it is urgent: who hears of a lesser one is not promised the next word."""
    if one.go is None:
        return iter(())
    began: tuple[Go | News, ...] = (one.go, *one.news)
    told = [Told(each.at, each.audit_id, reading.at("priority", each.at) == "urgent") for each in began]
    told += [Told(solve.at, solve.audit_id, False) for solve in one.solves]
    return promises(told, replace(pace, every=one.go.every or pace.every))
