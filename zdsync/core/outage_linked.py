"""What a major incident means for the tickets that are linked to its problem: notices of ours, and customers' own.

Each update that staff give on the problem is passed on in the notices, and on the request of a customer who has no
notice. Every linked ticket hears of the resolution. Each once, by a key that follows from the problem's history, so it
does not matter when and how often a ticket is looked at.

Whose two requests are linked reads an update on both, like the resolution: what else somebody has opened could be
known only by reading all tickets of the problem, again for each. And who joins the audience after all others were told
gets a notice with the last update, whatever their own request has said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.actions import Action, AddTag, Say, SetStatus
from zdsync.core.automation import Case, Decision
from zdsync.core.episode import AWAITING_TAG, awaits_confirmation
from zdsync.core.history import RELAY, Reading
from zdsync.core.incident import Incident, Solve, incidents
from zdsync.core.incident_down import OVER, News
from zdsync.core.incident_promises import HOLDING
from zdsync.core.model import Audit, Facts, History, Person, Ticket
from zdsync.core.notices import (
    BOUNCED_TAG,
    came_back_at,
    contact_of,
    external_id,
    is_opened_by_a_machine,
    is_set_by_staff_since,
)
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import KIND, LATEST, Settings, pace
from zdsync.core.outage_end import CASCADE_TAKES_LONGEST, confirmation
from zdsync.core.outage_notes import is_stopped, last_said
from zdsync.core.templates import paragraphs

CASCADE_TAKES: Final = timedelta(minutes=2)
"""So long Zendesk may take to solve the incidents of a solved problem and copy its comment: what it says, we do not.
It leaves alone what is solved, so a notice that we have solved gets no copy later. On customers' own tickets, and on
notices that were answered, which we do not solve, we wait longer."""
_SKEW: Final = timedelta(seconds=5)
"""By so much the instants of two tickets may be out of order."""
_NOT_KNOWN: Final = timedelta(minutes=1)
_NOTICE_TAKES: Final = timedelta(minutes=5)
"""How soon the notice of a request's customer is looked for again while notices are being sent."""
_LAG: Final = timedelta(minutes=2)
"""So long the words of a comment may be lacking though it is known of; after that they are not public any more."""


def wants(history: History, facts: Facts, now: datetime) -> Collection[int]:
    """The problem."""
    ticket = history.ticket
    return (ticket.problem_id,) if ticket.problem_id is not None and ticket.status != "closed" else ()


def spreads(audit: Audit) -> bool:
    """Linked tickets have to hear of a holding message; of all else that concerns them staff tell in public."""
    return any(key.startswith(f"{KIND}:") and f":{HOLDING}:" in key for key in audit.keys)


def seeks(case: Case, settings: Settings) -> Collection[str]:
    """The notice that the customer of a linked request may have, too. Sought only where something is owed on the
    request: with a hundred of them an update takes about a hundred calls, as many as telling them."""
    link = None if case.reading.is_created_by_us else link_of(case, settings)
    if link is None or _reader(case) is None or not _owed(link, case).any:
        return ()
    return (external_id(link.one.name, case.reading.ticket.requester_id),)


class Link(NamedTuple):
    """What the ticket is linked to."""

    one: Incident
    is_notice: bool
    """A notice of its campaign, answered or not; else a customer's own request."""


def link_of(case: Case, settings: Settings) -> Link | None:
    """The major incident that the ticket is about; None if its problem is none of which customers were told."""
    ticket = case.reading.ticket
    problem = case.facts.linked.get(ticket.problem_id or 0)
    if problem is None:
        return None
    found = incidents(Reading(problem, case.facts), case.rulebook.zone, pace(settings, case.rulebook))
    named = contact_of(ticket.external_id) if case.reading.is_created_by_us else None
    if named is None:
        return next((Link(one, False) for one in reversed(found) if one.go), None)
    return next((Link(one, True) for one in found if one.go and one.name == named[0]), None)


def linked(link: Link, case: Case, settings: Settings) -> Decision:
    """What its customer has still to hear, and what has become of a notice."""
    said = _words(link, case, settings)
    actions: list[Action] = [*said.says]
    wake_at = said.wake_at
    if link.is_notice:
        actions += _answered(case)
        actions += _status(case, said, link.one.resolution)
        actions += _bounced(case)
    if said.missing:
        words = f"what was said in comment {said.missing} of the problem is not known yet"
        return Decision("words-unknown", words, tuple(actions), case.now + _NOT_KNOWN)
    if said.says:
        return Decision("telling", "its customer is told what is new", tuple(actions), wake_at)
    words = f"a {'notice' if link.is_notice else 'request'} of the major incident {link.one.name}"
    return Decision("told", f"{words}: {said.why}" if said.why else words, tuple(actions), wake_at)


class _Told(NamedTuple):
    """What is to be said now."""

    says: tuple[Say, ...] = ()
    wake_at: datetime | None = None
    over: bool = False
    """The resolution is told, with this or before."""
    missing: int = 0
    """The comment of the problem whose words are lacking."""
    why: str = ""
    """Why an update is not said here, in words."""


class _Holding(NamedTuple):
    """A holding message that was noted on the problem."""

    key: str
    at: datetime
    promised: datetime


class _Owed(NamedTuple):
    """What its customer has not heard of while it lasts."""

    news: tuple[News, ...] = ()
    holding: _Holding | None = None

    @property
    def any(self) -> bool:
        return bool(self.news or self.holding)


def _reader(case: Case) -> Person | None:
    """Who reads the ticket's mails; None: nobody whom we write to."""
    person = case.facts.people.get(case.reading.ticket.requester_id)
    return None if person is None or person.suspended or person.id in case.facts.own_user_ids else person


def _words(link: Link, case: Case, settings: Settings) -> _Told:
    one = link.one
    person = _reader(case)
    if person is None:
        return _Told(over=one.resolution is not None)
    zone = {"zone": person.time_zone, "service": settings.service}
    solve = one.resolution
    if solve is not None and _knows(case, solve):
        return _Told(over=True)  # an older update, said after it, would only confuse
    owed = _owed(link, case)
    if owed.any and not link.is_notice:
        notice = _notice(one, case)
        if notice is not None:
            return _Told(why=f"its requester reads the updates in their notice, ticket {notice.id}")
        if _sends(one):  # a notice that came later would say the last update again
            return _Told((), case.now + _NOTICE_TAKES, why="its requester may still get a notice")
    says: list[Say] = []
    for index, each in enumerate(owed.news):
        text = case.facts.texts.get(each.comment_id)
        if text is None and case.now < each.at + _LAG:
            return _Told(tuple(says), missing=each.comment_id)
        if text is None:
            continue  # it is not public any more
        last = index == len(owed.news) - 1 and solve is None
        values = {"words": paragraphs(text), "promised": _promised(one, each.audit_id, case) if last else None, **zone}
        key = f"{RELAY}{each.comment_id}"
        says.append(Say("customer", "major_incident.update", key, each.at, values, to_all=True))
    if owed.holding is not None:
        key, at, promised = owed.holding
        says.append(Say("customer", "major_incident.holding", key, at, {"promised": promised, **zone}, to_all=True))
    if solve is None:
        return _Told(tuple(says))
    wake_at = _cascade_until(solve, link, case)
    if wake_at is not None:
        return _Told((), wake_at)
    if not link.is_notice and not _was_linked(case.reading, solve.at):
        return _Told()  # it was linked later: that customer has never waited for this
    resolved = _resolved(one, solve, says, case, zone)
    if isinstance(resolved, int):
        return _Told(missing=resolved)
    return _Told((*says, resolved), over=True)


def _owed(link: Link, case: Case) -> _Owed:
    """Of the updates from before a notice only the last one matters; a request hears of none from before its link."""
    one, created_at = link.one, case.reading.ticket.created_at
    if not link.is_notice and not _listens(case, one):
        return _Owed()
    before = [news for news in one.news if news.at < created_at][-1:] if link.is_notice else []
    after = [news for news in one.news if _is_for(link, case, news.at)]
    said = case.reading.keys
    news = tuple(news for news in (*before, *after) if f"{RELAY}{news.comment_id}" not in said)
    holding = _holding(one, case)
    is_new = holding is not None and _is_for(link, case, holding.at) and holding.key not in said
    return _Owed(news, holding if is_new else None)


def _is_for(link: Link, case: Case, at: datetime) -> bool:
    """Whether what was said at that instant is for this ticket. A request that was solved was not waiting for it, nor
    does it hear of old things where the rule is new."""
    reading = case.reading
    if link.is_notice:
        return at >= reading.ticket.created_at
    tags = reading.at("tags", at)
    was_over = reading.at("status", at) in OVER or (isinstance(tags, tuple) and AWAITING_TAG in tags)
    return _was_linked(reading, at) and not was_over and at > case.now - LATEST


def _was_linked(reading: Reading, at: datetime) -> bool:
    ticket = reading.ticket
    return at >= ticket.created_at and reading.at("problem_id", at) == ticket.problem_id


def _listens(case: Case, one: Incident) -> bool:
    """Whether a request is one on which updates are passed on now: its customer sees it, waits, and is not mailed what
    is said on the problem anyway. Once that is solved the resolution says it all."""
    ticket = case.reading.ticket
    problem = case.facts.linked[ticket.problem_id or 0].ticket
    waits = ticket.status not in OVER and not awaits_confirmation(ticket)
    reads_problem = ticket.requester_id == problem.requester_id or ticket.requester_id in problem.cc_ids
    return one.resolution is None and waits and ticket.is_public and not reads_problem


def _notice(one: Incident, case: Case) -> Ticket | None:
    """That of the request's customer. One that an agent has taken from the problem, or that is closed, says nothing."""
    ticket = case.reading.ticket
    found = case.facts.found.get(external_id(one.name, ticket.requester_id))
    return found if found is not None and found.problem_id == ticket.problem_id and found.status != "closed" else None


def _sends(one: Incident) -> bool:
    """Notices are being sent: not all contacts are told yet, and nothing has stopped it."""
    if one.is_kept_back:
        return False
    stops = [mark.audit_id for kind in ("stopped", "failing") if (mark := last_said(one, kind)) is not None]
    went_on = max(one.stop_ended, one.consent.audit_id if one.consent else 0)
    return last_said(one, "told") is None and not is_stopped(one) and max(stops, default=0) <= went_on


def _promised(one: Incident, audit_id: int, case: Case) -> datetime | None:
    """None where nothing was promised, or where it is past already: passed on that late, it would promise yesterday.
    Nor where no agent would be reminded of it."""
    if one.is_kept_back:
        return None
    due = next((promise.due for promise in (*one.promises, *one.held) if promise.audit_id == audit_id), None)
    return due if due is not None and due > case.now else None


def _holding(one: Incident, case: Case) -> _Holding | None:
    """The last one, unless staff have given news since or its promise is past: then it would say nothing."""
    promise = one.promise
    if promise is None or not one.is_running:
        return None
    about = f"{HOLDING}:{promise.audit_id}:"
    noted = [(mark, key) for key, mark in one.said.items() if key.startswith(about)]
    if not noted:
        return None
    mark, key = max(noted, key=lambda each: each[0].audit_id)
    due = _promised(one, mark.audit_id, case)
    return _Holding(one.key(key), mark.at, due) if due is not None else None


def _resolved(one: Incident, solve: Solve, says: list[Say], case: Case, zone: dict[str, str]) -> Say | int:
    """The confirmation with what was done, unless `says` tell it just above; the comment's id where its words are
    lacking."""
    last = one.news[-1].comment_id if one.news else None
    if any(say.key == f"{RELAY}{last}" for say in says):
        last = None
    comment_id = solve.comment_id or last
    text = case.facts.texts.get(comment_id, "") if comment_id is not None else ""
    if comment_id is not None and comment_id not in case.facts.texts and case.now < solve.at + _LAG:
        return comment_id
    return confirmation(one, solve, text, **zone)


def _knows(case: Case, solve: Solve) -> bool:
    """We have said it, or Zendesk has copied the comment with which the problem was solved."""
    return f"resolved:{solve.audit_id}" in case.reading.keys or any(
        audit.at >= solve.at - _SKEW and any(comment.public for comment in audit.comments) for audit in _cascades(case)
    )


def _cascades(case: Case) -> Iterator[Audit]:
    problem_id = case.reading.ticket.problem_id
    return (audit for audit in case.reading.audits if audit.problem_id == problem_id is not None)


def _cascade_until(solve: Solve, link: Link, case: Case) -> datetime | None:
    """How long Zendesk's own copy may still come; None if it will not."""
    came = any(audit.at >= solve.at - _SKEW for audit in _cascades(case))
    if solve.comment_id is None or came or case.reading.ticket.status == "solved":
        return None
    is_solved_by_us = link.is_notice and _is_ours_to_solve(case.reading, solve)
    until = solve.at + (CASCADE_TAKES if is_solved_by_us else CASCADE_TAKES_LONGEST)
    return until if case.now < until else None


def _answered(case: Case) -> Iterator[Action]:
    """A notice that its contact has answered: somebody has to read it."""
    answer = case.reading.answer_to_us
    if answer is None:
        return
    key = f"answered:{answer.audit_id}"
    if key not in case.reading.keys:
        yield Say(
            "agents", "major_incident.answered", key, answer.at, {"zone": case.rulebook.zone.key, "at": answer.at}
        )
        yield from reaches_somebody(case, answer.at)


def _status(case: Case, said: _Told, solve: Solve | None) -> Iterator[SetStatus]:
    """Of a notice that nobody has answered: it waits, and once the resolution is told it is solved. What an agent opens
    after that stays open."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "notice" or not reading.audits:
        return
    since = max(say.since for say in said.says) if said.says else reading.audits[-1].at
    if said.over:
        if ticket.status != "solved" and _is_ours_to_solve(reading, solve):
            yield SetStatus("solved", since)
    elif ticket.status == "solved" and said.says:
        yield SetStatus("pending", since)  # it is down again
    elif ticket.status in ("new", "open") and is_opened_by_a_machine(reading):
        yield SetStatus("pending", since)


def _is_ours_to_solve(notice: Reading, solve: Solve | None) -> bool:
    """Nobody has answered it, and no agent has opened it since."""
    return notice.kind == "notice" and not (solve is not None and is_set_by_staff_since(notice, solve.at))


def _bounced(case: Case) -> Iterator[AddTag]:
    back = came_back_at(case.reading)
    if back is not None:
        yield AddTag(BOUNCED_TAG, back)
