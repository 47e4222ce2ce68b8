"""The campaign of a major incident, decided on the problem: a countdown, the go, a few notices and then all others.

Each step is a note that says what comes next and how to stop it, and is taken only once the note before it is there.
Nothing is sent that was not announced, or against a tag that says stop; what looks odd waits for an agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.actions import Action, AddTag, Say, SendNotices
from zdsync.core.automation import Case, Decision, Reaches
from zdsync.core.durations import as_written
from zdsync.core.incident import SEND_TAG, STOP_TAG, Incident, Mark
from zdsync.core.model import Campaign, Person, Reach
from zdsync.core.notify import reaches_somebody
from zdsync.core.outage import KIND, LATEST, OUTAGE_TAG, Settings, first_words, pace
from zdsync.core.outage_notes import (
    Count,
    contacts_of,
    counted,
    in_zone,
    is_stopped,
    last_said,
    last_told_at,
    numbers,
    spent_tags,
    stopped_note,
    too_slow,
)
from zdsync.core.spans import Span

LOOK_AGAIN: Final = timedelta(minutes=30)
"""How often it is seen who has joined the audience while it lasts."""
_NOT_KNOWN: Final = timedelta(minutes=1)
_ALL_OF_A_FEW: Final = 0.5
"""So large a part of the first notices may fail: they are too few for `stop_if_failed`."""


def reaches(one: Incident | None, case: Case, settings: Settings) -> Reaches | None:
    """Whom it is for: while it is counted down, and as long as somebody may still have to be told or counted."""
    if one is None or one.called_off is not None or (case.reading.ticket.status == "solved" and one.go is None):
        return None
    if one.go is None:
        return Reaches("", settings.audience, KIND, asks_for_another=settings.hold_while_another)
    last = one.resolution.audit_id if one.resolution else 0
    told_of = last_said(one, "told") is not None or f"stopped:{last}" in one.said
    if one.is_kept_back or (not one.is_running and told_of):
        return None
    word = one.consent if one.consent and one.consent.audit_id > one.go.audit_id else None
    return Reaches(
        one.name,
        settings.audience,
        KIND,
        tried_again=word.at if word else None,
        asks_for_another=settings.hold_while_another and not _goes_on(one),
        older_than=(one.go.at, one.go.audit_id),
    )


def sending(one: Incident, case: Case, settings: Settings) -> Decision:
    """What the campaign comes to now."""
    if one.go is not None:
        return _after_go(one, case, settings)
    if one.called_off is not None:
        words = "it is no urgent problem any more: nothing was sent"
        return Decision("called-off", words, tuple(stopped_note(one, case, "priority", one.called_off)))
    if _lowered(case) is not None:  # it had been solved before that
        return Decision("called-off", "it is no urgent problem any more: nothing was sent")
    if case.reading.ticket.status == "solved":
        mark = one.solved_early or one.declared
        return Decision("solved", "it is solved: nothing was sent", tuple(stopped_note(one, case, "solved", mark)))
    return _before_go(one, case, settings)


# --- before the go ------------------------------------------------------------------------------------------------


def _before_go(one: Incident, case: Case, settings: Settings) -> Decision:
    reach, now = case.facts.reach, case.now
    if is_stopped(one):
        assert one.stopped is not None, "that is what stops it"
        return Decision("stopped", f"the tag {STOP_TAG} stops it", tuple(stopped_note(one, case, "tag", one.stopped)))
    if reach is None:
        return Decision("audience-unknown", "whom it would reach is not known", wake_at=now + _NOT_KNOWN)
    contacts = contacts_of(reach, case)
    countdown, held = last_said(one, "countdown"), last_said(one, "held")
    if countdown is None and held is None and one.consent is None and now > one.declared.at + LATEST:
        return Decision("too-late", "it was declared too long ago to be announced by itself")
    why = _hold(one, reach, contacts, settings) or _late(one, case, countdown, settings)
    if why and held is None:
        return _held(one, case, why, contacts)
    if held is not None and not _allowed(one, held):
        actions = tuple(spent_tags(one, case, held))
        return Decision("held", f"it waits for the tag {SEND_TAG}", actions)
    if settings.countdown is not None and one.consent is None:
        words = f"{len(contacts)} contacts are told after a countdown"
        if countdown is None or _is_taken_back_after(one, countdown):
            note = _countdown(one, case, settings.countdown, contacts, settings)
            return Decision("counting-down", words, (note, *reaches_somebody(case, note.since)))
        if now < countdown.at + settings.countdown:
            return Decision("counting-down", words, wake_at=countdown.at + settings.countdown)
    return _go(one, case, settings, reach, contacts)


def _countdown(one: Incident, case: Case, length: timedelta, contacts: tuple[Person, ...], settings: Settings) -> Say:
    """The note from which it is counted, and another one after each stop that was taken back."""
    reach, at = case.facts.reach, case.now + length
    assert reach is not None, "the caller has looked"
    last, slow = last_told_at(at, contacts, reach, settings), too_slow(contacts, reach, settings)
    values = numbers(case, contacts, at=at, length=length, last=last, slow=slow, every=settings.every)
    before = last_said(one, "countdown")
    key = one.key("countdown", one.stop_ended) if before is not None else one.key("countdown")
    return Say("agents", "major_incident.countdown", key, one.declared.at, values)


def _is_taken_back_after(one: Incident, countdown: Mark) -> bool:
    """Whether somebody has taken a stop back since that note: what it says is past."""
    return one.stop_ended > countdown.audit_id


def _held(one: Incident, case: Case, why: str, contacts: tuple[Person, ...]) -> Decision:
    since, reach = one.declared.at, case.facts.reach
    values = numbers(case, contacts, why=why, other=reach.running if reach else None)
    note = Say("agents", "major_incident.held", one.key("held", why), since, values)
    return Decision("held", f"it waits for the tag {SEND_TAG}: {why}", (note, *reaches_somebody(case, since)))


def _hold(one: Incident, reach: Reach, contacts: tuple[Person, ...], settings: Settings) -> str:
    """Why an agent has to look at it first; empty where nothing is odd."""
    if one.solved_early is not None:
        return "solved"
    if not contacts:
        return "empty"
    if settings.hold_while_another and reach.running is not None:
        return "another"
    grown = (
        settings.hold_if_grown is not None and reach.before and len(contacts) > settings.hold_if_grown * reach.before
    )
    return "grown" if grown else ""


def _late(one: Incident, case: Case, countdown: Mark | None, settings: Settings) -> str:
    """Whether it should have gone long ago: we were stopped meanwhile, and what was true then may not be so now."""
    begun = one.consent.at if one.consent else _counting_since(one, case, countdown)
    counted = settings.countdown if settings.countdown is not None and one.consent is None else timedelta(0)
    return "late" if begun is not None and case.now > begun + counted + LATEST else ""


def _allowed(one: Incident, held: Mark | None) -> bool:
    """An agent has asked for sending after reading why it waits."""
    return held is not None and one.consent is not None and one.consent.audit_id > held.audit_id


def _counting_since(one: Incident, case: Case, countdown: Mark | None) -> datetime | None:
    """From its note, or, until there is a new one, from where somebody has taken the stop back."""
    if countdown is None or not _is_taken_back_after(one, countdown):
        return countdown.at if countdown else None
    return next(audit.at for audit in case.reading.audits if audit.id == one.stop_ended)


def _go(one: Incident, case: Case, settings: Settings, reach: Reach, contacts: tuple[Person, ...]) -> Decision:
    promise = pace(settings, case.rulebook)
    first = min(settings.canary.contacts, len(contacts)) if settings.canary else 0
    values = {
        **numbers(case, contacts, first=first if first < len(contacts) else 0),
        "last": last_told_at(case.now, contacts, reach, settings),
        "due": promise.schedule.add(case.now, promise.every),
        "every": promise.every,
    }
    since = one.declared.at
    key = one.key("go", len(contacts), as_written(settings.every).replace(" ", ""))  # keys have no blanks
    actions: list[Action] = [Say("agents", "major_incident.go", key, since, values)]
    actions += [AddTag(OUTAGE_TAG, since), *reaches_somebody(case, since), *spent_tags(one, case)]
    return Decision("going", f"{len(contacts)} contacts are told now", tuple(actions))


# --- after the go -------------------------------------------------------------------------------------------------


def _goes_on(one: Incident) -> bool:
    """It does not matter any more whether another one has gone out first: contacts were told, or an agent wants it."""
    begun = last_said(one, "canary") is not None or last_said(one, "told") is not None
    return begun or _allowed(one, last_said(one, "held"))


def _after_go(one: Incident, case: Case, settings: Settings) -> Decision:
    """The next notices, or the note that says why there are none."""
    assert one.go is not None, "the caller has looked"
    if one.is_kept_back:
        words = f"another one was told just before: it waits for the tag {SEND_TAG}"
        return Decision("held", words, tuple(spent_tags(one, case, last_said(one, "held"))))
    reach = case.facts.reach
    tidy: tuple[Action, ...] = (*spent_tags(one, case), *_untold(one, case))
    if reach is None or not reach.is_of(one.name):
        again = case.now + _NOT_KNOWN if one.is_running else None
        return Decision(
            "told" if not one.is_running else "audience-unknown", "whom it is for is not known", tidy, again
        )
    contacts = contacts_of(reach, case)
    left = tuple(person for person in contacts if person.id not in reach.told | reach.refused)
    count = Count(left, len(reach.told), tuple(sorted(reach.refused)), len(reach.bounced))
    if not one.is_running:
        mark = _ended_by(one, case)
        unfinished = count.left and not last_said(one, "told")
        ended = tuple(stopped_note(one, case, "solved", mark, count)) if unfinished and mark else ()
        if not count.left:
            ended = tuple(_all_told(one, case, count, contacts))  # else nobody would know it: it ended first
        return Decision("over", "it is over: nobody else is told of it", (*tidy, *ended))
    if is_stopped(one):
        assert one.stopped is not None, "that is what stops it"
        return Decision(
            "stopped", f"the tag {STOP_TAG} stops it", tuple(stopped_note(one, case, "tag", one.stopped, count))
        )
    lowered = _lowered(case)
    if left and lowered is not None:
        first_told = last_said(one, "told") is None
        notes = tuple(stopped_note(one, case, "priority", lowered, count)) if first_told else ()
        return Decision("lowered", "it is no urgent problem any more: nobody else is told of it", (*tidy, *notes))
    if reach.running is not None and not count.tried and not _goes_on(one):  # two were counted down at the same time
        return _held(one, case, "another", contacts)
    failing = _failing(one, case, settings, count)
    if failing is not None:
        return Decision(failing.outcome, failing.words, (*tidy, *failing.actions), failing.wake_at)
    if left:
        return _next(one, case, settings, count, tidy)
    notes = tuple(_all_told(one, case, count, contacts))
    return Decision("all-told", f"all {count.told} contacts are told", (*tidy, *notes), case.now + LOOK_AGAIN)


def _all_told(one: Incident, case: Case, count: Count, contacts: tuple[Person, ...]) -> Iterator[Say]:
    """The note that nobody is left, once."""
    if one.go is not None and last_said(one, "told") is None:
        took = Span(one.go.at, case.now).in_minutes.length
        values = {**numbers(case, contacts), **counted(count), "took": took}
        yield Say("agents", "major_incident.told", one.key("told", count.told), one.go.at, values)


def _next(one: Incident, case: Case, settings: Settings, count: Count, tidy: tuple[Action, ...]) -> Decision:
    """The first few, then a pause, then all others."""
    assert one.go is not None, "the caller has looked"
    since, canary, left = one.go.at, settings.canary, count.left
    again = case.now + LOOK_AGAIN
    first, said = (canary.contacts if canary else 0), one.said.get("canary")
    if canary is None or said is not None or count.tried + len(left) <= first or last_said(one, "told") is not None:
        ready_at = said.at + canary.wait if said and canary else case.now
        if case.now < ready_at and not (one.consent and said and one.consent.audit_id > said.audit_id):
            return Decision("first-told", "the others are told after a pause", tidy, ready_at)
        words = f"{len(left)} contacts have no notice yet"
        return Decision("sending", words, (*tidy, SendNotices(_campaign(one, settings, case.now), left, since)), again)
    if count.tried < first:
        notices = SendNotices(_campaign(one, settings, case.now), left[: first - count.tried], since)
        return Decision("sending", f"the first {first} contacts are told", (*tidy, notices), again)
    at = case.now + canary.wait
    note = Say(
        "agents", "major_incident.canary", one.key("canary"), since, {**counted(count), "at": at, **in_zone(case)}
    )
    return Decision("first-told", "the others are told after a pause", (*tidy, note))


def _failing(one: Incident, case: Case, settings: Settings, count: Count) -> Decision | None:
    """Too many notices reach nobody: what was tried before an agent's last word on it does not count again."""
    assert one.go is not None, "the caller has looked"
    mark, before = _last_failing(one)
    if mark is not None and not (one.consent and one.consent.audit_id > mark.audit_id):
        return Decision("failing", f"too many could not be told: it waits for the tag {SEND_TAG}")
    limit = settings.stop_if_failed
    failed, tried = count.failed - before.bounced, count.tried - before.told
    too_many = failed >= limit.at_least and failed >= limit.share * tried
    canary = settings.canary
    if canary and tried == canary.contacts and failed > _ALL_OF_A_FEW * tried:
        too_many = True
    if not (too_many and count.left):
        return None
    key = one.key("failing", count.failed, count.tried, len(count.refused))
    note = Say("agents", "major_incident.failing", key, one.go.at, {**counted(count), **in_zone(case)})
    return Decision("failing", "too many could not be told", (note, *reaches_somebody(case, one.go.at)))


class _Before(NamedTuple):
    """What was tried before an agent's word to go on, without those who were refused: they are tried again."""

    bounced: int = 0
    told: int = 0


def _last_failing(one: Incident) -> tuple[Mark | None, _Before]:
    found: list[tuple[Mark, _Before]] = []
    for key, mark in one.said.items():
        kind, *numbers = key.split(":")
        if kind == "failing" and len(numbers) in (2, 3) and all(number.isdecimal() for number in numbers):
            # Older notes do not tell the third.
            failed, tried, refused = (int(number) for number in [*numbers, "0"][:3])
            found.append((mark, _Before(failed - refused, tried - refused)))
    return max(found, key=lambda each: each[0].audit_id, default=(None, _Before()))


def _untold(one: Incident, case: Case) -> Iterator[Action]:
    """A note that nobody hears of it where a rule or a customer has solved it while it was running."""
    if case.reading.ticket.status != "solved" or not one.is_waited_for:
        return
    moves = [move for move in case.reading.moves if move.to == "solved"]
    if moves and moves[-1].by != "staff":
        move = moves[-1]
        yield Say("agents", "major_incident.untold", one.key("untold", move.audit_id), move.at, in_zone(case))
        yield from reaches_somebody(case, move.at)


def _lowered(case: Case) -> Mark | None:
    """By what it has become less than an urgent problem; None: it is one."""
    ticket = case.reading.ticket
    if (ticket.priority, ticket.type) == ("urgent", "problem"):
        return None
    last = max(case.reading.timeline(name)[-1].audit_id for name in ("priority", "type"))
    audit = next((each for each in case.reading.audits if each.id == last), case.reading.audits[-1])
    return Mark(audit.at, audit.id, audit.author_id)


def _ended_by(one: Incident, case: Case) -> Mark | None:
    """What ended it: the last solve, by staff or not."""
    if one.solves:
        last = one.solves[-1]
        return Mark(last.at, last.audit_id, last.by)
    moves = [move for move in case.reading.moves if move.to in ("solved", "closed")]
    return Mark(moves[-1].at, moves[-1].audit_id, 0) if moves else None


def _campaign(one: Incident, settings: Settings, now: datetime) -> Campaign:
    """What it says follows from audits: who joins later is promised what the others were promised last."""
    values = first_words(one, settings.service, now)
    return Campaign(one.name, "major_incident.subject", "major_incident.notice", values, (OUTAGE_TAG,))
