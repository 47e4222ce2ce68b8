"""Reading histories: whose words count, what was so when, and what to do where the record is incomplete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import (
    AGENT,
    CUSTOMER,
    MONDAY,
    OTHER_AGENT,
    OUTSIDER,
    US,
    Story,
    a_comment,
    a_person,
    a_ticket,
    an_audit,
    facts,
    paris,
)
from zdsync.core.history import Reading, Speaker
from zdsync.core.model import Change, Comment, Facts, History

TEN = "2026-11-23 10:00"
ELEVEN = "2026-11-23 11:00"


def read(story: Story | History, given: Facts | None = None) -> Reading:
    return Reading(story.history if isinstance(story, Story) else story, given or facts())


def spans(reading: Reading, field: str) -> list[tuple[object, int]]:
    return [(span.value, span.audit_id) for span in reading.timeline(field)]


@pytest.mark.parametrize(
    ("ticket", "kind"),
    [
        ({}, "request"),
        ({"type": "incident", "external_id": "crm-7"}, "request"),
        ({"type": "problem"}, "problem"),
        ({"external_id": "zdsync-4711-301"}, "notice"),
        ({"external_id": "zdsync-1", "type": "problem"}, "notice"),
        ({"external_id": "zdsync-1", "submitter_id": 301}, "request"),  # somebody else has written it
    ],
)
def test_a_ticket_is_a_request_a_notice_of_ours_or_a_problem(ticket: dict[str, Any], kind: str) -> None:
    assert read(History(a_ticket(**ticket), ())).kind == kind


def test_a_key_counts_only_in_an_audit_of_ours() -> None:
    story = Story().update(TEN, US, keys=("a:1", "b:1")).update(ELEVEN, CUSTOMER, keys=("c:1",))
    assert read(story).keys == {"a:1", "b:1"}
    predecessor = facts(own_user_ids=frozenset({US, CUSTOMER}))
    assert read(story, predecessor).keys == {"a:1", "b:1", "c:1"}


def test_our_messages_are_counted_by_their_time_and_bare_updates_are_none() -> None:
    story = Story().reply(TEN, US).update(ELEVEN, US, priority="low").reply(ELEVEN, AGENT)
    assert read(story).own_messages == (paris(TEN),)
    assert read(story.reply(ELEVEN, US, keys=("relay:77",))).own_messages == (paris(TEN),), "those are the agent's"


def speakers(story: Story, given: Facts | None = None) -> list[Speaker]:
    return [said.by for said in read(story, given).comments]


def test_who_speaks_is_staff_the_requester_somebody_else_or_us() -> None:
    story = Story().reply(TEN, AGENT).customer(TEN).customer(TEN, OUTSIDER).reply(TEN, US)
    assert speakers(story) == ["requester", "staff", "requester", "other", "us"]


def test_an_agent_who_is_the_requester_does_not_answer_themselves() -> None:
    story = Story(by=AGENT, requester_id=AGENT)
    story.audits[0] = replace(story.audits[0], changes=(Change("requester_id", AGENT),))
    assert speakers(story.reply(TEN, AGENT)) == ["requester", "requester"]


def test_who_left_stays_staff_where_they_were_assigned() -> None:
    left = facts(people={OTHER_AGENT: a_person(OTHER_AGENT, "end-user")})
    assigned = Story().update(TEN, AGENT, assignee_id=OTHER_AGENT).reply(TEN, OTHER_AGENT)
    assigned.update(ELEVEN, AGENT, assignee_id=AGENT)
    assert speakers(assigned, left)[-1] == "staff"
    assert speakers(Story().reply(TEN, OTHER_AGENT), left)[-1] == "other"


def test_an_unflagged_private_note_proves_an_agent_and_a_flagged_one_does_not() -> None:
    nobody_known = facts(people={})
    assert speakers(Story().note(TEN, OTHER_AGENT).reply(ELEVEN, OTHER_AGENT), nobody_known)[-1] == "staff"
    flagged: Comment = a_comment(5, OUTSIDER, public=False, flags=[2])
    outsider = Story().update(TEN, OUTSIDER, comment=flagged).customer(ELEVEN, OUTSIDER)
    assert speakers(outsider, nobody_known)[-1] == "other"


def test_a_private_mail_proves_no_agent() -> None:
    """An account may keep private what those who are copied write, without a flag."""
    private = Story().update(TEN, OUTSIDER, channel="email", comment=a_comment(5, OUTSIDER, public=False))
    assert speakers(private.customer(ELEVEN, OUTSIDER), facts(people={}))[-1] == "other"


@pytest.mark.parametrize(("flag", "speaker"), [(0, "other"), (2, "other"), (3, "other"), (4, "staff"), (5, "staff")])
def test_a_comment_in_an_agents_name_that_may_be_anybodys_is_not_theirs(flag: int, speaker: Speaker) -> None:
    story = Story().update(TEN, AGENT, comment=a_comment(5, AGENT, flags=[flag]))
    assert speakers(story)[-1] == speaker
    assert read(story).first_reply is None or flag == 5


def test_a_comment_that_we_relay_is_the_agents() -> None:
    story = Story().reply(TEN, US, keys=("relay:77",)).reply(TEN, US, keys=("warn:1:x",))
    assert speakers(story)[1:] == ["staff", "us"]
    assert speakers(Story().reply(TEN, OUTSIDER, keys=("relay:77",)))[-1] == "other"


def test_what_we_do_beside_a_comment_that_we_relay_is_ours() -> None:
    reading = read(Story().status("solved", TEN).reply(ELEVEN, US, "pending", keys=("relay:77", "ask:1")).history)
    assert [move.by for move in reading.moves] == ["staff", "us"]


def test_the_requester_is_the_one_of_that_moment() -> None:
    story = Story().customer(TEN, CUSTOMER).update(ELEVEN, AGENT, requester_id=OUTSIDER)
    story.customer("2026-11-23 12:00", CUSTOMER)
    assert speakers(story) == ["requester", "requester", "other"]


def test_automatic_mail_is_told_apart() -> None:
    said = read(Story().customer(TEN, flags=[4, 11])).comments
    assert [one.automatic for one in said] == [False, True]


def test_a_timeline_says_what_was_set_by_which_audit() -> None:
    story = Story(priority="low").priority("high", TEN).update(ELEVEN, AGENT, comment=a_comment(3, AGENT))
    reading = read(story.priority("urgent", ELEVEN))
    assert spans(reading, "priority") == [("low", 100), ("high", 101), ("urgent", 103)]
    assert [span.until for span in reading.timeline("priority")] == [paris(TEN), paris(ELEVEN), None]
    assert reading.at("priority", paris("2026-11-23 10:30")) == "high"
    assert reading.at("priority", MONDAY - timedelta(days=1)) == "low"
    assert reading.unusable == ()


def test_a_field_that_never_changed_is_as_the_ticket_has_it() -> None:
    reading = read(Story(brand_id=7, fields={70: "x"}))
    assert spans(reading, "brand_id") == [(7, 100)]
    assert spans(reading, "70") == [("x", 100)]
    assert spans(reading, "priority") == [(None, 100)]


def test_several_changes_by_one_audit_are_one() -> None:
    changes = (Change("priority", "low"), Change("priority", "high", "low", by_rule=True))
    history = History(a_ticket(priority="high"), (an_audit(5, changes=changes),))
    assert spans(read(history), "priority") == [("high", 5)]
    back = (Change("priority", "low", "high"), Change("priority", "high", "low", by_rule=True))
    there_and_back = History(a_ticket(priority="high"), (*history.audits, an_audit(6, changes=back)))
    assert spans(read(there_and_back), "priority") == [("high", 5)]


def test_ids_in_audits_may_be_text() -> None:
    changes = (Change("assignee_id", "21", None),)
    history = History(a_ticket(assignee_id=21), (an_audit(5), an_audit(6, changes=changes)))
    assert spans(read(history), "assignee_id") == [(None, 5), (21, 6)]


def test_a_history_without_its_beginning_is_read_from_the_first_change_on() -> None:
    late = an_audit(9, MONDAY + timedelta(days=2), AGENT, changes=(Change("status", "open", "pending"),))
    reading = read(History(a_ticket(status="open"), (late,)))
    assert spans(reading, "status") == [("pending", 0), ("open", 9)]
    assert reading.creation is None
    assert reading.unusable == ("the history lacks the ticket's creation",)


def test_a_status_without_the_one_before_it_is_taken_as_new() -> None:
    late = an_audit(9, MONDAY + timedelta(hours=2), AGENT, changes=(Change("status", "open"),))
    reading = read(History(a_ticket(status="open"), (an_audit(1), late)))
    assert spans(reading, "status") == [("new", 1), ("open", 9)]
    assert "audit 9 lacks the status before it: taken as new" in reading.unusable


def test_the_ticket_is_right_where_its_history_ends_otherwise() -> None:
    story = Story().priority("high", TEN)
    reading = read(History(replace(story.ticket, priority="low"), tuple(story.audits)))
    assert spans(reading, "priority") == [(None, 100), ("low", 101)]
    assert reading.unusable == ("the history ends with priority high, the ticket has low",)


def test_what_an_audit_could_not_tell_is_passed_on() -> None:
    history = History(a_ticket(), (an_audit(1), an_audit(2, unusable=("an event of type Push",))))
    assert read(history).unusable == ("audit 2: an event of type Push",)


def test_a_ticket_without_audits_can_be_read() -> None:
    reading = read(History(a_ticket(priority="low"), ()))
    assert spans(reading, "priority") == [("low", 0)]
    assert (reading.comments, reading.keys, reading.creation_id, reading.unusable) == ((), frozenset(), 0, ())


def tagged(*tags: str) -> frozenset[str]:
    return frozenset(tags)


@pytest.mark.parametrize(
    ("story", "commands"),
    [
        pytest.param(Story().update(TEN, AGENT, tags=tagged("stop")), {"stop"}, id="an agent's"),
        pytest.param(Story().update(TEN, CUSTOMER, tags=tagged("stop")), set(), id="a customer's"),
        pytest.param(Story().update(TEN, US, tags=tagged("stop")), set(), id="our own"),
        pytest.param(Story().update(TEN, AGENT, by_rule=True, tags=tagged("stop")), set(), id="a trigger's"),
        pytest.param(Story(by=AGENT, tags=tagged("stop")), set(), id="inherited at creation"),
        pytest.param(
            Story(tags=tagged("stop")).update(TEN, AGENT, tags=tagged("stop", "go")), {"go"}, id="only the new one"
        ),
        pytest.param(
            Story().update(TEN, AGENT, tags=tagged("stop")).update(ELEVEN, AGENT, tags=tagged()), set(), id="taken away"
        ),
        pytest.param(
            Story()
            .update(TEN, AGENT, tags=tagged("stop"))
            .update(TEN, AGENT, tags=tagged())
            .update(ELEVEN, AGENT, by_rule=True, tags=tagged("stop")),
            set(),
            id="taken away, then added by a trigger",
        ),
    ],
)
def test_only_a_tag_that_staff_added_themselves_is_a_command(story: Story, commands: set[str]) -> None:
    assert set(read(story).control_tags) == commands


@pytest.mark.parametrize(
    ("story", "along"),
    [
        pytest.param(Story(tags=tagged("late")), True, id="inherited"),
        pytest.param(Story(tags=tagged("late")).update(TEN, AGENT, tags=tagged("late", "x")), True, id="kept"),
        pytest.param(Story().update(TEN, US, tags=tagged("late")), False, id="added later"),
        pytest.param(Story(tags=tagged("late")).update(TEN, US, tags=tagged()), False, id="taken away"),
        pytest.param(
            Story(tags=tagged("late")).update(TEN, US, tags=tagged()).update(ELEVEN, US, tags=tagged("late")),
            False,
            id="taken away, and added again",
        ),
    ],
)
def test_whether_a_tag_came_with_the_ticket(story: Story, along: bool) -> None:
    assert read(story).came_along("late") is along


def test_a_tag_that_a_gap_hides_is_no_command() -> None:
    """The previous value has it already although no audit added it."""
    change = Change("tags", ("go", "stop"), ("stop",))
    audits = (an_audit(1), an_audit(2, MONDAY + timedelta(hours=1), AGENT, changes=(change,)))
    assert read(History(a_ticket(tags=tagged("go", "stop")), audits)).control_tags.keys() == {"go"}


def a_notice() -> Story:
    """A notice of ours from 09:00."""
    return Story(by=US, external_id="zdsync-outage-7-301", type="incident", status="pending", requester_id=CUSTOMER)


NO_ANSWERS: dict[str, Callable[[Story], Story]] = {
    "nothing": lambda s: s,
    "a relayed update": lambda s: s.update(
        "2026-11-23 09:30", US, comment=a_comment(2, US), keys=["relay:77"], channel="api"
    ),
    "an agent's words": lambda s: s.reply("2026-11-23 09:30", status="pending"),
    "an agent's note": lambda s: s.note("2026-11-23 09:30"),
    "automatic mail": lambda s: s.customer("2026-11-23 09:30", flags=(4,)),
    "somebody who is away": lambda s: s.customer("2026-11-23 09:30", answer="automatic"),
}


@pytest.mark.parametrize("story", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_notice_stays_one_until_a_customer_has_answered_it(story: Callable[[Story], Story]) -> None:
    assert read(story(a_notice()).history).kind == "notice"


ANSWERS: dict[str, Callable[[Story], Story]] = {
    "the customer": lambda s: s.customer("2026-11-23 09:30"),
    "a colleague of theirs": lambda s: s.customer("2026-11-23 09:30", by=OUTSIDER),
    "somebody whose words Zendesk keeps private": lambda s: s.update(
        "2026-11-23 09:30", OUTSIDER, comment=a_comment(2, OUTSIDER, public=False, flags=(2,)), channel="email"
    ),
}


@pytest.mark.parametrize("story", ANSWERS.values(), ids=ANSWERS)
def test_a_notice_that_a_customer_answers_is_a_request_from_then_on(story: Callable[[Story], Story]) -> None:
    reading = read(
        story(a_notice().update("2026-11-23 09:10", US, comment=a_comment(5, US), keys=["relay:77"])).history
    )
    assert reading.kind == "request"
    assert reading.begins_at == paris("2026-11-23 09:30")
    assert reading.first_reply is None, "what was relayed before answers nothing"
