"""The hold with links: who is asked how, and what follows from an answer that the page has recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import AGENT, CUSTOMER, US, Story, a_comment, a_rule_of, a_rulebook, facts, paris
from tests.core.worker import Done, work
from zdsync.confirm import STILL_ASKED
from zdsync.core.automations.confirmation_hold import CONFIRMED_TAG
from zdsync.core.episode import ASK_TAG, AWAITING_TAG, link_keys
from zdsync.core.evaluate import evaluate
from zdsync.core.links import PATH, Link, Links, read
from zdsync.core.model import Audit, Change, Facts

D = "2026-11-23"
LINKS = Links("https://desk.example", (b"k" * 32,))
KNOWN = facts(links=LINKS)
RULES = a_rulebook(a_rule_of("confirmation_hold", link=True, link_days=14))
WITHOUT = a_rulebook(a_rule_of("confirmation_hold"))


def solved(**ticket: Any) -> Story:
    values: dict[str, Any] = {"assignee_id": AGENT, "status": "open", **ticket}
    return Story(f"{D} 09:00", **values).reply(f"{D} 09:30").update(f"{D} 10:00", status="solved")


def asked(**ticket: Any) -> Story:
    story = solved(**ticket)
    work(story, RULES, f"{D} 10:01", KNOWN)
    return story


def solve_of(story: Story) -> int:
    """The audit that the last question is about."""
    keys = [key for audit in story.audits for key in audit.keys if key.startswith("ask:")]
    return int(keys[-1].split(":")[1])


def answered(story: Story, answer: str, at: datetime | str = f"{D} 11:00", by: int = US) -> Story:
    """The page records it: an internal note of ours with the key."""
    key = dict(zip(("yes", "no"), link_keys(solve_of(story)), strict=True))[answer]
    note = a_comment(7000, by, public=False)
    return story.update(at, by, comment=note, keys=(key,), channel="api")


def words_of(done: Done) -> str:
    assert done.update.message is not None
    return done.update.message.body


def link_in(body: str) -> Link | str:
    (address,) = [word for word in body.split() if word.startswith("https://desk.example")]
    return read(LINKS, address.removeprefix(f"https://desk.example{PATH}"), paris(f"{D} 12:00"))


def status_of(story: Story) -> str:
    return story.ticket.status


def said(done: list[Done]) -> list[str]:
    return [key for each in done for key in each.said]


def test_the_question_has_a_link_to_this_episode_that_ends() -> None:
    story = solved()
    (done,) = work(story, RULES, f"{D} 10:01", KNOWN)
    link = link_in(words_of(done))
    assert isinstance(link, Link)
    assert (link.ticket_id, link.solve_id) == (story.ticket.id, solve_of(story))
    assert timedelta(days=13) < link.ends_at - paris(f"{D} 10:00") < timedelta(days=15)


def test_the_reminder_has_one_too() -> None:
    done = work(asked(), RULES, "2026-11-27 12:00", KNOWN)
    assert said(done) == ["chase:1"]
    link = link_in(words_of(done[0]))
    assert isinstance(link, Link)


@pytest.mark.parametrize(
    ("rules", "known"),
    [pytest.param(WITHOUT, KNOWN, id="the rule"), pytest.param(RULES, facts(), id="the settings")],
)
def test_without_links_the_question_is_as_it_was(rules: Any, known: Facts) -> None:
    """Both have to want them; without one the text says everything without."""
    (done,) = work(solved(), rules, f"{D} 10:01", known)
    assert "http" not in words_of(done)
    assert "cette page" not in words_of(done)
    assert words_of(done) == words_of(work(solved(), WITHOUT, f"{D} 10:01", facts())[0])


def test_a_yes_solves_and_says_on_what() -> None:
    story = answered(asked(), "yes")
    done = work(story, RULES, f"{D} 18:00", KNOWN)
    assert status_of(story) == "solved"
    assert "zdsync_confirmed" in story.ticket.tags
    assert AWAITING_TAG not in story.ticket.tags
    assert said(done) == [], "the page's note is the only one"
    assert work(story, RULES, "2026-12-23 18:00", KNOWN) == []


def test_a_no_opens_and_asks_nothing_until_the_next_solve() -> None:
    story = answered(asked(), "no")
    done = work(story, RULES, "2026-12-23 18:00", KNOWN)
    assert status_of(story) == "open"
    assert AWAITING_TAG not in story.ticket.tags
    assert "zdsync_confirmed" not in story.ticket.tags
    assert said(done) == []
    story.update("2026-12-24 10:00", status="solved")
    again = work(story, RULES, "2026-12-24 11:00", KNOWN)
    assert said(again) == ["ask"], "what was said of the first solve says nothing of the second"
    assert status_of(story) == "pending"


def test_nobody_is_reminded_who_has_answered() -> None:
    for answer in ("yes", "no"):
        done = work(answered(asked(), answer), RULES, "2027-01-29 18:00", KNOWN)
        assert said(done) == []


def test_a_yes_on_what_nobody_is_assigned_to_waits_for_an_agent_and_then_counts() -> None:
    story = asked()
    story.update(f"{D} 10:30", assignee_id=None)
    answered(story, "yes")
    work(story, RULES, f"{D} 12:00", KNOWN)
    assert status_of(story) == "open"
    assert "zdsync_confirmed" in story.ticket.tags
    story.update(f"{D} 13:00", assignee_id=AGENT, status="solved")
    assert work(story, RULES, f"{D} 18:00", KNOWN) == []
    assert status_of(story) == "solved"


def test_thanks_after_a_yes_by_link_change_nothing() -> None:
    story = answered(asked(), "yes")
    work(story, RULES, f"{D} 12:00", KNOWN)
    story.customer(f"{D} 13:00", answer="thanks")
    work(story, RULES, f"{D} 18:00", KNOWN)
    assert status_of(story) == "solved"


def test_other_words_after_a_yes_by_link_open_it() -> None:
    story = answered(asked(), "yes")
    work(story, RULES, f"{D} 12:00", KNOWN)
    story.customer(f"{D} 13:00")
    work(story, RULES, f"{D} 18:00", KNOWN)
    assert status_of(story) == "open"
    assert "zdsync_confirmed" not in story.ticket.tags


def test_a_key_that_somebody_else_has_written_is_no_answer() -> None:
    """Anybody with the API may write metadata."""
    story = answered(asked(), "yes", by=AGENT)
    work(story, RULES, f"{D} 18:00", KNOWN)
    assert status_of(story) == "pending"


def test_an_answer_to_an_earlier_question_is_none_to_this_one() -> None:
    story = asked()
    first = solve_of(story)
    story.customer(f"{D} 10:30").update(f"{D} 10:40", status="solved")
    work(story, RULES, f"{D} 10:50", KNOWN)
    assert solve_of(story) != first
    story.update(f"{D} 11:00", US, comment=a_comment(7000, US, public=False), keys=(link_keys(first)[0],))
    work(story, RULES, f"{D} 18:00", KNOWN)
    assert status_of(story) == "pending"


def held_by_trigger(*tags: str) -> Story:
    """An agent's solve that a trigger has turned into awaiting confirmation within the same update."""
    story = solved()
    last, ticket = story.audits[-1], story.ticket
    held = (
        Change("status", "pending", "solved", by_rule=True),
        Change("custom_status_id", 8001, None, by_rule=True),
        Change("tags", tags, (), by_rule=True),
    )
    story.audits[-1] = replace(last, changes=(*last.changes, *held))
    story.ticket = replace(ticket, status="pending", custom_status_id=8001, tags=frozenset(tags))
    return story


def test_what_a_trigger_holds_without_a_mail_is_asked_at_once_by_a_comment() -> None:
    story = held_by_trigger(AWAITING_TAG, ASK_TAG)
    (done,) = work(story, RULES, f"{D} 10:01", KNOWN)
    assert done.said == ("ask",)
    assert isinstance(link_in(words_of(done)), Link)
    assert status_of(story) == "pending"
    assert AWAITING_TAG in story.ticket.tags
    assert ASK_TAG not in story.ticket.tags


def test_what_a_trigger_asked_before_links_were_switched_on_is_not_asked_again() -> None:
    story = held_by_trigger(AWAITING_TAG)
    assert said(work(story, RULES, f"{D} 18:00", KNOWN)) == []


def test_what_a_trigger_held_without_a_mail_is_asked_though_links_were_switched_off() -> None:
    story = held_by_trigger(AWAITING_TAG, ASK_TAG)
    assert said(work(story, WITHOUT, f"{D} 18:00", KNOWN)) == ["ask"]


def test_an_inherited_mark_is_taken_off_and_asks_nobody() -> None:
    story = Story(f"{D} 09:00", assignee_id=AGENT, status="open", tags=frozenset({ASK_TAG, "vip"}))
    assert said(work(story, RULES, f"{D} 18:00", KNOWN)) == []
    assert story.ticket.tags == {"vip"}


def test_the_customers_reply_counts_as_before() -> None:
    story = asked().customer(f"{D} 11:00", by=CUSTOMER, answer="yes")
    assert said(work(story, RULES, f"{D} 18:00", KNOWN)) == ["reply"]
    assert status_of(story) == "solved"


def page_is_open(story: Story, at: datetime) -> bool:
    """As `zdsync/confirm.py` sees it."""
    plan = evaluate(story.history, KNOWN, RULES, at)
    return plan.reasons[0].outcome in STILL_ASKED


def solve_by_agent(story: Story, at: datetime, *, by_trigger: bool) -> None:
    """With the trigger that holds and mails nothing, or without it."""
    story.update(at, status="solved")
    blocked = {AWAITING_TAG, ASK_TAG, CONFIRMED_TAG}
    if by_trigger and blocked.isdisjoint(story.ticket.tags):
        last, tags = story.audits[-1], story.ticket.tags | {AWAITING_TAG, ASK_TAG}
        held = (
            Change("status", "pending", "solved", by_rule=True),
            Change("custom_status_id", 8001, None, by_rule=True),
            Change("tags", tuple(sorted(tags)), tuple(sorted(story.ticket.tags)), by_rule=True),
        )
        story.audits[-1] = replace(last, changes=(*last.changes, *held))
        story.ticket = replace(story.ticket, status="pending", custom_status_id=8001, tags=tags)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["solve", "solve", "link yes", "link no", "link yes", "link no", "mail", "reply", "open"]),
        st.sampled_from(["yes", "no", "thanks", "other"]),
        st.one_of(st.integers(20, 300), st.integers(20, 4 * 86400)),  # seconds, in which the worker comes to rest
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(DEEDS, st.booleans())
def test_whatever_happens_around_it_an_answer_counts_once_and_for_its_own_question(
    deeds: list[tuple[str, Any, int, bool]], by_trigger: bool
) -> None:
    story = Story(f"{D} 09:00", assignee_id=AGENT, status="open").reply(f"{D} 09:30")
    now = paris(f"{D} 09:30")
    for what, words, seconds, away in deeds:
        if not away:
            work(story, RULES, now + timedelta(seconds=seconds), KNOWN)
        now = max(now + timedelta(seconds=seconds), story.audits[-1].at) + timedelta(seconds=2)
        if what == "solve":
            solve_by_agent(story, now, by_trigger=by_trigger)
        elif what == "mail":
            story.customer(now, answer=words)
        elif what == "reply":
            story.reply(now, status=story.ticket.status)
        elif what == "open":
            story.status("open", now)
        elif page_is_open(story, now):
            answered(story, what.removeprefix("link "), now)
            after = now + timedelta(minutes=1)
            work(story, RULES, after, KNOWN)
            assert status_of(story) == ("solved" if what == "link yes" else "open")
            assert not page_is_open(story, after)
    work(story, RULES, now + timedelta(days=30), KNOWN)
    keys = [key for audit in story.audits for key in audit.keys]
    assert len(keys) == len(set(keys))
    answers = [key.split(":")[1] for key in keys if key.startswith("link:")]
    assert len(answers) == len(set(answers)), "one question, two answers"
    assert ASK_TAG not in story.ticket.tags
    asks = [audit for audit in story.audits if any(key.startswith("ask:") for key in audit.keys)]
    solves = [audit for audit in story.audits if audit.author_id == AGENT and "solved" in _set(audit, "status")]
    assert len(asks) <= len(solves)


def _set(audit: Audit, field: str) -> list[object]:
    return [change.value for change in audit.changes if change.field == field and not change.by_rule]
