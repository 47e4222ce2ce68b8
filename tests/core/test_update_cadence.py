"""Update cadences: when the promise counts from, when it runs out, who is told, how often, and when nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.builders import AGENT, CUSTOMER, OTHER_AGENT, Story, a_person, a_rule_of, a_rulebook, facts, paris
from tests.core.worker import Done, work
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.automations.update_cadence import ESCALATE_TAG, MOST_LAPSES
from zdsync.core.controls import EXEMPT_TAG
from zdsync.core.evaluate import evaluate
from zdsync.core.model import Priority
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.rulebook import Caps, Rulebook

D = "2026-11-23"
"""A Monday."""


def rules(**settings: Any) -> Rulebook:
    return a_rulebook(a_rule_of("update_cadence", **settings))


RULES = rules()
FIELD = 7003


def a_story(priority: Priority = "high", reply: str = f"{D} 10:00", fingerprint: str = "", **ticket: Any) -> Story:
    """Assigned and answered."""
    return Story(f"{D} 09:00", assignee_id=AGENT, priority=priority, **ticket).reply(reply, fingerprint=fingerprint)


def told(done: Sequence[Done]) -> list[tuple[str, str]]:
    """What was said and when, in Paris."""
    return [
        (key.removeprefix("cadence:"), f"{each.at.astimezone(PARIS):%a %d %H:%M}") for each in done for key in each.said
    ]


PARIS = RULES.schedules["paris"].zone

PERIODS: dict[str, tuple[Priority, str, list[str]]] = {
    "P1, half an hour": ("urgent", "23 10:00", ["Mon 23 10:20", "Mon 23 10:30", "Mon 23 11:00", "Mon 23 11:30"]),
    "P1, over a night": ("urgent", "23 17:45", ["Tue 24 09:05", "Tue 24 09:15", "Tue 24 09:45", "Tue 24 10:15"]),
    "P2, each business day": ("high", "23 10:00", ["Tue 24 17:00", "Wed 25 09:00", "Thu 26 09:00", "Fri 27 09:00"]),
    "P2, over a weekend": ("high", "27 16:00", ["Mon 30 17:00", "Tue 01 09:00", "Wed 02 09:00", "Thu 03 09:00"]),
    "P3, two business days": ("normal", "23 10:00", ["Tue 24 17:00", "Wed 25 10:00", "Fri 27 10:00", "Tue 01 10:00"]),
    "P4, over a weekend": ("low", "26 15:00", ["Mon 30 13:00", "Mon 30 15:00", "Wed 02 15:00", "Fri 04 15:00"]),
    "P3, written at night": ("normal", "23 23:00", ["Wed 25 16:00", "Thu 26 09:00", "Mon 30 09:00", "Wed 02 09:00"]),
}


@pytest.mark.parametrize(("priority", "reply", "times"), PERIODS.values(), ids=PERIODS)
def test_a_reminder_before_the_lapse_one_at_each_and_the_escalation(
    priority: Priority, reply: str, times: list[str]
) -> None:
    story = Story(f"{D} 09:00", assignee_id=AGENT, priority=priority).reply(f"2026-11-{reply}")
    done = work(story, RULES, "2026-12-04 15:30")
    assert told(done)[:4] == list(zip(["soon", "1", "2", "escalate"], times, strict=True))


CLOCK_CHANGES: dict[str, tuple[Priority, str, list[str]]] = {
    "an hour twice in October": ("high", "2026-10-23 10:00", ["Mon 26 17:00", "Tue 27 09:00"]),
    "an hour less in March": (
        "normal",
        "2027-03-26 10:00",
        ["Tue 30 17:00", "Wed 31 10:00"],
    ),  # Easter Monday in between
    "a holiday": ("high", "2026-11-10 10:00", ["Thu 12 17:00", "Fri 13 09:00"]),
}


@pytest.mark.parametrize(("priority", "reply", "times"), CLOCK_CHANGES.values(), ids=CLOCK_CHANGES)
def test_hours_are_those_of_the_wall_clock_and_days_are_business_days(
    priority: Priority, reply: str, times: list[str]
) -> None:
    story = Story(reply.replace("10:00", "09:00"), assignee_id=AGENT, priority=priority).reply(reply)
    found = told(work(story, RULES, story.ticket.updated_at + timedelta(days=5)))
    assert found[:2] == list(zip(["soon", "1"], times, strict=True))


def test_it_begins_with_the_first_public_reply_by_an_agent() -> None:
    story = Story(f"{D} 09:00", priority="urgent").note(f"{D} 09:10")
    assert work(story, RULES, f"{D} 17:00") == []


def test_what_an_agent_writes_when_opening_the_ticket_is_no_reply() -> None:
    assert work(Story(f"{D} 09:00", by=AGENT, priority="urgent"), RULES, f"{D} 17:00") == []


def test_each_further_reply_resets_it_and_internal_notes_do_not() -> None:
    story = a_story("urgent").reply(f"{D} 10:15").note(f"{D} 10:20")
    assert told(work(story, RULES, f"{D} 10:50")) == [("soon", "Mon 23 10:35"), ("1", "Mon 23 10:45")]


def test_what_we_write_ourselves_resets_nothing() -> None:
    story = a_story("urgent").reply(f"{D} 10:15", by=9)
    assert told(work(story, RULES, f"{D} 10:25")) == [("soon", "Mon 23 10:20")]


def test_it_waits_while_the_ticket_waits_for_the_customer_and_begins_anew_after() -> None:
    story = a_story("urgent").status("pending", f"{D} 10:05")
    done = work(story, RULES, f"{D} 15:00")
    assert told(done) == []
    assert FIELD not in story.ticket.fields
    story.customer(f"{D} 15:00")
    assert told(work(story, RULES, f"{D} 15:35")) == [("soon", "Mon 23 15:20"), ("1", "Mon 23 15:30")]


def test_on_hold_the_customer_still_hears_from_us() -> None:
    story = a_story("urgent").status("hold", f"{D} 10:05")
    assert told(work(story, RULES, f"{D} 10:25")) == [("soon", "Mon 23 10:20")]


def test_it_ends_when_the_ticket_is_solved_and_what_it_showed_goes() -> None:
    story = a_story("urgent")
    work(story, RULES, f"{D} 10:40")
    assert "update_overdue" in story.ticket.tags
    story.status("solved", f"{D} 10:45")
    work(story, RULES, "2026-12-23 10:45")
    assert "update_overdue" not in story.ticket.tags
    assert story.ticket.fields[FIELD] is None


def test_what_it_showed_goes_when_the_ticket_becomes_a_problem() -> None:
    story = a_story("urgent")
    work(story, RULES, f"{D} 10:40")
    story.update(f"{D} 10:45", type="problem")
    work(story, RULES, f"{D} 12:00")
    assert "update_overdue" not in story.ticket.tags
    assert story.ticket.fields[FIELD] is None


def test_another_priority_begins_its_own_period() -> None:
    story = a_story("normal").priority("urgent", f"{D} 15:00")
    assert told(work(story, RULES, f"{D} 15:35")) == [("soon", "Mon 23 15:20"), ("1", "Mon 23 15:30")]


def test_field_and_tags_say_how_it_stands() -> None:
    story = a_story("urgent")
    work(story, RULES, f"{D} 10:01")
    assert story.ticket.fields[FIELD] == "2026-11-23 10:30 CET"
    work(story, RULES, f"{D} 10:25")
    assert story.ticket.tags == {"update_due_soon"}
    work(story, RULES, f"{D} 10:35")
    assert story.ticket.tags == {"update_overdue"}
    assert story.ticket.fields[FIELD] == "overdue 2026-11-23 10:30 CET"
    story.reply(f"{D} 10:36")
    work(story, RULES, f"{D} 10:37")
    assert story.ticket.tags == frozenset()


def test_after_downtime_there_is_one_reminder_not_many() -> None:
    story = a_story("urgent")
    (update,) = evaluate(story.history, facts(), RULES, paris(f"{D} 13:10")).updates
    assert update.keys == ("cadence:101:escalate",)
    story.update(f"{D} 13:10", by=9, keys=update.keys, comment=story._comment(9, False))
    assert told(work(story, RULES, f"{D} 14:00")) == []


def test_a_note_that_zendesk_dates_a_moment_before_the_lapse_is_that_lapses() -> None:
    story = a_story("urgent")
    work(story, RULES, f"{D} 11:29")
    story.update(f"{D} 11:30", by=9, keys=("cadence:101:escalate",), comment=story._comment(9, False))
    assert told(work(story, RULES, f"{D} 12:00")) == []


def test_after_the_escalation_it_is_told_ever_more_rarely() -> None:
    done = told(work(a_story("urgent"), RULES, "2026-11-27 18:00"))
    assert [key for key, _ in done] == ["soon", "1", "2", "escalate", "6", "12", "24", "48"]


def test_without_an_escalation_each_lapse_is_told_up_to_a_limit() -> None:
    many = replace(rules(escalate=None), caps=Caps(per_ticket_per_day=100))
    done = told(work(a_story("urgent"), many, "2026-12-11 18:00"))
    assert [key for key, _ in done] == ["soon", *map(str, range(1, MOST_LAPSES + 1))]


def test_outside_open_hours_nobody_is_reminded() -> None:
    for each in work(a_story("urgent", f"{D} 17:50"), RULES, "2026-11-27 18:00"):
        if each.said:
            assert RULES.schedules["paris"].is_open(each.at)


def test_a_p1_may_run_day_and_night() -> None:
    done = told(work(a_story("urgent", f"{D} 19:00"), rules(p1_after_hours="calendar"), f"{D} 19:35"))
    assert done == [("soon", "Mon 23 19:20"), ("1", "Mon 23 19:30")]


def test_on_an_unassigned_ticket_the_group_is_mailed_once_for_each_note() -> None:
    story = Story(f"{D} 09:00", priority="urgent").reply(f"{D} 10:00")
    first = work(story, RULES, f"{D} 10:25")[-1]
    assert NOTIFY_TAG in first.update.add_tags
    assert first.update.message is not None
    assert "Nobody is assigned" in first.update.message.body
    story.by_rule(f"{D} 10:25", tags=story.ticket.tags - {NOTIFY_TAG})  # the trigger has mailed
    assert work(story, RULES, f"{D} 10:29") == []
    assert NOTIFY_TAG in work(story, RULES, f"{D} 10:35")[-1].update.add_tags


def test_no_group_is_mailed_about_a_note_that_the_days_cap_holds_back() -> None:
    none = replace(rules(escalate={"after": 2, "group": 77}), caps=Caps(per_ticket_per_day=0))
    done = work(Story(f"{D} 09:00", priority="urgent").reply(f"{D} 10:00"), none, f"{D} 12:00")
    assert [each.update.add_tags for each in done if each.update.add_tags] == [{"update_due_soon"}, {"update_overdue"}]
    assert NOTIFY_TAG not in " ".join(words for each in done for words in each.update.words)


def test_on_an_assigned_ticket_no_group_is_mailed() -> None:
    assert all(NOTIFY_TAG not in each.update.add_tags for each in work(a_story("urgent"), RULES, f"{D} 18:00"))


def test_an_escalation_reaches_a_group_and_a_follower() -> None:
    escalating = rules(escalate={"after": 2, "group": 77, "follower": OTHER_AGENT})
    done = work(a_story("urgent"), escalating, f"{D} 11:05")
    assert f"{ESCALATE_TAG}77" in done[-1].update.add_tags
    assert done[-1].update.add_followers == {OTHER_AGENT}
    assert all(not each.update.add_followers for each in done[:-1])


def test_a_snooze_is_quiet_until_it_ends_and_its_tag_goes() -> None:
    story = a_story("urgent").update(f"{D} 10:05", tags=frozenset({"zdsync_snooze_4h"}))
    assert told(work(story, RULES, f"{D} 14:04")) == []
    assert told(work(story, RULES, f"{D} 14:06")) == [("escalate", "Mon 23 14:05")]
    assert "zdsync_snooze_4h" not in story.ticket.tags


def test_what_lapses_at_closing_while_reminders_are_snoozed_is_shown_at_once() -> None:
    story = a_story().update("2026-11-24 16:00", tags=frozenset({"zdsync_snooze_2d"}))
    assert told(work(story, RULES, "2026-11-24 18:05")) == []
    assert "update_overdue" in story.ticket.tags
    assert str(story.ticket.fields[FIELD]).startswith("overdue")


@pytest.mark.parametrize("length", ["5", "4 weeks", "0h", "9999d", ""])
def test_a_snooze_without_a_sensible_length_is_none(length: str) -> None:
    story = a_story("urgent").note(f"{D} 10:05", command=f"snooze {length}")
    assert told(work(story, RULES, f"{D} 10:25")) == [("soon", "Mon 23 10:20")]


def test_an_exempt_ticket_has_no_cadence() -> None:
    story = a_story("urgent").update(f"{D} 10:05", tags=frozenset({EXEMPT_TAG}))
    assert told(work(story, RULES, f"{D} 18:00")) == []
    tagged = a_story("urgent", tags=frozenset({"internal"}))
    assert work(tagged, rules(exempt_tags=["internal"]), f"{D} 18:00") == []


ORDERS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "not until then": ("snooze until 11:45", [("escalate", "Mon 23 11:45")]),
    "not these reminders": ("snooze until 11:45 cadence", [("escalate", "Mon 23 11:45")]),
    "not those of the hold": ("snooze until 11:45 hold", [("soon", "Mon 23 10:20"), ("1", "Mon 23 10:30")]),
    "exempt": ("exempt cadence", []),
    "exempt from the hold": ("exempt hold", [("soon", "Mon 23 10:20"), ("1", "Mon 23 10:30")]),
}


@pytest.mark.parametrize(("command", "times"), ORDERS.values(), ids=ORDERS)
def test_a_command_is_about_the_rules_that_it_names(command: str, times: list[tuple[str, str]]) -> None:
    done = told(work(a_story("urgent").note(f"{D} 10:05", command=command), RULES, f"{D} 11:50"))
    assert done[:2] == times


def test_an_exemption_shows_as_a_tag_and_who_takes_it_off_takes_it_back() -> None:
    story = a_story("urgent").note(f"{D} 10:05", command="exempt cadence")
    work(story, RULES, f"{D} 10:10")
    assert story.ticket.tags == {"zdsync_exempt_cadence"}
    story.update(f"{D} 10:15", tags=frozenset())
    assert told(work(story, RULES, f"{D} 10:25")) == [("soon", "Mon 23 10:20")]


def test_a_snooze_that_is_off_reminds_again() -> None:
    story = a_story("urgent").note(f"{D} 10:05", command="snooze 2d").note(f"{D} 10:10", command="snooze off")
    assert told(work(story, RULES, f"{D} 10:25")) == [("soon", "Mon 23 10:20")]


def test_nothing_follows_from_a_reply_before_live_since() -> None:
    old = a_rulebook(a_rule_of("update_cadence"), live_since=paris(f"{D} 10:30"))
    assert work(a_story("urgent"), old, "2026-12-23 18:00") == []


def test_a_ticket_that_no_cadence_is_about_is_promised_nothing() -> None:
    assert work(Story(f"{D} 09:00").reply(f"{D} 10:00"), RULES, "2026-12-23 18:00") == []


LADDER = {"cadences": [{"when": {"priority": "urgent"}, "every": "1h", "remind_before": ["40m", "10m"]}]}


def test_a_ladder_reminds_several_times_before_the_promise_runs_out() -> None:
    story = a_story("urgent")
    assert told(work(story, rules(**LADDER), f"{D} 11:05")) == [
        ("soon", "Mon 23 10:20"),
        ("soon2", "Mon 23 10:50"),
        ("1", "Mon 23 11:00"),
    ]


def test_of_a_ladder_only_the_last_rung_is_told_after_downtime() -> None:
    (update,) = evaluate(a_story("urgent").history, facts(), rules(**LADDER), paris(f"{D} 10:55")).updates
    assert update.keys == ("cadence:101:soon2",)


def test_the_tag_of_what_is_due_soon_is_there_from_the_first_rung_on() -> None:
    story = a_story("urgent")
    work(story, rules(**LADDER), f"{D} 10:25")
    assert story.ticket.tags == {"update_due_soon"}


# Holding messages

HOLDING = replace(rules(holding={"after": 1, "at_most": 2}, escalate=None), caps=Caps(per_ticket_per_day=100))


def held(done: Sequence[Done]) -> list[tuple[str, str]]:
    """Of what was said, that which the customer reads."""
    return [pair for each in done if each.update.message and each.update.message.public for pair in told([each])]


def test_customers_are_told_nothing_unless_it_is_switched_on() -> None:
    assert held(work(a_story("urgent"), RULES, "2026-11-27 18:00")) == []


def test_after_a_lapse_the_customer_is_told_in_their_language_until_when_the_next_update_is_promised() -> None:
    done = work(a_story("urgent"), HOLDING, f"{D} 10:31")
    assert held(done) == [("holding:1", "Mon 23 10:30")]
    assert done[-1].update.message is not None
    assert "Nous travaillons toujours sur votre demande #4711" in done[-1].update.message.body
    assert "lun. 23 nov. 2026, 11:00 CET" in done[-1].update.message.body
    assert done[-1].update.rules == ("update_cadence",)


def test_so_many_in_a_row_and_no_more_until_a_person_has_written_in_public() -> None:
    story = a_story("urgent")
    assert held(work(story, HOLDING, f"{D} 17:59")) == [("holding:1", "Mon 23 10:30"), ("holding:2", "Mon 23 11:00")]
    story.note("2026-11-24 09:00")
    assert held(work(story, HOLDING, "2026-11-24 10:00")) == []
    story.customer("2026-11-24 10:05", flags=[4])  # a mail program answers
    assert held(work(story, HOLDING, "2026-11-24 12:00")) == []
    story.customer("2026-11-24 12:10")
    assert [at for _, at in held(work(story, HOLDING, "2026-11-24 17:59"))] == ["Tue 24 12:30", "Tue 24 13:00"]


def test_a_holding_message_is_no_agents_update_and_resets_nothing() -> None:
    with_it, without = a_story("urgent"), a_story("urgent")
    said = told(work(with_it, HOLDING, f"{D} 17:00"))
    assert [pair for pair in said if not pair[0].startswith("holding")] == told(
        work(without, replace(HOLDING, rules=rules(escalate=None).rules), f"{D} 17:00")
    )
    assert with_it.ticket.fields[FIELD] == without.ticket.fields[FIELD] == "overdue 2026-11-23 10:30 CET"
    assert with_it.ticket.tags == without.ticket.tags


def test_after_more_lapses() -> None:
    later = rules(holding={"after": 3, "at_most": 1})
    assert held(work(a_story("urgent"), later, f"{D} 17:00")) == [("holding:3", "Mon 23 11:30")]


NOT_NOW: dict[str, tuple[Story, str]] = {
    "an agent has just left a note": (a_story("urgent").note(f"{D} 10:25"), "Mon 23 10:40"),
    "the customer has just written": (a_story("urgent").customer(f"{D} 10:29"), "Mon 23 10:44"),
    "the next promise would be a matter of minutes": (
        a_story("urgent").note(f"{D} 10:25").note(f"{D} 10:39").note(f"{D} 10:45"),
        "Mon 23 11:00",
    ),
}


@pytest.mark.parametrize(("story", "at"), NOT_NOW.values(), ids=NOT_NOW)
def test_nothing_while_a_person_is_at_it(story: Story, at: str) -> None:
    assert held(work(story, HOLDING, f"{D} 11:05"))[0][1] == at


NEVER: dict[str, Story] = {
    "an update in time": a_story("urgent").reply(f"{D} 10:25").reply(f"{D} 10:50").reply(f"{D} 11:15"),
    "pending": a_story("urgent").status("pending", f"{D} 10:05"),
    "solved": a_story("urgent").status("solved", f"{D} 10:05"),
    "exempt": a_story("urgent").update(f"{D} 10:05", tags=frozenset({EXEMPT_TAG})),
    "snoozed": a_story("urgent").update(f"{D} 10:05", tags=frozenset({"zdsync_snooze_4h"})),
    "nobody has ever replied": Story(f"{D} 09:00", priority="urgent"),
    "a requester of ours": Story(f"{D} 09:00", priority="urgent", requester_id=9).reply(f"{D} 10:00"),
}


@pytest.mark.parametrize("story", NEVER.values(), ids=NEVER)
def test_no_holding_message(story: Story) -> None:
    assert held(work(story, HOLDING, f"{D} 11:40")) == []


def test_a_suspended_customer_is_told_nothing() -> None:
    known = facts(people={AGENT: a_person(AGENT, "agent"), CUSTOMER: a_person(CUSTOMER, suspended=True)})
    assert held(work(a_story("urgent"), HOLDING, f"{D} 17:00", known)) == []


def test_after_downtime_one_holding_message_about_the_last_lapse() -> None:
    updates = evaluate(a_story("urgent").history, facts(), HOLDING, paris(f"{D} 12:10")).updates
    assert [update.keys for update in updates] == [("cadence:101:4",), ("cadence:101:holding:4",)]


@given(minutes=st.lists(st.integers(1, 600), max_size=5), who=st.lists(st.sampled_from("anc"), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_whatever_people_write_holding_messages_keep_to_the_rules(minutes: list[int], who: list[str]) -> None:
    """In open hours, not within 15 minutes of a person, no more than two since a person wrote in public."""
    story, at = a_story("urgent"), paris(f"{D} 10:00")
    in_a_row = 0
    for offset, kind in [*zip(minutes, who, strict=False), (600, "")]:
        at += timedelta(minutes=offset)
        for each in work(story, HOLDING, at):
            if held([each]):
                in_a_row += 1
                assert in_a_row <= 2
                assert HOLDING.schedules["paris"].is_open(each.at)
                people = [audit.at for audit in story.audits if audit.author_id != 9 and audit.comments]
                assert all(not timedelta(0) <= each.at - spoken < timedelta(minutes=15) for spoken in people)
        at = max(at, story.ticket.updated_at)
        if kind == "a":
            story.reply(at)
        elif kind == "n":
            story.note(at)
        elif kind == "c":
            story.customer(at)
        in_a_row = in_a_row if kind == "n" else 0


# What the reminder says of what the customer knows


def body(story: Story, until: str, rulebook: Rulebook = RULES) -> str:
    """Of the last note."""
    message = work(story, rulebook, until)[-1].update.message
    assert message is not None
    return message.body


REPEATED = "The last reply says the same as the one before it"


def test_an_update_that_repeats_the_last_one_is_pointed_out_in_the_next_reminder() -> None:
    story = a_story("urgent", fingerprint="a1").reply(f"{D} 10:15", fingerprint="a1")
    (reminder,) = (each for each in work(story, RULES, f"{D} 10:36") if each.said)
    assert reminder.said == ("cadence:soon",)
    assert reminder.update.message is not None
    assert REPEATED in reminder.update.message.body


NOT_REPEATED: dict[str, Story] = {
    "another text": a_story("urgent", fingerprint="a1").reply(f"{D} 10:15", fingerprint="b2"),
    "no words": a_story("urgent", fingerprint="").reply(f"{D} 10:15", fingerprint=""),
    "with a file": a_story("urgent", fingerprint="a1").reply(f"{D} 10:15", fingerprint="a1", files=1),
    "the first reply": a_story("urgent", fingerprint="a1"),
    "another one between them": a_story("urgent", fingerprint="a1")
    .reply(f"{D} 10:10", fingerprint="b2")
    .reply(f"{D} 10:15", fingerprint="a1"),
}


@pytest.mark.parametrize("story", NOT_REPEATED.values(), ids=NOT_REPEATED)
def test_these_repeat_nothing(story: Story) -> None:
    assert REPEATED not in body(story, f"{D} 10:36")


def test_notes_that_are_not_marked_as_restricted_are_counted_in_the_next_reminder() -> None:
    story = a_story("urgent").note(f"{D} 10:05").note(f"{D} 10:07", restricted=True).note(f"{D} 10:09", command="x")
    assert "An internal note of Mon 23 Nov 2026, 10:05 CET is not marked as restricted" in body(story, f"{D} 10:25")
    story.note(f"{D} 10:26")
    assert "2 internal notes since Mon 23 Nov 2026, 10:05 CET are not marked as restricted" in body(story, f"{D} 10:35")


UNMARKED = "not marked as restricted"
SHARED: dict[str, Story] = {
    "none": a_story("urgent"),
    "marked": a_story("urgent").note(f"{D} 10:05", restricted=True),
    "before the last reply": a_story("urgent").note(f"{D} 10:05").reply(f"{D} 10:06"),
    "ours": a_story("urgent").note(f"{D} 10:05", by=9),
}


@pytest.mark.parametrize("story", SHARED.values(), ids=SHARED)
def test_no_note_is_pointed_out(story: Story) -> None:
    assert UNMARKED not in body(story, f"{D} 10:29")


def test_the_pointing_out_can_be_switched_off() -> None:
    assert UNMARKED not in body(a_story("urgent").note(f"{D} 10:05"), f"{D} 10:25", rules(point_out_notes=False))


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a ladder that rises": ({"every": "4h", "remind_before": ["30m", "1h"]}, "remind_before does not fall"),
    "a ladder that begins at once": ({"every": "1h", "remind_before": ["1h", "10m"]}, "is not shorter than every"),
    "a ladder without rungs": ({"every": "1h", "remind_before": []}, "at least 1 item"),
    "no period": ({}, "a cadence has one period"),
    "two periods": ({"every": "30m", "each": "business day"}, "a cadence has one period"),
    "a period that is none": ({"every": "two days"}, "'two days' is no period"),
    "a reminder that would come at once": ({"every": "30m", "remind_before": "30m"}, "is not shorter than every"),
    "an unknown condition": ({"every": "30m", "when": {"priorty": "urgent"}}, "priorty is unknown"),
}


@pytest.mark.parametrize(("cadence", "words"), FAULTS.values(), ids=FAULTS)
def test_a_cadence_that_means_nothing_is_refused(cadence: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        AUTOMATIONS["update_cadence"].Settings.model_validate({"schedule": "paris", "cadences": [cadence]})
