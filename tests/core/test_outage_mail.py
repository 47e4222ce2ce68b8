"""Mails outside of Zendesk: only on an agent's word, announced batch by batch, and no batch a second time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import AGENT, CUSTOMER, US, Story, a_person, a_rule_of, a_rulebook, applied, facts, paris
from zdsync.core.automations.outage_mail import MAIL_TAG
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.incident import STOP_TAG
from zdsync.core.model import Facts, Reach
from zdsync.core.rulebook import Caps

CONTACTS = tuple(a_person(number, email=True) for number in (401, 402, 403, 404, 405))
BOOK = a_rulebook(a_rule_of("major_incident"), a_rule_of("outage_mail", batch=2), caps=Caps(40, 999, 999))


def at(time: str) -> str:
    return f"2026-11-23 {time}"


def known(**changes: Any) -> Facts:
    told = frozenset(person.id for person in CONTACTS)
    return facts(**{"has_post": True, "reach": Reach(CONTACTS, told=told), **changes})


def outage(*, early: bool = False) -> Story:
    """Declared at 09:10, all told by 09:17. `early`: an agent asks for mails within the countdown."""
    story = Story(at("09:00")).update(at("09:10"), AGENT, priority="urgent", type="problem")
    number = story.audits[-1].id
    for time, key in (("09:10:02", "countdown"), ("09:15", "go:5"), ("09:16", "canary"), ("09:17", "told:5")):
        if early and key == "go:5":
            ask(story, "09:12")
        note = story._comment(US, False)
        story.update(at(time), US, comment=note, keys=[f"outage:{number}:{key}"], channel="api")
    return story.update(at("09:18"), US, channel="api", tags=story.ticket.tags | {"zdsync_outage"})


def ask(story: Story, time: str = "09:20", by: int = AGENT, **more: Any) -> Story:
    return story.update(at(time), by, tags=story.ticket.tags | {MAIL_TAG}, **more)


def plan(story: Story, time: str = "09:21", **changes: Any) -> Plan:
    return evaluate(story.history, known(**changes), BOOK, paris(at(time)))


def batches(story: Story, time: str = "09:21", **changes: Any) -> list[list[int]]:
    """Whom each batch goes to, until nothing is left to be done."""
    found: list[list[int]] = []
    now = paris(at(time))
    for _ in range(9):
        update = next(iter(evaluate(story.history, known(**changes), BOOK, now).updates), None)
        if update is None:
            return found
        if update.post is not None:
            assert update.message is not None, "nothing leaves that was not announced"
            assert not update.message.public
            found.append([person.id for person in update.post.to])
        story.follow(applied(story.history, update, now))
        now += timedelta(seconds=5)
    raise AssertionError("it does not come to an end")


def test_without_an_agents_word_nothing_is_mailed() -> None:
    assert plan(outage()).updates == ()


@pytest.mark.parametrize("by", [CUSTOMER, US])
def test_nobody_elses_tag_mails_anything(by: int) -> None:
    assert batches(ask(outage(), by=by)) == []


def test_asked_for_within_the_countdown_mails_leave_after_the_go() -> None:
    assert batches(outage(early=True)) == [[401, 402], [403, 404], [405]]


def test_a_tag_from_before_the_declaration_asks_for_nothing() -> None:
    story = ask(Story(at("09:00")), "09:05").update(at("09:10"), AGENT, priority="urgent", type="problem")
    note = story._comment(US, False)
    story.update(at("09:15"), US, comment=note, keys=[f"outage:{story.audits[-1].id}:go:5"], channel="api")
    assert batches(story) == []


def test_while_only_the_audience_of_another_campaign_is_known_nobody_is_mailed() -> None:
    assert batches(ask(outage()), reach=Reach(CONTACTS[:1], campaign="report-104")) == []


def test_a_triggers_tag_mails_nothing() -> None:
    assert batches(ask(outage(), by_rule=True)) == []


def test_everybody_of_the_audience_is_mailed_once_batch_by_batch_and_the_tag_goes() -> None:
    story = ask(outage())
    assert batches(story) == [[401, 402], [403, 404], [405]]
    assert MAIL_TAG not in story.ticket.tags
    assert batches(story) == []


def test_a_batch_that_was_announced_is_not_mailed_again_whatever_became_of_it() -> None:
    story = ask(outage())
    first = plan(story).updates[0]
    story.follow(applied(story.history, first, paris(at("09:21"))))  # and then the process died
    assert batches(story) == [[403, 404], [405]]


def test_an_agents_stop_after_the_word_to_mail_holds_back_the_other_batches() -> None:
    story = ask(outage())
    first = plan(story).updates[0]
    assert first.message is not None
    assert STOP_TAG in first.message.body
    story.follow(applied(story.history, first, paris(at("09:21"))))
    assert batches(story.update(at("09:22"), tags=story.ticket.tags | {STOP_TAG}), "09:23") == []
    assert batches(story.update(at("09:30"), tags=story.ticket.tags - {STOP_TAG}), "09:31") == [[403, 404], [405]]


def test_a_word_to_mail_after_the_notices_were_stopped_counts() -> None:
    story = outage()
    story.update(at("09:19"), tags=story.ticket.tags | {STOP_TAG})
    assert batches(ask(story)) == [[401, 402], [403, 404], [405]]


def test_asked_again_later_everybody_is_mailed_again() -> None:
    story = ask(outage())
    batches(story)
    assert batches(ask(story, "10:00"), "10:01") == [[401, 402], [403, 404], [405]]


def test_a_promise_that_has_run_out_is_not_made_again() -> None:
    early, late = plan(ask(outage())), plan(ask(outage()), "10:30")
    assert early.updates[0].post is not None
    assert early.updates[0].post.values["promised"] == paris(at("09:45"))
    (mailing,) = [update.post for update in late.updates if update.post is not None]
    assert mailing.values["promised"] is None


def test_without_a_mail_server_a_note_says_so_and_the_tag_goes() -> None:
    story = ask(outage())
    update = plan(story, has_post=False).updates[0]
    assert update.post is None
    assert update.message is not None
    assert "ZDSYNC_SMTP_URL" in update.message.body
    assert update.remove_tags == {MAIL_TAG}


def test_before_the_go_and_after_the_solve_nobody_is_mailed() -> None:
    early = Story(at("09:00")).update(at("09:10"), AGENT, priority="urgent", type="problem")
    assert all(update.post is None for update in plan(ask(early, "09:11"), "09:12").updates)
    late = ask(outage().update(at("09:19"), AGENT, status="solved"))
    assert all(update.post is None for update in plan(late).updates)


def test_the_problems_own_requester_is_left_out() -> None:
    contacts = (*CONTACTS[:1], a_person(CUSTOMER, email=True))
    assert batches(ask(outage()), reach=Reach(contacts, told=frozenset({401, CUSTOMER}))) == [[401]]
