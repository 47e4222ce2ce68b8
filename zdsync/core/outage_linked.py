"""What a major incident means for the tickets that are linked to its problem: notices of ours, and customers' own.

Notices pass on each update that staff give on the problem; every linked ticket hears of the resolution. Each once, by
a key that follows from the problem's history, so it does not matter when and how often a ticket is looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.actions import Action, AddTag, Say, SetStatus
from zdsync.core.automation import Case, Decision
from zdsync.core.history import RELAY, Reading
from zdsync.core.incident import Incident, Solve, incidents
from zdsync.core.incident_down import News
from zdsync.core.model import Audit, Facts, History
from zdsync.core.notices import BOUNCED_TAG, contact_of
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import KIND, Settings, pace
from zdsync.core.outage_promises import HOLDING, lapses_at
from zdsync.core.templates import paragraphs

CASCADE_TAKES: Final = timedelta(minutes=2)
"""So long Zendesk may take to solve the incidents of a solved problem and copy its comment: what it says, we do not.
It leaves alone what is solved, so a notice that we have solved gets no copy later."""
CASCADE_TAKES_LONGEST: Final = timedelta(minutes=10)
"""The same for customers' own tickets, which we do not solve."""
_SKEW: Final = timedelta(seconds=5)
"""By so much the instants of two tickets may be out of order."""
_NOT_KNOWN: Final = timedelta(minutes=1)
_LAG: Final = timedelta(minutes=2)
"""So long the words of a comment may be lacking though it is known of; after that they are not public any more."""


def wants(history: History, facts: Facts, now: datetime) -> Collection[int]:
    """The problem."""
    ticket = history.ticket
    return (ticket.problem_id,) if ticket.problem_id is not None and ticket.status != "closed" else ()


def spreads(audit: Audit) -> bool:
    """Linked tickets have to hear of a holding message; of all else that concerns them staff tell in public."""
    return any(key.startswith(f"{KIND}:") and f":{HOLDING}:" in key for key in audit.keys)


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
        actions += _status(case, said)
        actions += _bounced(case)
    if said.missing:
        words = f"what was said in comment {said.missing} of the problem is not known yet"
        return Decision("words-unknown", words, tuple(actions), case.now + _NOT_KNOWN)
    if said.says:
        return Decision("telling", "its customer is told what is new", tuple(actions), wake_at)
    kind = "notice" if link.is_notice else "request"
    return Decision("told", f"a {kind} of the major incident {link.one.name}", tuple(actions), wake_at)


class _Told(NamedTuple):
    """What is to be said now."""

    says: tuple[Say, ...] = ()
    wake_at: datetime | None = None
    over: bool = False
    """The resolution is told, with this or before."""
    missing: int = 0
    """The comment of the problem whose words are lacking."""


def _words(link: Link, case: Case, settings: Settings) -> _Told:
    one, reading = link.one, case.reading
    person = case.facts.people.get(reading.ticket.requester_id)
    if person is None or person.suspended or person.id in case.facts.own_user_ids:
        return _Told(over=one.resolution is not None)
    zone = {"zone": person.time_zone, "service": settings.service}
    solve = one.resolution
    if solve is not None and _knows(case, solve):
        return _Told(over=True)  # an older update, said after it, would only confuse
    news = _owed(one, case) if link.is_notice else []
    says: list[Say] = []
    for index, each in enumerate(news):
        text = case.facts.texts.get(each.comment_id)
        if text is None and case.now < each.at + _LAG:
            return _Told(tuple(says), missing=each.comment_id)
        if text is None:
            continue  # it is not public any more
        last = index == len(news) - 1 and solve is None
        values = {"words": paragraphs(text), "promised": _promised(one, each, case) if last else None, **zone}
        key = f"{RELAY}{each.comment_id}"
        says.append(Say("customer", "major_incident.update", key, each.at, values, to_all=True))
    if link.is_notice and not news and solve is None:
        says += _holding(one, case, settings, zone)
    if solve is None:
        return _Told(tuple(says))
    wake_at = _cascade_until(solve, link, case)
    if wake_at is not None:
        return _Told((), wake_at)
    if not link.is_notice and reading.at("problem_id", solve.at) != reading.ticket.problem_id:
        return _Told()  # it was linked later: that customer has never waited for this
    resolved = _resolved(one, solve, case, zone)
    if isinstance(resolved, int):
        return _Told(missing=resolved)
    return _Told((*says, resolved), over=True)


def _owed(one: Incident, case: Case) -> list[News]:
    """The updates that the contact has not heard of. Of those from before the notice only the last one matters."""
    made_at = case.reading.ticket.created_at
    before = [news for news in one.news if news.at < made_at]
    after = [news for news in one.news if news.at >= made_at]
    return [news for news in (*before[-1:], *after) if f"{RELAY}{news.comment_id}" not in case.reading.keys]


def _promised(one: Incident, news: News, case: Case) -> datetime | None:
    """None where nothing was promised, or where it is past already: passed on that late, it would promise yesterday."""
    due = next((promise.due for promise in one.promises if promise.audit_id == news.audit_id), None)
    return due if due is not None and due > case.now else None


def _holding(one: Incident, case: Case, settings: Settings, zone: dict[str, str]) -> Iterator[Say]:
    """The last holding message that was noted on the problem, unless staff have given news since."""
    promise = one.promise
    if promise is None or not one.is_running:
        return
    about = f"{HOLDING}:{promise.audit_id}:"
    noted = [(mark, key) for key, mark in one.said.items() if key.startswith(about)]
    mark, key = max(noted, key=lambda each: each[0].audit_id, default=(None, ""))
    if mark is None or mark.at < case.reading.ticket.created_at or one.key(key) in case.reading.keys:
        return
    n = int(key.removeprefix(about))
    values = {"promised": lapses_at(promise, n + 1, case, settings), **zone}
    yield Say("customer", "major_incident.holding", one.key(key), mark.at, values, to_all=True)


def _resolved(one: Incident, solve: Solve, case: Case, zone: dict[str, str]) -> Say | int:
    """The confirmation with how long it lasted and what was done; the comment's id where its words are lacking."""
    last = one.news[-1].comment_id if one.news else None
    comment_id = solve.comment_id or last
    text = case.facts.texts.get(comment_id, "") if comment_id is not None else ""
    if comment_id is not None and comment_id not in case.facts.texts and case.now < solve.at + _LAG:
        return comment_id
    down = next((each for each in reversed(one.downs) if each.end_audit == solve.audit_id), None)
    began, ended = (down.began, down.ended or solve.at) if down else (one.declared.at, solve.at)
    values = {"words": paragraphs(text), "began": began, "ended": ended, "length": ended - began, **zone}
    return Say("customer", "major_incident.resolved", f"resolved:{solve.audit_id}", solve.at, values, to_all=True)


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
    until = solve.at + (CASCADE_TAKES if link.is_notice else CASCADE_TAKES_LONGEST)
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


def _status(case: Case, said: _Told) -> Iterator[SetStatus]:
    """Of a notice that nobody has answered: it waits, and once the resolution is told it is solved."""
    reading, ticket = case.reading, case.reading.ticket
    if reading.kind != "notice" or not reading.audits:
        return
    since = max(say.since for say in said.says) if said.says else reading.audits[-1].at
    if said.over:
        if ticket.status != "solved":
            yield SetStatus("solved", since)
    elif ticket.status == "solved" and said.says:
        yield SetStatus("pending", since)  # it is down again
    elif ticket.status in ("new", "open") and _opened_by_a_machine(reading):
        yield SetStatus("pending", since)


def _opened_by_a_machine(reading: Reading) -> bool:
    automatic = {said.audit_id for said in reading.comments if said.automatic}
    return reading.timeline("status")[-1].audit_id in automatic


def _bounced(case: Case) -> Iterator[AddTag]:
    back = [said for said in case.reading.comments if said.automatic and said.undelivered and said.by != "staff"]
    if back:
        yield AddTag(BOUNCED_TAG, back[0].at)
