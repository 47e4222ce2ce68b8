"""What the confirmation page does on a ticket: look whether an answer is still waited for, and record the one given.

`web/confirm.py` calls it. It is the one place besides `reconcile.py` that writes to tickets: one PUT, fenced by the
stamp and carrying its key like any other, and an internal note. What follows from the answer (solved, or open again) is
decided by `confirmation_hold`, which finds the key in the ticket's history; that it was used is kept nowhere else.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from zdsync.brakes import Refusal
from zdsync.clock import milliseconds
from zdsync.core.automation import Case
from zdsync.core.automations.confirmation_hold import Settings
from zdsync.core.episode import link_keys, read_episode
from zdsync.core.history import Reading
from zdsync.core.links import Link
from zdsync.core.model import Audit, History, Message, Ticket, Update
from zdsync.core.rulebook import Rule, Rulebook
from zdsync.core.templates import FALLBACK
from zdsync.core.when import check
from zdsync.parts import SETTLE, Parts
from zdsync.reconcile import people_of, read_audits
from zdsync.rules.current import RulesDiffer
from zdsync.store.connection import REDIS_AWAY
from zdsync.zendesk import convert
from zdsync.zendesk.errors import Closed, Conflict, NotFound, Unclear, ZendeskError

Answer = Literal["yes", "no"]

State = Literal["open", "recorded", "answered", "ended", "stopped", "busy", "unsure", "away"]
"""`open`: an answer is waited for. `recorded`: just now. `answered`: before. `ended`: nobody asks any more. `stopped`:
the brakes allow no writing. `busy`: others kept writing. `unsure`: no reply to the write. `away`: no Zendesk."""

STILL_ASKED = frozenset({"awaiting", "chasing", "snoozed", "unanswered"})
"""What `confirmation_hold` says of a ticket that waits for an answer to the question that it has asked."""

WRITES = 3
"""So often an answer is written before the customer is asked to try again."""

LOOKS = 7
"""The same for reading: a ticket is left alone for two seconds after each change."""

MOST_SAID = 2000
"""Characters of what a customer types that go into the note."""

_LINE = 400
"""Characters of one line there; longer values are cut."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class View:
    """What the page has to tell."""

    state: State
    answer: Answer | None = None
    """What was answered, where something was."""
    subject: str = ""
    """Of the request, where the rule lets the page show it. Never logged."""
    locale: str | None = None
    """The requester's, if it is known."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look at the ticket."""

    view: View
    ticket: Ticket
    audits: tuple[Audit, ...]
    rulebook: Rulebook
    settled: bool
    """Its stamp's second is over and its audits reach it: it may be written to."""


def look(link: Link, parts: Parts) -> View:
    """How it stands. Changes nothing. Raises what Redis raises."""
    try:
        return _look(link, parts).view
    except (NotFound, Closed):
        return View("ended")
    except (ZendeskError, RulesDiffer) as error:
        log.warning("the confirmation page cannot look", ticket=link.ticket_id, why=type(error).__name__)
        return View("away")


def answer(link: Link, given: Answer, said: str, parts: Parts, pause: Callable[[float], object]) -> View:
    """Record the answer unless there is one, or nobody asks any more. Raises what Redis raises before the write.

    `said`: what was typed, anything. `pause` waits so many seconds.
    """
    view = _answer(link, given, said, parts, pause)
    outcome = given if view.state == "recorded" else view.state
    with suppress(*REDIS_AWAY):  # the answer stands on the ticket, where the poll finds it
        if view.state in ("recorded", "unsure"):
            parts.due.hint([link.ticket_id], "live", milliseconds(parts.clock.now() + SETTLE))
        parts.metrics.count("zdsync_link_answers_total", outcome=outcome)
    log.info("confirmation by link", ticket=link.ticket_id, outcome=outcome)
    return view


def _answer(link: Link, given: Answer, said: str, parts: Parts, pause: Callable[[float], object]) -> View:
    writes, unsure, view = 0, False, View("busy")
    try:
        for _ in range(LOOKS):
            seen = _look(link, parts)
            view = seen.view
            if unsure and view.answer == given:
                return replace(view, state="recorded")  # by the request whose reply was lost
            if view.state != "open":
                return view
            if not seen.settled:
                pause(SETTLE.total_seconds())
                continue
            if writes == WRITES:
                break
            writes += 1
            try:
                _write(link, given, said, seen, parts)
            except Conflict:
                continue
            except Unclear:
                unsure = True
                pause(SETTLE.total_seconds())
                continue
            return replace(view, state="recorded", answer=given)
    except (NotFound, Closed):
        return View("ended")
    except (ZendeskError, RulesDiffer) as error:
        log.warning("the confirmation page cannot write", ticket=link.ticket_id, why=type(error).__name__)
        return replace(view, state="unsure" if unsure else "away")
    return replace(view, state="unsure" if unsure else "busy")


def _look(link: Link, parts: Parts) -> _Seen:
    fetched = parts.zendesk.ticket(link.ticket_id)
    ticket = fetched.ticket
    rulebook = parts.rulebook()
    if ticket.status in ("closed", "deleted"):
        return _Seen(View("ended"), ticket, (), rulebook, settled=False)
    audits = read_audits(ticket.id, parts.cache.load(ticket.id) or (), parts, "live")
    people = people_of(ticket, audits, parts, "live")
    facts = parts.facts(rulebook, people)
    case = Case(Reading(History(ticket, audits), facts), facts, rulebook, parts.clock.now())
    requester = people.get(ticket.requester_id)
    view = replace(_judge(link, case, parts), locale=requester.locale if requester else None)
    settled = bool(audits) and audits[-1].at >= ticket.updated_at and fetched.date >= ticket.updated_at + SETTLE
    return _Seen(view, ticket, audits, rulebook, settled)


def _judge(link: Link, case: Case, parts: Parts) -> View:
    """How the question stands, and whether the brakes let an answer be recorded."""
    view = stands(link, case)
    if view.state != "open":
        return view
    # The caps bound what we write of ourselves; an answer is the customer's.
    brake = parts.brakes.ask(link.ticket_id, Update(), case.rulebook, case.now)
    return replace(view, state="stopped") if isinstance(brake, Refusal) else view


def stands(link: Link, case: Case) -> View:
    """What the ticket's history says of the question. Pure; stories ask it, too."""
    yes, no = link_keys(link.solve_id)
    given: Answer | None = "yes" if yes in case.reading.keys else "no" if no in case.reading.keys else None
    found = _hold_of(case)
    subject = case.reading.ticket.subject if found and found[1].link_shows == "subject" else ""
    if given:
        return View("answered", given, subject)
    if found is None:
        return View("stopped")  # the rule is not live any more, or not for this ticket: nobody would act on it
    rule, settings = found
    awaiting = case.facts.status_ids.get(settings.status)
    episode = read_episode(case.reading, awaiting, case.rulebook.live_since)
    asked = episode.solve is not None and episode.solve.audit_id == link.solve_id
    is_asked = asked and rule.automation.decide(case, settings).outcome in STILL_ASKED
    return View("open" if is_asked else "ended", subject=subject)


def _hold_of(case: Case) -> tuple[Rule, Settings] | None:
    """The live rule that holds this ticket."""
    ticket, fields = case.reading.ticket, case.facts.field_ids
    if not check(case.rulebook.scope, ticket, fields).held:
        return None
    for rule in case.rulebook.rules:
        if isinstance(rule.settings, Settings) and rule.mode == "live" and check(rule.when, ticket, fields).held:
            return rule, rule.settings
    return None


def _write(link: Link, given: Answer, said: str, seen: _Seen, parts: Parts) -> None:
    update = recorded(link, given, said, seen.ticket, seen.rulebook)
    body = convert.payload(update, seen.ticket, at=parts.clock.now(), rulebook_hash=seen.rulebook.hash)
    audit = parts.zendesk.update(link.ticket_id, body)
    with suppress(*REDIS_AWAY):
        if audit is not None:
            parts.cache.save(link.ticket_id, (*seen.audits, audit))


def recorded(link: Link, given: Answer, said: str, ticket: Ticket, rulebook: Rulebook) -> Update:
    """The update that records an answer: a note for agents, and the key that `core/episode.py` looks for."""
    values = {"answer": given, "assigned": ticket.assignee_id is not None, "said": lines(said)}
    note = rulebook.templates.render("confirmation_hold.link_answer", FALLBACK, **values)
    return Update(message=Message("agents", note), keys=(link_keys(link.solve_id)[given == "no"],))


def lines(said: str) -> tuple[str, ...]:
    """What was typed, cut to what a note bears; each line is made harmless when the text is rendered."""
    kept = said.strip()
    if len(kept) > MOST_SAID:
        kept = kept[: MOST_SAID - 1] + "…"
    return tuple(
        part
        for line in kept.splitlines()
        for part in textwrap.wrap(line, _LINE, break_on_hyphens=False, replace_whitespace=False)
    )
