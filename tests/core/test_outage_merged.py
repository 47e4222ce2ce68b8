"""A major incident whose ticket was merged into another one, as the other one sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import AGENT, US, Story, a_rule_of, a_rulebook, facts, paris
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.notify import NOTIFY_TAG

RULES = a_rulebook(a_rule_of("major_incident"))
PROBLEM = 4711


def at(clock: str) -> str:
    return f"2026-11-24 {clock}"


def outage(*, gone: bool = True) -> Story:
    """Another ticket, declared at 09:10; all are told by 09:20."""
    story = Story(at("09:00"), id=PROBLEM).update(at("09:10"), priority="urgent", type="problem", status="open")
    number = story.audits[-1].id
    for time, key in [("09:15", "go:12"), ("09:20", "told:12")] if gone else []:
        comment = story._comment(US, False)
        story.update(at(time), US, comment=comment, keys=[f"outage:{number}:{key}"], channel="api")
    return story


def merged(source: Story, into: Story) -> Story:
    """The first ticket is closed, and the second one has its last words, at 09:30."""
    source.update(at("09:30"), status="closed")
    into.note(at("09:30"))
    into.audits[-1] = replace(into.audits[-1], merged_with=(PROBLEM,))
    return into


def plan(story: Story, source: Story, time: str = "09:31") -> Plan:
    return evaluate(story.history, facts(linked={PROBLEM: source.history}), RULES, paris(at(time)))


def test_agents_are_told_once_that_contacts_wait_in_vain_and_somebody_reads_it() -> None:
    source = outage()
    story = merged(source, Story(at("09:25")))
    (update,) = plan(story, source).updates
    assert update.keys == (f"merged:{PROBLEM}",)
    assert update.message is not None
    assert not update.message.public
    assert "12 contacts have been told" in update.message.body
    assert "make this ticket urgent and a Problem" in update.message.body
    assert NOTIFY_TAG in update.add_tags
    story.update(at("09:32"), US, comment=story._comment(US, False), keys=update.keys, channel="api")
    assert plan(story, source, "09:40").updates == ()


def solved(source: Story) -> Story:
    return source.update(at("09:29"), AGENT, status="solved")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(solved(outage()), id="all know that it is over"),
        pytest.param(outage(gone=False), id="nobody knows"),
    ],
)
def test_where_nobody_waits_nothing_is_said(source: Story) -> None:
    assert plan(merged(source, Story(at("09:25"))), source).updates == ()


def test_on_a_running_one_nothing_is_said_since_its_own_contacts_hear_of_it() -> None:
    source = outage()
    here = merged(source, outage())
    keys = [key for update in plan(here, source).updates for key in update.keys]
    assert f"merged:{PROBLEM}" not in keys


def test_where_one_is_only_declared_here_the_note_says_what_sends_it() -> None:
    source = outage()
    here = merged(source, outage(gone=False))
    bodies = [update.message.body for update in plan(here, source).updates if update.message]
    assert any("set the tag zdsync_send_notices on this ticket" in body for body in bodies)


def test_where_a_trigger_has_made_it_urgent_and_a_problem_the_note_asks_for_an_agents_own_word() -> None:
    source = outage()
    here = Story(at("09:20")).update(at("09:25"), by_rule=True, priority="urgent", type="problem", status="open")
    (update,) = plan(merged(source, here), source).updates
    assert update.message is not None
    assert "make this ticket urgent and a Problem" in update.message.body


def test_while_zendesk_has_not_closed_it_yet_it_is_looked_at_again() -> None:
    source = outage()
    story = merged(outage(), Story(at("09:25")))
    found = plan(story, source)
    assert found.updates == ()
    assert found.wake_at == paris(at("09:31")) + timedelta(minutes=1)
    assert plan(story, source, "09:45").wake_at is None
