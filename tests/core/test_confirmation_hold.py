"""Open until the customer confirms: table of what people and rules do, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import (
    AGENT,
    CUSTOMER,
    OTHER_AGENT,
    OUTSIDER,
    Story,
    a_comment,
    a_rule_of,
    a_rulebook,
    facts,
    paris,
)
from tests.core.worker import Done, work
from zdsync.core.controls import CLOSE_TAG, EXEMPT_TAG
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.evaluate import evaluate
from zdsync.core.model import Answer, Change, Facts, Status
from zdsync.core.rulebook import Caps

D = "2026-11-23"
RULES = a_rulebook(a_rule_of("confirmation_hold"))


def a_story(**ticket: Any) -> Story:
    """Assigned, answered."""
    values: dict[str, Any] = {"assignee_id": AGENT, "status": "open", **ticket}
    return Story(f"{D} 09:00", **values).reply(f"{D} 09:30")


def solved(**ticket: Any) -> Story:
    return a_story(**ticket).update(f"{D} 10:00", status="solved")


def asked(**ticket: Any) -> Story:
    """Held by us, and the customer asked."""
    story = solved(**ticket)
    (done,) = work(story, RULES, f"{D} 10:01")
    assert done.said == ("ask",)
    return story


def said(done: Sequence[Done]) -> list[str]:
    return [key for each in done for key in each.said]


def to_customer(done: Sequence[Done]) -> list[Done]:
    return [each for each in done if each.update.message and each.update.message.public]


def text(done: Done) -> str:
    """Of its message."""
    assert done.update.message is not None
    return done.update.message.body


def status_of(story: Story) -> str:
    return story.ticket.status


def test_an_agents_solve_becomes_awaiting_confirmation_and_the_customer_is_asked_in_the_same_update() -> None:
    story = solved()
    (done,) = work(story, RULES, f"{D} 18:00")
    update = done.update
    assert (update.status, update.custom_status_id) == ("pending", 8001)
    assert update.add_tags == {AWAITING_TAG}
    assert update.message is not None
    assert update.message.public
    assert update.message.body.startswith("Nous pensons que votre demande #4711 est traitée.")


def test_without_the_custom_status_plain_pending_serves() -> None:
    (done,) = work(solved(), RULES, f"{D} 18:00", facts(status_ids={}))
    assert (done.update.status, done.update.custom_status_id) == ("pending", None)


def test_a_ticket_without_a_solve_is_left_alone() -> None:
    assert work(a_story(), RULES, f"{D} 18:00") == []
    assert work(a_story().status("pending", f"{D} 10:00"), RULES, "2026-12-23 18:00") == []


ANSWERS = {
    "a yes": ("yes", "solved"),
    "a bare yes": ("bare yes", "solved"),
    "a no": ("no", "open"),
    "thanks": ("thanks", "open"),
    "something else": ("other", "open"),
}


@pytest.mark.parametrize(("answer", "status"), ANSWERS.values(), ids=ANSWERS)
def test_only_a_clear_yes_solves(answer: Any, status: str) -> None:
    story = asked().customer(f"{D} 11:00", answer=answer)
    done = work(story, RULES, f"{D} 18:00")
    assert status_of(story) == status
    assert said(done) == ["reply"]
    assert to_customer(done) == []
    assert AWAITING_TAG not in story.ticket.tags
    assert ("zdsync_confirmed" in story.ticket.tags) == (status == "solved")


def test_a_bare_yes_to_something_that_an_agent_asked_meanwhile_confirms_nothing() -> None:
    story = asked().reply(f"{D} 10:30", status="pending").customer(f"{D} 11:00", answer="bare yes")
    work(story, RULES, f"{D} 18:00")
    assert status_of(story) == "open"


def test_who_first_wants_to_look_may_say_yes_the_next_day() -> None:
    story = asked().customer(f"{D} 11:00")
    work(story, RULES, f"{D} 18:00")
    story.customer("2026-11-24 10:00", answer="yes")
    assert said(work(story, RULES, "2026-11-24 18:00")) == ["reply"]
    assert status_of(story) == "solved"


def test_of_several_replies_that_are_no_yes_the_first_is_told() -> None:
    story = asked().customer(f"{D} 11:00")
    assert said(work(story, RULES, f"{D} 11:30")) == ["reply"]
    story.customer(f"{D} 12:00", answer="thanks")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "open"


def test_after_the_agent_has_taken_it_up_a_yes_does_not_solve_by_itself() -> None:
    story = asked().customer(f"{D} 11:00")
    work(story, RULES, f"{D} 12:00")
    story.reply(f"{D} 12:30").customer(f"{D} 13:00", answer="yes")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "open"
    assert "zdsync_confirmed" in story.ticket.tags
    story.status("solved", f"{D} 14:00")
    assert work(story, RULES, f"{D} 18:00") == []
    assert status_of(story) == "solved"


@pytest.mark.parametrize("by", [OUTSIDER], ids=["a CC"])
def test_a_yes_of_somebody_else_confirms_nothing(by: int) -> None:
    story = asked().customer(f"{D} 11:00", by=by, answer="yes")
    done = work(story, RULES, f"{D} 18:00")
    assert status_of(story) == "open"
    assert "not the requester’s" in text(done[0])


def test_an_outsider_whose_words_are_kept_private_opens_the_ticket_and_the_next_solve_asks_anew() -> None:
    """As after anybody else's words; on a provisioned account the trigger asks then, since the mark has gone."""
    story = asked()
    private = a_comment(77, OUTSIDER, public=False, flags=(2,))
    story.update(f"{D} 11:00", OUTSIDER, comment=private, status="open", channel="email")
    assert said(work(story, RULES, f"{D} 11:30")) == []
    assert status_of(story) == "open"
    assert AWAITING_TAG not in story.ticket.tags
    story.update(f"{D} 12:00", status="solved")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


def test_a_yes_whose_author_is_not_verified_confirms_nothing() -> None:
    story = asked().customer(f"{D} 11:00", flags=(2,), answer="yes")
    work(story, RULES, f"{D} 18:00")
    assert status_of(story) == "open"


@pytest.mark.parametrize("more", [{"flags": (4,)}, {"answer": "automatic"}], ids=["flagged", "by its words"])
def test_an_automatic_mail_is_no_answer_and_the_ticket_is_held_again_silently(more: dict[str, Any]) -> None:
    story = asked().customer(f"{D} 10:02", **more)
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "pending"
    assert story.ticket.custom_status_id == 8001
    story.customer(f"{D} 19:00", answer="yes")
    work(story, RULES, f"{D} 20:00")
    assert status_of(story) == "solved"


def test_an_automatic_mail_before_we_could_hold_does_not_lose_the_question() -> None:
    story = solved().customer(f"{D} 10:00:01", flags=(4,))
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]
    assert status_of(story) == "pending"


def test_thanks_before_we_could_hold_do_not_lose_the_question() -> None:
    story = solved().customer(f"{D} 10:00:01", answer="thanks")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]
    assert said(work(story, RULES, "2026-12-31 18:00")) == ["chase:1", "chase:2", "unanswered"]
    assert status_of(story) == "open"


@pytest.mark.parametrize("answer", ["thanks", "automatic", "yes"])
def test_thanks_after_the_confirmation_solve_again_silently(answer: Any) -> None:
    story = asked().customer(f"{D} 11:00", answer="yes")
    work(story, RULES, f"{D} 11:05")
    story.customer(f"{D} 12:00", answer=answer)
    done = work(story, RULES, f"{D} 18:00")
    assert said(done) == []
    assert len(done) == 1
    assert status_of(story) == "solved"


def test_anything_else_after_the_confirmation_is_a_request_again() -> None:
    story = asked().customer(f"{D} 11:00", answer="yes")
    work(story, RULES, f"{D} 11:05")
    story.customer(f"{D} 12:00")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "open"
    assert "zdsync_confirmed" not in story.ticket.tags


def test_a_yes_before_the_solve_lets_it_pass() -> None:
    story = a_story().customer(f"{D} 09:45", answer="yes")
    work(story, RULES, f"{D} 09:50")
    assert "zdsync_confirmed" in story.ticket.tags
    story.status("solved", f"{D} 10:00")
    assert work(story, RULES, f"{D} 18:00") == []


def test_a_bare_yes_before_the_solve_is_an_answer_to_something_else() -> None:
    story = a_story().customer(f"{D} 09:45", answer="bare yes").status("solved", f"{D} 10:00")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


def test_the_requesters_own_solve_in_the_help_center_is_a_confirmation() -> None:
    story = asked().update(f"{D} 11:00", by=CUSTOMER, status="solved")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "solved"
    assert AWAITING_TAG not in story.ticket.tags


def test_somebody_elses_solve_in_the_help_center_is_none() -> None:
    story = asked().update(f"{D} 11:00", by=OUTSIDER, status="solved")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "pending"


def test_what_an_agent_creates_as_solved_is_left_so() -> None:
    assert work(Story(f"{D} 09:00", by=AGENT, status="solved"), RULES, f"{D} 18:00") == []


OVERRIDES: dict[str, Callable[[Story], Story]] = {
    "with the solve": lambda s: s.update(f"{D} 10:00", status="solved", tags=frozenset({CLOSE_TAG})),
    "while it waits": lambda s: _held(s).update(f"{D} 11:00", tags=frozenset({AWAITING_TAG, CLOSE_TAG})),
    "by a command": lambda s: _held(s).note(f"{D} 11:00", command="close the customer left the firm"),
    "a confirmation by phone": lambda s: _held(s).note(f"{D} 11:00", command="confirm by phone"),
    "a command while open": lambda s: s.note(f"{D} 11:00", command="close duplicate"),
}


def _held(story: Story) -> Story:
    story.status("solved", f"{D} 10:00")
    work(story, RULES, f"{D} 10:01")
    return story


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES)
def test_an_agents_override_solves_and_is_recorded(override: Callable[[Story], Story]) -> None:
    story = override(a_story())
    assert said(work(story, RULES, f"{D} 18:00")) == ["override"]
    assert status_of(story) == "solved"


@pytest.mark.parametrize("override", OVERRIDES, ids=OVERRIDES)
def test_only_an_agents_confirmation_counts_as_one(override: str) -> None:
    story = OVERRIDES[override](a_story())
    work(story, RULES, f"{D} 18:00")
    assert ("zdsync_confirmed" in story.ticket.tags) == (override == "a confirmation by phone")


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES)
def test_thanks_after_an_override_ask_nobody_anything(override: Callable[[Story], Story]) -> None:
    story = override(a_story())
    work(story, RULES, f"{D} 18:00")
    story.customer(f"{D} 19:00", answer="thanks")
    assert said(work(story, RULES, f"{D} 20:00")) == []
    assert status_of(story) == "solved"
    assert CLOSE_TAG not in story.ticket.tags


def test_anything_else_after_an_override_is_a_request_again() -> None:
    story = a_story().update(f"{D} 10:00", status="solved", tags=frozenset({CLOSE_TAG}))
    work(story, RULES, f"{D} 11:00")
    story.customer(f"{D} 12:00")
    work(story, RULES, f"{D} 13:00")
    assert status_of(story) == "open"
    story.status("solved", f"{D} 14:00")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


def test_an_override_that_waits_for_an_assignee_lets_their_solve_pass() -> None:
    story = asked(assignee_id=None).note(f"{D} 11:00", command="close duplicate")
    assert said(work(story, RULES, f"{D} 12:00")) == ["override"]
    assert CLOSE_TAG in story.ticket.tags
    story.update(f"{D} 13:00", status="solved", assignee_id=AGENT)
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "solved"
    assert CLOSE_TAG not in story.ticket.tags


def test_what_an_agent_opens_after_an_override_stays_open_and_the_next_solve_is_held() -> None:
    story = a_story().note(f"{D} 11:00", command="close duplicate")
    work(story, RULES, f"{D} 11:30")
    story.status("open", f"{D} 12:00")
    assert work(story, RULES, f"{D} 13:00") == []
    assert status_of(story) == "open"
    story.status("solved", f"{D} 14:00")
    assert said(work(story, RULES, f"{D} 15:00")) == ["ask"]


SOLVED_BY_US: dict[str, Callable[[], Story]] = {
    "a yes": lambda: asked().customer(f"{D} 11:00", answer="yes"),
    "thanks": lambda: _worked(asked().customer(f"{D} 11:00", answer="yes")).customer(f"{D} 12:00", answer="thanks"),
    "an automatic mail": lambda: _worked(asked().customer(f"{D} 11:00", answer="yes")).customer(
        f"{D} 12:00", flags=(4,)
    ),
    "an override": lambda: a_story().note(f"{D} 11:00", command="close duplicate"),
}


def _worked(story: Story) -> Story:
    work(story, RULES, f"{D} 11:30")
    return story


@pytest.mark.parametrize("act", SOLVED_BY_US.values(), ids=SOLVED_BY_US)
def test_a_trigger_that_opens_what_we_solve_has_its_way(act: Callable[[], Story]) -> None:
    story = act()
    work(story, RULES, f"{D} 12:30")
    assert status_of(story) == "solved"
    in_the_same_update(story, status="open")
    assert said(work(story, RULES, "2026-12-23 18:00")) == []
    assert status_of(story) == "open"


def in_the_same_update(story: Story, **values: Any) -> None:
    """A trigger changes something inside the last audit."""
    last = story.audits[-1]
    changes = tuple(Change(name, value, getattr(story.ticket, name), by_rule=True) for name, value in values.items())
    story.audits[-1] = replace(last, changes=last.changes + changes)
    story.ticket = replace(story.ticket, **values)


NO_OVERRIDES: dict[str, Callable[[Story], Story]] = {
    "the customer's tag": lambda s: s.update(f"{D} 09:40", by=CUSTOMER, tags=frozenset({CLOSE_TAG})),
    "a trigger's tag": lambda s: s.update(f"{D} 09:40", by_rule=True, tags=frozenset({CLOSE_TAG})),
    "a mailed command": lambda s: s.note(f"{D} 09:40", command="close", channel="email"),
    "an outsider's command": lambda s: s.note(f"{D} 09:40", by=CUSTOMER, command="close"),
    "before the customer's last words": lambda s: s.update(f"{D} 09:40", tags=frozenset({CLOSE_TAG})).customer(
        f"{D} 09:50"
    ),
}


@pytest.mark.parametrize("attempt", NO_OVERRIDES.values(), ids=NO_OVERRIDES)
def test_these_are_no_override(attempt: Callable[[Story], Story]) -> None:
    story = attempt(a_story())
    work(story, RULES, f"{D} 09:59")
    story.status("solved", f"{D} 10:00")
    assert "ask" in said(work(story, RULES, f"{D} 18:00"))
    assert status_of(story) == "pending"
    assert CLOSE_TAG not in story.ticket.tags


def test_an_inherited_mark_goes_from_a_ticket_that_waits_for_something_else() -> None:
    story = a_story(tags=frozenset({AWAITING_TAG})).status("pending", f"{D} 10:00")
    assert said(work(story, RULES, "2026-12-31 18:00")) == []
    assert AWAITING_TAG not in story.ticket.tags


def test_inherited_tags_say_nothing_and_go() -> None:
    tags = frozenset({AWAITING_TAG, CLOSE_TAG, "zdsync_confirmed", EXEMPT_TAG, "vip"})
    story = a_story(tags=tags)
    work(story, RULES, f"{D} 09:59")
    assert story.ticket.tags == {EXEMPT_TAG, "vip"}
    story.status("solved", f"{D} 10:00")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


@pytest.mark.parametrize(
    "rules",
    [
        (RULES, lambda s: s.update(f"{D} 09:45", tags=frozenset({EXEMPT_TAG}))),
        (RULES, lambda s: s.note(f"{D} 09:45", command="exempt")),
        (
            a_rulebook(a_rule_of("confirmation_hold", exempt_tags=["internal"])),
            lambda s: s.update(f"{D} 09:45", by=-1, tags=frozenset({"internal"})),
        ),
    ],
    ids=["by tag", "by command", "by the rule"],
)
def test_an_exempt_ticket_is_not_held(rules: Any) -> None:
    rulebook, act = rules
    story = act(a_story()).status("solved", f"{D} 10:00")
    assert said(work(story, rulebook, f"{D} 18:00")) == []
    assert status_of(story) == "solved"
    assert story.ticket.tags <= {EXEMPT_TAG, "internal"}


def test_a_ticket_exempted_by_command_has_the_tag_for_the_trigger() -> None:
    story = a_story().note(f"{D} 09:45", command="exempt")
    work(story, RULES, f"{D} 09:59")
    assert story.ticket.tags == {EXEMPT_TAG}


@pytest.mark.parametrize(("command", "tag"), [("exempt", EXEMPT_TAG), ("close duplicate", CLOSE_TAG)])
def test_a_commands_tag_that_an_agent_takes_off_is_not_put_back(command: str, tag: str) -> None:
    story = a_story(assignee_id=None).note(f"{D} 09:45", command=command)
    work(story, RULES, f"{D} 09:50")
    assert tag in story.ticket.tags
    story.update(f"{D} 09:55", tags=story.ticket.tags - {tag})
    assert work(story, RULES, f"{D} 09:59") == []


def test_an_agent_who_takes_the_tag_off_takes_the_exemption_back() -> None:
    story = a_story().note(f"{D} 09:45", command="exempt")
    work(story, RULES, f"{D} 09:50")
    story.update(f"{D} 09:55", tags=frozenset()).status("solved", f"{D} 10:00")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


def test_the_mark_goes_when_the_ticket_becomes_a_problem_and_nobody_is_asked_any_more() -> None:
    story = asked()
    story.update(f"{D} 10:10", type="problem")
    assert said(work(story, RULES, "2026-12-23 10:00")) == []
    assert AWAITING_TAG not in story.ticket.tags


@pytest.mark.parametrize("ticket", [{"type": "problem"}, {"external_id": "zdsync-notice-1"}], ids=["problem", "notice"])
def test_problems_and_notices_are_not_held(ticket: dict[str, Any]) -> None:
    assert work(solved(**ticket), RULES, f"{D} 18:00") == []


def test_a_ticket_that_no_customer_has_seen_is_not_held_since_a_question_would_show_it() -> None:
    story = Story(f"{D} 09:00", by=AGENT, public=False, status="open", assignee_id=AGENT).note(f"{D} 09:30")
    assert work(story.status("solved", f"{D} 10:00"), RULES, "2026-12-23 18:00") == []


def test_a_request_of_our_own_is_not_held() -> None:
    story = Story(f"{D} 09:00", by=9, status="open", assignee_id=AGENT, requester_id=9)
    assert work(story.status("solved", f"{D} 10:00"), RULES, f"{D} 18:00") == []


def test_what_was_solved_before_live_since_is_left_so() -> None:
    rulebook = a_rulebook(a_rule_of("confirmation_hold"), live_since=paris(f"{D} 10:30"))
    assert work(solved(), rulebook, "2026-12-24 18:00") == []


@pytest.mark.parametrize(
    "later",
    [
        lambda s: s.customer(f"{D} 11:00", flags=(4,)),
        lambda s: s.customer(f"{D} 11:00", answer="thanks"),
        lambda s: s.customer(f"{D} 11:00", flags=(4,)).by_rule(f"{D} 11:05", status="solved"),
    ],
    ids=["an automatic mail", "thanks", "a rule's solve"],
)
def test_what_comes_later_does_not_hold_a_solve_from_before_live_since(later: Callable[[Story], Story]) -> None:
    rulebook = a_rulebook(a_rule_of("confirmation_hold"), live_since=paris(f"{D} 10:30"))
    story = later(solved())
    assert said(work(story, rulebook, "2026-12-24 18:00")) == []
    assert status_of(story) == "open"


def test_a_yes_from_before_live_since_confirms_a_solve_after_it() -> None:
    rulebook = a_rulebook(a_rule_of("confirmation_hold"), live_since=paris(f"{D} 09:55"))
    story = a_story().customer(f"{D} 09:45", answer="yes")
    held = held_by_trigger()
    story.audits.append(held.audits[-1])
    story.ticket = held.ticket
    work(story, rulebook, f"{D} 18:00")
    assert status_of(story) == "solved"


def test_marks_go_from_a_ticket_whose_last_words_are_from_before_live_since() -> None:
    rulebook = a_rulebook(a_rule_of("confirmation_hold"), live_since=paris(f"{D} 09:45"))
    story = solved()
    work(story, rulebook, f"{D} 10:01")
    assert AWAITING_TAG in story.ticket.tags
    story.status("open", f"{D} 11:00")
    work(story, rulebook, f"{D} 12:00")
    assert AWAITING_TAG not in story.ticket.tags


# Words that open nothing


def on_behalf(story: Story, at: str, answer: Answer = "other", status: Status | None = None) -> Story:
    """An agent writes down what the customer said; Zendesk opens no ticket for an agent's update."""
    words = replace(story._comment(CUSTOMER, True, (11,)), answer=answer)
    return story.update(at, comment=words, status=status or story.ticket.status)


def test_an_agent_who_writes_down_the_customers_words_and_leaves_it_solved_asks_them() -> None:
    story = on_behalf(solved(), f"{D} 10:00:01")
    assert said(work(story, RULES, "2026-12-31 18:00")) == ["ask", "chase:1", "chase:2", "unanswered"]


@pytest.mark.parametrize(("answer", "status"), ANSWERS.values(), ids=ANSWERS)
def test_an_agent_who_is_the_requester_answers_without_opening(answer: Any, status: str) -> None:
    story = asked(requester_id=OTHER_AGENT)
    story.audits[0] = replace(story.audits[0], changes=(Change("status", "open"), Change("requester_id", OTHER_AGENT)))
    words = replace(story._comment(OTHER_AGENT, True), answer=answer)
    story.update(f"{D} 11:00", by=OTHER_AGENT, comment=words)
    assert said(work(story, RULES, "2026-12-31 18:00")) == ["reply"]
    assert status_of(story) == status


@pytest.mark.parametrize(("answer", "status"), ANSWERS.values(), ids=ANSWERS)
def test_a_reply_that_a_trigger_sets_to_pending_is_heard_once(answer: Any, status: str) -> None:
    story = asked().customer(f"{D} 11:00", answer=answer)
    in_the_same_update(story, status="pending")
    assert said(work(story, RULES, f"{D} 18:00")) == ["reply"]
    assert status_of(story) == status
    assert AWAITING_TAG not in story.ticket.tags
    if status == "open":
        in_the_same_update(story, status="pending")
        assert work(story, RULES, f"{D} 18:00") == []


def test_a_yes_before_we_could_hold_confirms() -> None:
    story = solved().customer(f"{D} 10:00:01", answer="yes")
    assert said(work(story, RULES, f"{D} 18:00")) == ["reply"]
    assert status_of(story) == "solved"


def test_a_command_on_a_ticket_that_waits_for_something_else_is_carried_out() -> None:
    story = a_story().status("pending", f"{D} 10:00").note(f"{D} 11:00", command="close duplicate")
    assert said(work(story, RULES, f"{D} 18:00")) == ["override"]
    assert status_of(story) == "solved"


# Silence


def test_silence_brings_two_reminders_and_then_the_agent_never_a_solve() -> None:
    story = asked()
    done = work(story, RULES, "2026-12-31 18:00")
    assert [(each.said, f"{each.at:%d %H:%M}") for each in done if each.said] == [
        (("chase:1",), "26 09:00"),
        (("chase:2",), "01 09:00"),
        (("unanswered",), "04 09:00"),
    ]
    assert status_of(story) == "open"
    assert len(to_customer(done)) == 2


def test_after_it_came_back_a_new_solve_asks_anew() -> None:
    story = asked()
    work(story, RULES, "2026-12-04 18:00")
    story.status("solved", "2026-12-07 10:00")
    assert said(work(story, RULES, "2026-12-07 18:00")) == ["ask"]


def test_it_came_back_even_if_nothing_more_could_be_said_that_day() -> None:
    story = asked()
    work(story, replace(RULES, caps=Caps(per_ticket_per_day=0)), "2026-12-04 18:00")
    assert status_of(story) == "open"
    story.status("solved", "2026-12-07 10:00")
    assert said(work(story, RULES, "2026-12-07 18:00")) == ["ask"]


def test_who_solved_it_may_be_an_agent_no_more() -> None:
    story = asked(assignee_id=OTHER_AGENT)
    story.audits[1] = replace(story.audits[1], comments=())
    left = facts(people={**facts().people, AGENT: replace(facts().people[AGENT], role="end-user")})
    assert said(work(story, RULES, "2026-12-31 18:00", left)) == ["chase:1", "chase:2", "unanswered"]


def test_reminders_that_are_set_anew_do_not_follow_each_other_at_once() -> None:
    story = asked()
    late = a_rulebook(a_rule_of("confirmation_hold", chase=[6], back_to_agent=9))
    assert said(work(story, late, "2026-12-02 12:00")) == ["chase:1"]
    assert said(work(story, RULES, "2026-12-03 12:00")) == []
    assert said(work(story, RULES, "2026-12-31 12:00")) == ["unanswered"]


def test_an_agent_who_answers_after_an_automatic_mail_has_taken_it_up() -> None:
    story = asked().customer(f"{D} 10:02", flags=(4,)).reply(f"{D} 10:03")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "open"


def test_after_downtime_the_customer_is_reminded_once() -> None:
    story = asked()
    at = paris("2026-12-02 12:00")
    plan = evaluate(story.history, facts(), RULES, at)
    assert [key for update in plan.updates for key in update.keys] == ["chase:102:2"]


def test_a_snooze_puts_reminders_off() -> None:
    story = asked().note("2026-11-25 17:00", command="snooze 2d")
    done = work(story, RULES, "2026-11-28 18:00")
    assert [(each.said, f"{each.at:%d %H:%M}") for each in done] == [(("chase:1",), "27 16:00")]


def test_a_question_asked_at_night_is_followed_up_by_day() -> None:
    story = a_story().status("solved", f"{D} 22:00")
    done = work(story, RULES, "2026-11-27 18:00")
    assert [(each.said, f"{each.at:%d %H:%M}") for each in done] == [(("ask",), "23 21:00"), (("chase:1",), "27 08:00")]


# Solved again and again


def test_a_rules_solve_of_a_held_ticket_is_undone_silently_and_only_twice_a_day() -> None:
    story = asked()
    for hour in (11, 12):
        story.by_rule(f"{D} {hour}:00", status="solved")
        assert said(work(story, RULES, f"{D} {hour}:30")) == []
        assert status_of(story) == "pending"
        assert story.ticket.custom_status_id == 8001
    story.by_rule(f"{D} 13:00", status="solved")
    assert said(work(story, RULES, "2026-12-23 13:30")) == ["flips"]
    assert status_of(story) == "solved"
    assert AWAITING_TAG not in story.ticket.tags


def test_a_rules_solve_of_what_nobody_has_solved_goes_back_without_a_question() -> None:
    story = a_story().status("pending", f"{D} 10:00").by_rule(f"{D} 11:00", status="solved")
    assert said(work(story, RULES, "2026-12-23 18:00")) == []
    assert status_of(story) == "pending"
    assert AWAITING_TAG not in story.ticket.tags


def test_what_a_rule_solves_again_while_it_waits_goes_back_to_the_agents() -> None:
    story = a_story().status("pending", f"{D} 10:00").by_rule("2026-11-28 10:00", status="solved")
    work(story, RULES, "2026-11-28 11:00")
    assert status_of(story) == "pending"
    story.by_rule("2026-12-03 10:00", status="solved")
    done = work(story, RULES, "2026-12-03 11:00")
    assert said(done) == ["unsolved"]
    assert to_customer(done) == []
    assert status_of(story) == "open"


def test_an_agent_who_solves_again_is_told_how_and_the_customer_is_not_asked_again() -> None:
    story = asked().status("solved", f"{D} 11:00")
    done = work(story, RULES, f"{D} 18:00")
    assert said(done) == ["again"]
    assert to_customer(done) == []
    assert status_of(story) == "pending"


# Held by the provisioned trigger


def held_by_trigger(**ticket: Any) -> Story:
    """The agent's audit has the trigger's changes in it."""
    story = a_story(**ticket)
    story.update(f"{D} 10:00", status="pending", custom_status_id=8001, tags=story.ticket.tags | {AWAITING_TAG})
    audit = story.audits[-1]
    changes = (
        Change("status", "solved", "open"),
        *(
            Change(each.field, each.value, "solved" if each.field == "status" else each.previous, by_rule=True)
            for each in audit.changes
        ),
    )
    story.audits[-1] = type(audit)(audit.id, audit.at, audit.author_id, audit.channel, changes)
    return story


def test_what_the_trigger_has_held_and_asked_is_left_to_it() -> None:
    story = held_by_trigger()
    assert work(story, RULES, f"{D} 18:00") == []
    story.customer("2026-11-24 09:00", answer="bare yes")
    assert said(work(story, RULES, "2026-11-24 18:00")) == ["reply"]
    assert status_of(story) == "solved"


def test_reminders_count_from_the_triggers_question() -> None:
    assert said(work(held_by_trigger(), RULES, "2026-12-31 18:00")) == ["chase:1", "chase:2", "unanswered"]


def test_what_the_trigger_held_though_the_customer_had_confirmed_is_solved() -> None:
    story = a_story().customer(f"{D} 09:45", answer="yes")
    held = held_by_trigger()
    story.audits.append(held.audits[-1])
    story.ticket = held.ticket
    work(story, RULES, f"{D} 18:00")
    assert status_of(story) == "solved"


def test_an_agent_who_chooses_the_status_by_hand_means_to_ask() -> None:
    story = a_story().update(f"{D} 10:00", status="pending", custom_status_id=8001)
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


def test_an_agent_who_chooses_another_status_to_wait_in_asks_something_else() -> None:
    story = asked().reply(f"{D} 11:00", status="pending", custom_status_id=8002)
    assert said(work(story, RULES, "2026-12-31 18:00")) == []
    assert (status_of(story), story.ticket.custom_status_id) == ("pending", 8002)
    assert AWAITING_TAG not in story.ticket.tags
    story.update("2027-01-04 10:00", status="solved")
    assert said(work(story, RULES, "2027-01-04 18:00")) == ["ask"]


def test_an_agent_who_solves_again_out_of_the_status_has_not_left_it() -> None:
    story = asked().update(f"{D} 11:00", status="solved", custom_status_id=8003)
    assert said(work(story, RULES, f"{D} 18:00")) == ["again"]


# Nobody assigned


def test_a_yes_on_an_unassigned_ticket_is_told_to_the_agents_since_zendesk_would_refuse_the_solve() -> None:
    story = asked(assignee_id=None).customer(f"{D} 11:00", answer="yes")
    (done,) = work(story, RULES, f"{D} 18:00")
    assert status_of(story) == "open"
    assert "Nobody is assigned" in text(done)


def test_an_exemption_from_the_hold_only_and_one_from_the_cadence_only() -> None:
    story = a_story().note(f"{D} 09:40", command="exempt hold").update(f"{D} 10:00", status="solved")
    assert said(work(story, RULES, f"{D} 18:00")) == []
    assert status_of(story) == "solved"
    assert story.ticket.tags == {"zdsync_exempt_hold"}
    held = a_story().note(f"{D} 09:40", command="exempt cadence").update(f"{D} 10:00", status="solved")
    assert said(work(held, RULES, f"{D} 18:00")) == ["ask"]


def test_an_exemption_from_the_hold_is_taken_back_with_its_tag() -> None:
    story = a_story().note(f"{D} 09:40", command="exempt hold")
    work(story, RULES, f"{D} 09:45")
    story.update(f"{D} 09:50", tags=frozenset()).update(f"{D} 10:00", status="solved")
    assert said(work(story, RULES, f"{D} 18:00")) == ["ask"]


def test_a_snooze_of_the_cadence_delays_no_reminder_of_the_question_and_one_of_the_hold_does() -> None:
    times = []
    for about in ("cadence", "hold"):
        story = asked().note("2026-11-26 09:00", command=f"snooze until 2026-11-27 09:00 {about}")
        times.append(next(each.at for each in work(story, RULES, "2026-11-27 18:00") if each.said == ("chase:1",)))
    assert times == [paris("2026-11-26 10:00:02"), paris("2026-11-27 09:00")]


def test_our_own_parts_may_be_missing() -> None:
    known = Facts(frozenset({9}))
    work(Story(f"{D} 09:00").status("solved", f"{D} 10:00"), RULES, f"{D} 18:00", known)
