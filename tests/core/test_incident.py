"""What a problem's history says of a major incident: declared by whom, told when, promised, solved, down from when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.builders import AGENT, CUSTOMER, PARIS_HOURS, US, Story, facts, paris
from zdsync.core.history import Reading
from zdsync.core.incident import SEND_TAG, STOP_TAG, Incident, incident, incidents
from zdsync.core.incident_promises import Pace
from zdsync.core.model import Comment

ZONE = ZoneInfo("Europe/Paris")
PACE = Pace(timedelta(minutes=30), PARIS_HOURS)


def at(clock: str) -> str:
    return f"2026-11-23 {clock}"


def read(story: Story, pace: Pace | None = PACE) -> Incident | None:
    return incident(Reading(story.history, facts()), ZONE, pace)


def the(story: Story) -> Incident:
    found = read(story)
    assert found is not None, "there is a major incident"
    return found


def declared() -> Story:
    """A customer's ticket that an agent makes a P1 problem at 09:10."""
    return Story(at("09:00")).update(at("09:10"), AGENT, priority="urgent", type="problem")


def gone(contacts: int = 423) -> Story:
    """The same, and our go at 09:15."""
    story = declared()
    number = the(story).declared.audit_id
    story.update(at("09:10:02"), US, comment=note(story), keys=[f"outage:{number}:countdown"], channel="api")
    return story.update(at("09:15"), US, comment=note(story), keys=[f"outage:{number}:go:{contacts}"], channel="api")


def note(story: Story) -> Comment:
    return story._comment(US, False)


DECLARED: dict[str, Callable[[], Story]] = {
    "both at once": declared,
    "priority, then type": lambda: (
        Story(at("09:00")).update(at("09:05"), priority="urgent").update(at("09:10"), type="problem")
    ),
    "type, then priority": lambda: (
        Story(at("09:00")).update(at("09:05"), type="problem").update(at("09:10"), priority="urgent")
    ),
    "a customer's urgent that an agent makes a problem": lambda: Story(at("09:00"), priority="urgent").update(
        at("09:10"), type="problem"
    ),
    "by the API": lambda: Story(at("09:00")).update(at("09:10"), channel="api", priority="urgent", type="problem"),
}


@pytest.mark.parametrize("story", DECLARED.values(), ids=DECLARED)
def test_staff_declare_it_by_completing_urgent_and_a_problem(story: Callable[[], Story]) -> None:
    found = the(story())
    assert (found.declared.at, found.declared.by) == (paris(at("09:10")), AGENT)
    assert found.name == f"outage-{story().audits[-1].id}"


UNDECLARED: dict[str, Callable[[], Story]] = {
    "only urgent": lambda: Story(at("09:00")).update(at("09:10"), priority="urgent"),
    "only a problem": lambda: Story(at("09:00")).update(at("09:10"), type="problem"),
    "by the customer": lambda: Story(at("09:00")).update(at("09:10"), CUSTOMER, priority="urgent", type="problem"),
    "by a trigger on the agent's update": lambda: Story(at("09:00")).update(
        at("09:10"), by_rule=True, priority="urgent", type="problem"
    ),
    "completed by a trigger": lambda: (
        Story(at("09:00")).update(at("09:05"), type="problem").update(at("09:10"), by_rule=True, priority="urgent")
    ),
    "by an automation": lambda: Story(at("09:00")).by_rule(at("09:10"), priority="urgent", type="problem"),
    "by mail": lambda: Story(at("09:00")).update(at("09:10"), channel="email", priority="urgent", type="problem"),
    "by us": lambda: Story(at("09:00")).update(at("09:10"), US, priority="urgent", type="problem"),
    "the customer, on a problem": lambda: (
        Story(at("09:00")).update(at("09:05"), type="problem").update(at("09:10"), CUSTOMER, priority="urgent")
    ),
}


@pytest.mark.parametrize("story", UNDECLARED.values(), ids=UNDECLARED)
def test_nobody_else_and_nothing_less_declares_one(story: Callable[[], Story]) -> None:
    assert read(story()) is None


def test_an_agent_who_opens_a_ticket_as_a_p1_problem_declares_it() -> None:
    story = Story(at("09:00"), by=AGENT, priority="urgent", type="problem")
    first = story.audits[0]
    story.audits[0] = type(first)(
        first.id, first.at, first.author_id, first.channel,
        (*first.changes, type(first.changes[0])("type", "problem")), first.comments,
    )  # fmt: skip
    assert the(story).declared.audit_id == first.id


def test_what_is_taken_back_before_anything_was_sent_is_called_off_and_was_no_outage() -> None:
    found = the(declared().update(at("09:12"), priority="high"))
    assert found.called_off is not None
    assert found.called_off.at == paris(at("09:12"))
    assert found.downs == ()


def test_declared_again_after_that_it_is_another_one() -> None:
    story = declared().update(at("09:12"), priority="high").update(at("09:20"), priority="urgent")
    first, second = incidents(Reading(story.history, facts()), ZONE, PACE)
    assert first.called_off is not None
    assert second.called_off is None
    assert second.declared.at == paris(at("09:20"))


def test_a_lower_priority_after_the_go_calls_nothing_off_but_promises_no_more() -> None:
    story = gone().update(at("09:20"), priority="high").reply(at("09:30"))
    found = the(story)
    assert found.called_off is None
    assert [promise.due for promise in found.promises] == [paris(at("09:45"))]
    assert found.promises[0].kept
    assert found.is_running


def test_solved_before_the_go_it_was_an_outage_of_which_nobody_was_told() -> None:
    found = the(declared().status("solved", at("09:13")))
    assert found.solved_early is not None
    assert found.solves == ()
    assert [(down.began, down.ended) for down in found.downs] == [(paris(at("09:10")), paris(at("09:13")))]


def test_declared_when_it_was_over_it_lasts_no_moment_until_an_agent_says_from_when() -> None:
    story = Story(at("08:00")).status("solved", at("09:05")).update(at("09:10"), priority="urgent", type="problem")
    assert the(story).solved_early is not None
    assert [(down.began, down.ended) for down in the(story).downs] == [(paris(at("09:10")), paris(at("09:10")))]
    story.note(at("09:20"), command="outage from 08:10 sign-in failed").note(
        at("09:21"), command="outage until 09:00 up"
    )
    assert [(down.began, down.ended) for down in the(story).downs] == [(paris(at("08:10")), paris(at("09:00")))]


def test_the_go_says_how_many_and_makes_the_first_promise() -> None:
    found = the(gone(423))
    assert found.go is not None
    assert found.go.contacts == 423
    assert found.is_running
    assert [(promise.made_at, promise.due) for promise in found.promises] == [(paris(at("09:15")), paris(at("09:45")))]
    assert not found.promises[0].missed(paris(at("09:45")))
    assert found.promises[0].missed(paris(at("09:45:01")))


@pytest.mark.parametrize(("go", "due"), [("423", "09:45"), ("423:1h30m", "10:45"), ("423:15m", "09:30")])
def test_the_period_that_was_promised_holds_whatever_the_rule_says_now(go: str, due: str) -> None:
    story = declared()
    number = the(story).declared.audit_id
    story.update(at("09:15"), US, comment=note(story), keys=[f"outage:{number}:go:{go}"], channel="api")
    assert [(promise.due, promise.made_at) for promise in the(story).promises] == [(paris(at(due)), paris(at("09:15")))]
    assert the(story).go is not None


def test_a_go_in_somebody_elses_audit_is_none() -> None:
    story = declared()
    number = the(story).declared.audit_id
    story.update(at("09:15"), AGENT, comment=note(story), keys=[f"outage:{number}:go:423"])
    assert the(story).go is None


def test_what_we_have_acted_on_stays_declared_after_the_agent_has_left() -> None:
    story = gone()
    people = {id: person for id, person in facts().people.items() if id != AGENT}
    found = incident(Reading(story.history, facts(people=people)), ZONE, PACE)
    assert found is not None
    assert found.is_running
    assert incident(Reading(declared().history, facts(people=people)), ZONE, PACE) is None


def test_public_comments_of_staff_are_news_notes_and_customers_are_not() -> None:
    story = gone().note(at("09:20")).customer(at("09:25")).reply(at("09:40")).reply(at("10:20"))
    found = the(story)
    assert [news.at for news in found.news] == [paris(at("09:40")), paris(at("10:20"))]
    assert [(promise.due, promise.kept) for promise in found.promises] == [
        (paris(at("09:45")), True),
        (paris(at("10:10")), False),
        (paris(at("10:50")), False),
    ]
    assert found.promise is found.promises[-1]


def test_what_was_said_before_the_go_is_no_news() -> None:
    story = declared().reply(at("09:11"))
    number = the(story).declared.audit_id
    story.update(at("09:15"), US, comment=note(story), keys=[f"outage:{number}:go:1"], channel="api")
    assert the(story).news == ()


def test_a_promise_made_in_the_evening_runs_out_the_next_morning() -> None:
    story = gone().reply(at("17:45"))
    assert the(story).promises[-1].due == paris("2026-11-24 09:15")


def test_the_solve_is_told_with_its_comment_and_keeps_the_promise() -> None:
    story = gone().reply(at("09:40"))
    story.update(at("10:00"), comment=story._comment(AGENT, True), status="solved")
    found = the(story)
    (solve,) = found.solves
    assert solve.comment_id == story.audits[-1].comments[0].id
    assert found.resolution == solve
    assert not found.is_running
    assert found.promises[-1].kept
    assert [news.at for news in found.news] == [paris(at("09:40"))], "what comes with the solve is no update"


def test_what_is_said_after_the_solve_is_no_news() -> None:
    story = gone().status("solved", at("10:00"))
    story.update(at("10:05"), comment=story._comment(AGENT, True))
    assert the(story).news == ()


def test_closing_is_no_second_solve() -> None:
    story = gone().status("solved", at("10:00")).by_rule("2026-11-27 10:00", status="closed")
    assert [solve.at for solve in the(story).solves] == [paris(at("10:00"))]
    assert the(story).resolution is not None


def test_what_a_rule_solves_is_told_by_nobody_though_it_is_over() -> None:
    found = the(gone().by_rule(at("10:00"), status="solved"))
    assert found.solves == ()
    assert not found.is_running
    assert found.downs[0].ended == paris(at("10:00"))


def test_reopened_by_staff_and_solved_again_it_is_resolved_twice_and_was_down_twice() -> None:
    story = gone().status("solved", at("10:00")).status("open", at("10:30")).reply(at("10:35"))
    assert the(story).is_running
    found = the(story.status("solved", at("11:00")))
    assert [solve.reopened_at for solve in found.solves] == [paris(at("10:30")), None]
    assert [(down.began, down.ended) for down in found.downs] == [
        (paris(at("09:10")), paris(at("10:00"))),
        (paris(at("10:30")), paris(at("11:00"))),
    ]


def test_opened_by_staff_and_solved_again_without_a_word_to_customers_it_is_the_same_solve_and_was_down_twice() -> None:
    story = gone().status("solved", at("10:00")).status("open", at("10:30")).note(at("10:31"))
    found = the(story.status("solved", at("11:00")))
    assert [(solve.at, solve.reopened_at) for solve in found.solves] == [(paris(at("10:00")), None)]
    assert found.downs[-1].ended == paris(at("11:00"))


def test_a_customers_thanks_reopen_nothing_but_the_ticket() -> None:
    found = the(gone().status("solved", at("10:00")).customer(at("10:10")))
    assert not found.is_running
    assert found.resolution is None
    assert [down.ended for down in found.downs] == [paris(at("10:00"))]


def test_thanks_that_a_rule_or_an_agent_solves_away_leave_the_solve_as_it_was() -> None:
    for by_rule in (True, False):
        story = gone().status("solved", at("10:00")).customer(at("10:10"))
        story.update(at("10:20"), by_rule=by_rule, status="solved")
        resolution = the(story).resolution
        assert resolution is not None
        assert resolution.at == paris(at("10:00"))


def test_a_solve_that_we_hold_for_the_requesters_confirmation_stands_until_somebody_else_opens_the_ticket() -> None:
    story = gone().update(at("09:50"), type="question").status("solved", at("10:00"))
    story.status("pending", at("10:00:05"), by=US)
    found = the(story)
    assert found.resolution is not None
    assert not found.is_running
    assert the(story.status("open", at("10:30"))).resolution is None


def test_reopened_by_a_customer_it_is_down_again_once_staff_say_so() -> None:
    found = the(gone().status("solved", at("10:00")).customer(at("10:10")).reply(at("10:20")))
    assert found.is_running
    assert [(down.began, down.ended) for down in found.downs] == [
        (paris(at("09:10")), paris(at("10:00"))),
        (paris(at("10:20")), None),
    ]


def test_a_later_declaration_on_the_same_ticket_is_another_incident() -> None:
    story = gone().status("solved", at("10:00")).update(at("10:01"), priority="low")
    story.update(at("15:00"), status="open", priority="urgent")
    first, second = incidents(Reading(story.history, facts()), ZONE, PACE)
    assert first.resolution is None
    assert first.go is not None
    assert second.go is None
    assert [down.ended for down in first.downs] == [paris(at("10:00"))]
    assert [down.began for down in second.downs] == [paris(at("15:00"))]


def test_agents_correct_when_it_began_and_ended() -> None:
    story = gone().status("solved", at("10:00"))
    story.note(at("11:00"), command="outage from 08:40 monitoring shows the first errors")
    story.note(at("11:05"), command="outage until 2026-11-23 09:50 traffic was back")
    (down,) = the(story).downs
    assert (down.began, down.ended) == (paris(at("08:40")), paris(at("09:50")))
    assert (down.start, down.end) == (paris(at("09:10")), paris(at("10:00"))), "what was recorded is kept"
    assert [each.reason for each in down.corrections] == ["monitoring shows the first errors", "traffic was back"]


def test_of_two_corrections_the_later_one_holds() -> None:
    story = gone().note(at("11:00"), command="outage from 08:40 a").note(at("11:01"), command="outage from 08:50 b")
    assert the(story).downs[0].began == paris(at("08:50"))


IMPOSSIBLE = {
    "the end before the beginning": "outage until 09:00 typing error",
    "the beginning after the end": "outage from 10:30 typing error",
}


@pytest.mark.parametrize("command", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_correction_that_cannot_be_is_named_and_not_used(command: str) -> None:
    found = the(gone().status("solved", at("10:00")).note(at("11:00"), command=command))
    assert (found.downs[0].began, found.downs[0].ended) == (paris(at("09:10")), paris(at("10:00")))
    assert len(found.unused) == 1


NO_CORRECTIONS: dict[str, Callable[[Story], Story]] = {
    "a customer": lambda s: s.note(at("11:00"), by=CUSTOMER, command="outage from 08:40 x"),
    "by mail": lambda s: s.note(at("11:00"), command="outage from 08:40 x", channel="email"),
    "without a reason": lambda s: s.note(at("11:00"), command="outage from 08:40"),
    "in the future": lambda s: s.note(at("11:00"), command="outage until 2026-11-24 08:40 x"),
    "no day": lambda s: s.note(at("11:00"), command="outage from 2026-11-31 08:40 x"),
}


@pytest.mark.parametrize("story", NO_CORRECTIONS.values(), ids=NO_CORRECTIONS)
def test_nothing_else_corrects(story: Callable[[Story], Story]) -> None:
    assert the(story(gone())).downs[0].corrections == ()


def test_asking_for_sending_counts_also_after_the_tag_has_gone() -> None:
    story = declared().update(at("09:11"), tags=frozenset({SEND_TAG})).update(at("09:12"), US, tags=frozenset())
    assert [mark.at for mark in the(story).consents] == [paris(at("09:11"))]


def test_a_triggers_tag_asks_for_nothing_and_stops_nothing() -> None:
    story = declared().update(at("09:11"), by_rule=True, tags=frozenset({SEND_TAG, STOP_TAG}))
    assert the(story).consents == ()
    assert the(story).stopped is None


def test_stopping_lasts_as_long_as_the_tag_and_its_end_is_known() -> None:
    story = declared().update(at("09:11"), tags=frozenset({STOP_TAG}))
    assert the(story).stopped is not None
    story.update(at("09:30"), tags=frozenset())
    assert the(story).stopped is None
    assert the(story).stop_ended == story.audits[-1].id


def test_without_a_pace_nothing_is_promised_and_the_rest_is_read_all_the_same() -> None:
    found = read(gone().reply(at("09:40")), pace=None)
    assert found is not None
    assert found.promises == ()
    assert len(found.news) == 1


def test_two_corrections_are_judged_together() -> None:
    story = gone().status("solved", at("10:00"))
    story.note(at("11:30"), command="outage from 10:30 another machine than we thought")
    assert len(the(story).unused) == 1
    story.note(at("11:31"), command="outage until 11:00 another machine than we thought")
    (down,) = the(story).downs
    assert (down.began, down.ended) == (paris(at("10:30")), paris(at("11:00")))
    assert the(story).unused == ()


def test_what_a_merge_says_on_the_problem_and_a_recorded_call_are_no_news() -> None:
    story = gone().reply(at("09:20")).reply(at("09:21"), channel="voice").reply(at("09:22"))
    story.audits[-1] = replace(story.audits[-1], merged_with=(4712,))
    assert [news.at for news in the(story).news] == [paris(at("09:20"))]
