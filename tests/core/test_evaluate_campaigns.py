"""When the notices of a campaign are created: once nothing else is left to do on the problem, and by a live rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import MONDAY, Story, a_person, a_rule, a_rulebook, facts
from zdsync.carry_out import shadow_effects
from zdsync.core.actions import Action, AddTag, OpenTasks, Say, SendNotices
from zdsync.core.automation import Decision
from zdsync.core.evaluate import Create, Plan, evaluate
from zdsync.core.incident_report import Task
from zdsync.core.model import Campaign, Notices
from zdsync.core.rulebook import Caps, Mode

CAMPAIGN = Campaign("outage-7", "subject", "body", {})
TO = (a_person(301), a_person(302))
NOW = MONDAY + timedelta(minutes=5)
SEND = SendNotices(CAMPAIGN, TO, MONDAY)


def plan(*actions: Action, mode: Mode = "live", live_since: Any = None, **rules: Any) -> Plan:
    """What a rule that wants these actions comes to on a problem that is tagged."""
    rule = a_rule(mode)
    automation = replace(rule.automation, decide=lambda case, settings: Decision("x", "it is so", actions))
    book = a_rulebook(replace(rule, automation=automation), **rules)
    story = Story(priority="urgent", type="problem", tags=frozenset({"zdsync_outage"}))
    return evaluate(story.history, facts(), book if live_since is None else replace(book, live_since=live_since), NOW)


def test_notices_are_planned_with_the_instant_of_the_fact_that_they_follow_from() -> None:
    found = plan(SEND)
    assert found.notices == Notices(CAMPAIGN, TO, "targets", MONDAY)
    assert found.updates == ()


def test_what_is_so_already_keeps_no_notice_back() -> None:
    assert plan(AddTag("zdsync_outage", MONDAY), SEND).notices is not None


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(AddTag("other", MONDAY), id="a tag"),
        pytest.param(
            Say("agents", "sla_targets.no_priority", "outage:1:go:2", MONDAY, {"open_for": timedelta(minutes=30)}),
            id="a note",
        ),
    ],
)
def test_notices_wait_for_whatever_is_to_be_done_on_the_problem(first: Action) -> None:
    found = plan(SEND, first)
    assert found.updates
    assert found.notices is None


def test_a_note_that_the_cap_holds_back_holds_the_notices_back() -> None:
    """What is announced there has to stand there."""
    note = Say("agents", "sla_targets.no_priority", "outage:1:go:2", MONDAY, {"open_for": timedelta(minutes=30)})
    found = plan(SEND, note, caps=Caps(per_ticket_per_day=0))
    assert (found.updates, found.notices) == ((), None)


def test_a_rule_in_shadow_creates_nothing_and_what_it_would_is_told() -> None:
    """Whatever else it would do, since that is never done."""
    found = plan(SEND, AddTag("other", MONDAY), mode="shadow")
    assert (found.notices, found.tasks, found.updates) == (None, None, ())
    assert found.shadow_creates == (Create("targets", SEND),)
    assert plan(SEND).shadow_creates == ()
    tasks = OpenTasks((Task("Watch the disk"),), MONDAY)
    assert plan(tasks, mode="shadow").shadow_creates == (Create("targets", tasks),)


def test_the_record_of_the_shadow_has_each_campaign_once_with_its_reason() -> None:
    """Though fewer and fewer of its contacts are left to be told."""
    both, one = (plan(SendNotices(CAMPAIGN, to, MONDAY), mode="shadow") for to in (TO, TO[1:]))
    first, later = (list(shadow_effects(Story().ticket, each, NOW)) for each in (both, one))
    assert [(effect.words, effect.why) for effect in first] == [("create 2 notices of outage-7", "it is so")]
    assert [effect.effect for effect in later] == [effect.effect for effect in first]


def test_what_a_campaign_would_pass_on_stands_once_on_its_problem() -> None:
    """And not on each notice; what concerns a single customer stands on that one's ticket."""
    values = {"reference": 7, "promised": NOW, "zone": "UTC"}
    relay = Say("customer", "update_cadence.holding", "relay:5", MONDAY, values, to_all=True)
    for say, where in ((relay, {4711: 1}), (replace(relay, to_all=False), {501: 1, 502: 1})):
        found = plan(say, mode="shadow")
        tickets = [Story(id=number, problem_id=4711).ticket for number in (501, 502)]
        told = {(each.ticket_id, each.effect) for ticket in tickets for each in shadow_effects(ticket, found, NOW)}
        assert Counter(ticket_id for ticket_id, _ in told) == where


def test_nothing_is_created_for_what_happened_before_live_since() -> None:
    found = plan(SEND, live_since=MONDAY + timedelta(seconds=1))
    assert found.notices is None
    assert found.reasons[0].dropped == ("create 2 notices of outage-7: not for what happened before live_since",)
