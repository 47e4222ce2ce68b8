"""The hold with links: who is asked how, and what follows from an answer that the page has recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import AGENT, CUSTOMER, US, Story, a_comment, a_rule_of, a_rulebook, facts, paris
from tests.core.worker import Done, work
from zdsync.core.episode import ASK_TAG, AWAITING_TAG, link_keys
from zdsync.core.links import PATH, Link, Links, read
from zdsync.core.model import Change, Facts

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


def answered(story: Story, answer: str, at: str = f"{D} 11:00", by: int = US) -> Story:
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
