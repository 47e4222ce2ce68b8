"""The three promises on tickets to which anything happens: what may never come of it, whatever the order.

People, rules and a clumsy desk act at random, zdsync does what is due in between, as the worker would.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import (
    AGENT,
    CUSTOMER,
    OTHER_AGENT,
    OUTSIDER,
    US,
    Story,
    a_rule_of,
    a_rulebook,
    applied,
    facts,
    paris,
)
from tests.core.stories import PRIORITIES, STATUSES
from zdsync.core.automations.confirmation_hold import CONFIRMED_TAG
from zdsync.core.controls import CLOSE_TAG, EXEMPT_TAG
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.evaluate import evaluate
from zdsync.core.history import Reading
from zdsync.core.model import Answer, Change, Priority, Status

RULES = a_rulebook(a_rule_of("confirmation_hold"), a_rule_of("update_cadence"), a_rule_of("sla_targets"))
KNOWN = facts()
START = paris("2026-11-23 08:00")
PASSES = 100
DAY = timedelta(hours=24)
SETTLE = timedelta(seconds=2)
LATER = timedelta(days=25)

BY_AGENTS = ("solve", "solve", "reply and solve", "reply", "reply and wait", "status", "priority", "take up", "assign")
IN_WORDS = ("tag", "untag", "command", "note")
BY_CUSTOMERS = ("answer", "answer", "answer", "automatic mail", "somebody else", "help center", "on behalf")
DEEDS = (*BY_AGENTS, *IN_WORDS, *BY_CUSTOMERS, "rule", "trigger")
TAGS = (CLOSE_TAG, EXEMPT_TAG, "zdsync_snooze_4h", "zdsync_snooze_2d")
COMMANDS = ("close duplicate", "confirm by phone", "snooze 4h", "cloze", "exempt")


class Deed(NamedTuple):
    what: str
    after: int
    """Seconds."""
    answer: Answer
    status: Status
    priority: Priority
    tag: str
    command: str
    away: bool
    """The worker does nothing before it."""


def deeds() -> st.SearchStrategy[list[Deed]]:
    after = st.one_of(st.integers(0, 3), st.integers(0, 3 * 3600), st.integers(0, 4 * 86400))
    each = st.builds(
        Deed,
        st.sampled_from(DEEDS),
        after,
        st.sampled_from([each for each in get_args(Answer) if each != "automatic"]),
        st.sampled_from(STATUSES),
        st.sampled_from(PRIORITIES),
        st.sampled_from(TAGS),
        st.sampled_from(COMMANDS),
        st.sampled_from([False, False, True]),
    )
    return st.lists(each, min_size=1, max_size=8)


def do(story: Story, deed: Deed, now: datetime) -> None:
    """One deed of somebody else."""
    ticket = story.ticket
    match deed.what:
        case "solve":
            story.status("solved", now)
        case "reply and solve":
            story.reply(now, status="solved")
        case "reply" | "take up":
            story.reply(now, status="open" if deed.what == "take up" else ticket.status)
        case "reply and wait":
            story.reply(now, OTHER_AGENT, status="pending")
        case "note":
            story.note(now)
        case "status":
            story.status(deed.status, now)
        case "priority":
            story.priority(deed.priority, now)
        case "answer":
            story.customer(now, answer=deed.answer)
        case "automatic mail":
            story.customer(now, flags=(4,))
        case "somebody else":
            story.customer(now, by=OUTSIDER, answer=deed.answer)
        case "help center":
            story.update(now, by=CUSTOMER, status="solved")
        case "on behalf":
            words = replace(story._comment(CUSTOMER, True, (11,)), answer=deed.answer)
            story.update(now, comment=words)
        case "rule":
            story.by_rule(now, status=deed.status)
        case "trigger":
            last = story.audits[-1]
            change = Change("status", deed.status, ticket.status, by_rule=True)
            story.audits[-1] = replace(last, changes=(*last.changes, change))
            story.ticket = replace(ticket, status=deed.status, custom_status_id=None)
        case "tag":
            story.update(now, tags=ticket.tags | {deed.tag})
        case "untag":
            story.update(now, tags=frozenset(tag for tag in ticket.tags if not tag.startswith("zdsync_")))
        case "command":
            story.note(now, command=deed.command)
        case _:
            story.update(now, assignee_id=None if ticket.assignee_id else AGENT)


def trigger(story: Story, before: int) -> None:
    """The provisioned trigger holds an agent's solve within the agent's own update, and mails the question."""
    last, ticket = story.audits[-1], story.ticket
    by_agent = last.author_id in (AGENT, OTHER_AGENT) and any(
        change.field == "status" and change.value == "solved" and not change.by_rule for change in last.changes
    )
    blocked = {CONFIRMED_TAG, CLOSE_TAG, EXEMPT_TAG, AWAITING_TAG}
    if len(story.audits) == before or not by_agent or ticket.status != "solved" or not ticket.tags.isdisjoint(blocked):
        return
    tags = ticket.tags | {AWAITING_TAG}
    held = (
        Change("status", "pending", "solved", by_rule=True),
        Change("custom_status_id", 8001, ticket.custom_status_id, by_rule=True),
        Change("tags", tuple(sorted(tags)), tuple(sorted(ticket.tags)), by_rule=True),
    )
    story.audits[-1] = replace(last, changes=(*last.changes, *held))
    story.ticket = replace(ticket, status="pending", custom_status_id=8001, tags=tags)


def play(told: list[Deed], provisioned: bool = False) -> Story:
    """The ticket long after the last deed. `provisioned`: the account has the trigger that holds."""
    story = Story(START, priority="normal", status="open", assignee_id=AGENT)
    now = START
    for deed in told:
        now = max(now, story.audits[-1].at)
        if not deed.away:
            work(story, now + timedelta(seconds=deed.after))
        now += timedelta(seconds=deed.after)
        now = max(now, story.audits[-1].at)
        audits = len(story.audits)
        do(story, deed, now)
        if provisioned:
            trigger(story, audits)
    work(story, now + LATER)
    return story


def _end(told: list[Deed], story: Story) -> datetime:
    """When the last wake-ups have been acted on."""
    return max(START + sum((timedelta(seconds=deed.after) for deed in told), LATER), story.audits[-1].at + SETTLE)


def work(story: Story, until: datetime) -> None:
    """As the worker does: at once, then at each wake-up and within 24 hours; what is left at `until` is left."""
    now, passes = story.audits[-1].at + SETTLE, 0
    while now <= until:
        plan = evaluate(story.history, KNOWN, RULES, now)
        assert plan.wake_at is None or plan.wake_at > now
        if plan.updates:
            passes += 1
            assert passes < PASSES, f"it does not come to an end: {plan.updates}"
            story.follow(applied(story.history, plan.updates[0], now))
            now += SETTLE
        else:
            now = min(plan.wake_at or now + DAY, now + DAY)


@settings(max_examples=60)
@given(deeds(), st.booleans())
def test_whatever_happens_it_comes_to_rest_and_says_nothing_twice(told: list[Deed], provisioned: bool) -> None:
    story = play(told, provisioned)
    assert evaluate(story.history, KNOWN, RULES, _end(told, story)).updates == ()
    keys = [key for audit in story.audits if audit.author_id == US for key in audit.keys]
    assert len(keys) == len(set(keys))


@settings(max_examples=60)
@given(deeds(), st.booleans())
def test_the_customer_is_asked_once_for_each_time_that_an_agent_or_they_themselves_have_acted(
    told: list[Deed], provisioned: bool
) -> None:
    story = play(told, provisioned)
    acted = False
    for audit in story.audits:
        by_trigger = [each.value for each in audit.changes if each.field == "tags" and each.by_rule]
        if any(key.startswith("ask:") for key in audit.keys) or by_trigger:
            assert by_trigger or acted, "asked again though nobody has done anything"
            acted = False
        elif any(key.startswith("unanswered:") for key in audit.keys) or audit.author_id not in (US, -1):
            acted = True


@settings(max_examples=60)
@given(deeds(), st.booleans())
def test_only_a_yes_a_solve_of_theirs_or_an_agents_word_solves(told: list[Deed], provisioned: bool) -> None:
    story = play(told, provisioned)
    allowed = False
    for audit in story.audits:
        words = [each.answer for each in audit.comments if each.author_id == CUSTOMER and not each.flags]
        allowed = (allowed and not {"no", "other"}.intersection(words)) or bool({"yes", "bare yes"}.intersection(words))
        solved = any(each.field == "status" and each.value == "solved" and not each.by_rule for each in audit.changes)
        if audit.author_id == AGENT:
            allowed |= any(each.command.startswith(("close", "confirm")) for each in audit.comments)
            allowed |= any(CLOSE_TAG in each.value for each in audit.changes if isinstance(each.value, tuple))
        elif audit.author_id == CUSTOMER:
            allowed |= solved
        assert allowed or not (solved and audit.author_id == US), f"audit {audit.id} solves it by itself"


@settings(max_examples=60)
@given(deeds(), st.booleans())
def test_nobody_drowns_in_notes(told: list[Deed], provisioned: bool) -> None:
    story = play(told, provisioned)
    ours = [audit for audit in story.audits if audit.author_id == US and audit.comments]
    assert len(ours) <= 12 + 12 * len(told)
    asked = [audit for audit in ours if audit.comments[0].public]
    assert len(asked) <= 3 * (1 + sum(1 for audit in story.audits if audit.author_id not in (US, -1)))


@settings(max_examples=60)
@given(deeds(), st.booleans())
def test_no_solve_by_an_agent_stays_without_a_confirmation_a_decision_or_a_word_about_it(
    told: list[Deed], provisioned: bool
) -> None:
    story = play(told, provisioned)
    if story.ticket.status != "solved":
        return
    plan = evaluate(story.history, KNOWN, RULES, _end(told, story))
    (hold,) = [reason for reason in plan.reasons if reason.rule == "confirmation_hold"]
    if hold.outcome == "solved-from-the-start":  # by a trigger of the account, in the customer's first update
        changes = [change for audit in story.audits for change in audit.changes if change.value == "solved"]
        assert all(change.by_rule for change in changes)
        return
    assert hold.outcome in ("confirmed", "overridden", "exempt", "flip-flop")
    if hold.outcome == "flip-flop":
        assert any(key.startswith("flips:") for key in Reading(story.history, KNOWN).keys)


@settings(max_examples=60)
@given(deeds(), st.booleans())
def test_whoever_was_asked_is_answered_or_the_ticket_comes_back_to_the_agents(
    told: list[Deed], provisioned: bool
) -> None:
    """Held for ever it is not: nine business days later it is open, or something else has become of it."""
    story = play(told, provisioned)
    if story.ticket.custom_status_id != 8001:
        return
    plan = evaluate(story.history, KNOWN, RULES, _end(told, story))
    (hold,) = [reason for reason in plan.reasons if reason.rule == "confirmation_hold"]
    assert hold.outcome in ("exempt", "overridden"), hold
