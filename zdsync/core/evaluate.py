"""The one decision: a ticket's history, a few facts, the rules, the time -> what to change now and when to look again.

Pure. `reconcile.py` carries the plan out; `plan`, `explain`, rule tests, replays and the dashboard show the same one.
The brakes that concern a single ticket are here: nothing outside `scope`, nothing caused by a fact from before
`live_since`, nothing said twice, and no more messages in a day than the cap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from zdsync.core.actions import Action, MailContacts, MergeInto, OpenTasks, Say, SendNotices, SetStatus
from zdsync.core.automation import Case, Decision
from zdsync.core.clocks import Measured
from zdsync.core.compose import Wish, compose
from zdsync.core.history import Reading
from zdsync.core.model import Facts, History, Notices, Tasks, Update
from zdsync.core.rulebook import Rule, Rulebook, Source
from zdsync.core.when import Verdict, check

DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule (or, with `rule` None, the flow around the rules) came to."""

    rule: str | None
    source: Source | None
    outcome: str
    """Named, to count by: `off`, `does-not-apply`, `out-of-scope`, `closed`, `capped`, or the automation's own."""
    words: str
    verdict: Verdict | None = None
    """Of the rule's `when`, or of `scope`."""
    wants: tuple[Action, ...] = ()
    """What it asks for; what is so already is not changed again."""
    dropped: tuple[str, ...] = ()
    """What it asks for in vain, and why, in words."""


class Create(NamedTuple):
    """Tickets that a rule in shadow would create."""

    rule: str
    action: SendNotices | OpenTasks


@dataclass(frozen=True, slots=True)
class Plan:
    updates: tuple[Update, ...] = ()
    """Of live rules, in order; after the first one the ticket is read and evaluated again."""
    shadow: tuple[Update, ...] = ()
    """What shadow rules would do."""
    shadow_creates: tuple[Create, ...] = ()
    """What they would create, whatever else there is left to do."""
    notices: Notices | None = None
    """What is to be created once there is no update left; never together with one."""
    tasks: Tasks | None = None
    """Likewise, before the notices."""
    wake_at: datetime | None = None
    """Always after `now`. Until then nothing becomes due unless the ticket changes."""
    reasons: tuple[Reason, ...] = ()
    clocks: tuple[Measured, ...] = ()
    unusable: tuple[str, ...] = ()
    """What of the history could not be read, or was assumed, in words for `explain`."""


def evaluate(history: History, facts: Facts, rulebook: Rulebook, now: datetime) -> Plan:
    """Decide on one ticket. `now` is aware, in the account's time, and not before the last audit.

    Raises ValueError for a naive `now`, and jinja2's errors for a text that `check` would have refused.
    """
    if now.utcoffset() is None:
        raise ValueError("now must be an aware instant")
    ticket = history.ticket
    if ticket.status in ("closed", "deleted"):
        return Plan(reasons=(Reason(None, None, "closed", f"the ticket is {ticket.status}: nothing can be changed"),))
    scope = check(rulebook.scope, ticket, facts.field_ids)
    if not scope.held:
        return Plan(reasons=(Reason(None, None, "out-of-scope", "the ticket is outside of scope", scope),))

    case = Case(Reading(history, facts), facts, rulebook, now)
    live: list[Wish] = []
    shadow: list[Wish] = []
    reasons: list[Reason] = []
    wakes: list[datetime] = []
    clocks: list[Measured] = []
    notices: list[Notices] = []
    tasks: list[Tasks] = []
    shadow_creates: list[Create] = []
    alone: str | None = None
    for rule in rulebook.rules:
        reason, decision = _ask(rule, case)
        reasons.append(reason)
        if decision is not None and decision.alone and rule.mode == "live":
            alone = alone or rule.name
        for action in reason.wants:
            if not isinstance(action, SendNotices | OpenTasks):
                (live if rule.mode == "live" else shadow).append(Wish(rule.name, action))
            elif rule.mode != "live":
                shadow_creates.append(Create(rule.name, action))
            elif isinstance(action, OpenTasks):
                tasks.append(Tasks(action.tasks, rule.name, action.since))
            else:
                notices.append(Notices(action.campaign, action.to, rule.name, action.since))
        if decision is not None:
            clocks += [clock for clock in decision.clocks if clock not in clocks]
            wakes += [decision.wake_at] if decision.wake_at else []

    if alone is not None and any(wish.rule != alone for wish in live):
        reasons.append(Reason(None, None, "alone", f'what the other rules want waits for "{alone}"'))
        live = [wish for wish in live if wish.rule == alone]
    wanted = _updates(live, case)
    updates, opens_at = _within_cap(wanted, case)
    if opens_at is not None:
        words = f"{rulebook.caps.per_ticket_per_day} messages in 24 hours is the most: what is left is said later"
        reasons.append(Reason(None, None, "capped", words))
        wakes.append(opens_at)
    return Plan(
        updates=updates,
        tasks=tasks[0] if tasks and not wanted else None,
        notices=notices[0] if notices and not wanted else None,
        shadow=compose(shadow, ticket, facts, rulebook.templates),
        shadow_creates=tuple(shadow_creates),
        wake_at=min(wakes, default=None),
        reasons=tuple(reasons),
        clocks=tuple(clocks),
        unusable=case.reading.unusable,
    )


def _updates(live: list[Wish], case: Case) -> tuple[Update, ...]:
    """What live rules want. A rule that moves the status goes first and alone: what the others want was worked out from
    a status that will not be there any more (an automatic mail had opened the ticket, say). But what a campaign tells
    goes with it, before its own words: it holds in any status, and a customer who is asked whether all is completed has
    to know first that the outage is over."""
    ticket, facts, templates = case.reading.ticket, case.facts, case.rulebook.templates
    mover = next((wish.rule for wish in live if isinstance(wish.action, SetStatus)), None)
    if mover is not None:
        its = [wish for wish in live if wish.rule == mover]
        if any(update.moves_ticket for update in compose(its, ticket, facts, templates)):
            told = [wish for wish in live if wish.rule != mover and isinstance(wish.action, Say) and wish.action.to_all]
            return compose([*told, *its], ticket, facts, templates)
    return compose(live, ticket, facts, templates)


def _ask(rule: Rule, case: Case) -> tuple[Reason, Decision | None]:
    """The rule's reason, with the actions that may stand, and the automation's decision if it was asked."""
    if rule.mode == "off":
        return Reason(rule.name, rule.source, "off", "the rule is switched off"), None
    verdict = check(rule.when, case.reading.ticket, case.facts.field_ids)
    if not verdict.held:
        return Reason(rule.name, rule.source, "does-not-apply", "its when does not hold", verdict), None
    decision = rule.automation.decide(case, rule.settings)
    if decision.wake_at is not None and decision.wake_at <= case.now:
        raise ValueError(f"{rule.automation.name} asked to be woken at {decision.wake_at}, which is not after now")
    wants: list[Action] = []
    dropped: list[str] = []
    for action in decision.actions:
        if action.since < case.rulebook.live_since:
            dropped.append(f"{action.words}: not for what happened before live_since")
        elif isinstance(action, Say | MergeInto | MailContacts) and action.key in case.reading.keys:
            dropped.append(f"{action.words}: said already")
        else:
            wants.append(action)
    outcome, words = decision.outcome, decision.words
    return Reason(rule.name, rule.source, outcome, words, verdict, tuple(wants), tuple(dropped)), decision


def _without_message(update: Update) -> Update:
    """What does not depend on its message; each section of that has one key and, at the end, one sentence."""
    words = update.words[: len(update.words) - len(update.keys)]
    if update.merge is not None:
        words = tuple(each for each in words if each != f"merge it into #{update.merge.into}")
    if update.post is not None:
        words = tuple(each for each in words if each != f"mail {len(update.post.to)} contacts")
    gone = update.tags_of_message
    return replace(
        update,
        message=None,
        merge=None,
        post=None,
        keys=(),
        against=(),
        to_all=False,
        add_tags=update.add_tags - gone,
        words=tuple(each for each in words if not any(each.endswith(f" {tag}") for tag in gone)),
        tags_of_message=frozenset(),
    )


def _within_cap(updates: tuple[Update, ...], case: Case) -> tuple[tuple[Update, ...], datetime | None]:
    """The updates with as many messages as the day allows, and when the next one is allowed if any was held back."""
    if not any(update.speaks for update in updates):
        return updates, None
    recent = [at for at in case.reading.own_messages if at > case.now - DAY]
    left = max(case.rulebook.caps.per_ticket_per_day - len(recent), 0)
    allowed: list[Update] = []
    held_back = False
    for update in updates:
        if update.speaks and not left and not update.to_all:  # what an agent tells everybody is not late for anybody
            held_back = True
            update = _without_message(update)
        elif update.speaks:
            left = max(left - 1, 0)
        if not update.is_empty:
            allowed.append(update)
    if not held_back:
        return tuple(allowed), None
    # With messages still to go out now, the first of these opens the window; planning after them finds the rest.
    opener = len(recent) - case.rulebook.caps.per_ticket_per_day
    return tuple(allowed), (recent[opener] if 0 <= opener < len(recent) else case.now) + DAY
