"""SLA targets by the Priorities table of the service policy: what is shown, what is said, and what is not.

Mondays and Tuesdays of November 2026 unless a case says otherwise; Paris hours, 09:00-18:00.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tests.builders import (
    AGENT,
    FIELD_IDS,
    US,
    Story,
    a_rule,
    a_rulebook,
    applied,
    facts,
    paris,
    sla_settings,
)
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import History, Priority
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.rulebook import Rulebook

FIRST, LAST = FIELD_IDS["first_reply_due"], FIELD_IDS["resolution_due"]


def at(hour: str, day: int = 23) -> str:
    return f"2026-11-{day} {hour}"


@dataclass
class Told:
    """What zdsync has done to a ticket until some moment, having followed it from wake-up to wake-up."""

    history: History
    plan: Plan = field(default_factory=Plan)
    said: list[tuple[datetime, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [key for _, key in self.said]

    @property
    def shown(self) -> tuple[object, object]:
        return self.history.ticket.fields.get(FIRST), self.history.ticket.fields.get(LAST)

    @property
    def tags(self) -> frozenset[str]:
        return self.history.ticket.tags


def follow(story: Story | History, until: str | datetime, start: str | datetime, rules: Rulebook | None = None) -> Told:
    """Carry out plan after plan from `start` on, looking again at each `wake_at` as the worker does."""
    history = story.history if isinstance(story, Story) else story
    now = paris(start) if isinstance(start, str) else start
    end = paris(until) if isinstance(until, str) else until
    told = Told(history)
    while True:
        told.plan = evaluate(told.history, facts(), rules or a_rulebook(), now)
        if told.plan.updates:
            update = told.plan.updates[0]
            told.history = applied(told.history, update, now)
            told.said += [(now, key) for key in update.keys]
            told.notes += [update.message.body] if update.message else []
        elif told.plan.wake_at is None or told.plan.wake_at > end:
            return told
        else:
            now = told.plan.wake_at


def once(story: Story | History, now: str, rules: Rulebook | None = None) -> Told:
    """What one look at this moment leads to."""
    return follow(story, now, now, rules)


@pytest.mark.parametrize(
    ("priority", "reply", "resolution"),
    [
        pytest.param("urgent", "2026-11-23 10:00 CET", "2026-11-23 13:00 CET", id="P1: 1 h, 4 h"),
        pytest.param("high", "2026-11-23 11:00 CET", "2026-11-23 17:00 CET", id="P2: 2 h, 8 h"),
        pytest.param("normal", "2026-11-23 11:00 CET", "2026-11-24 16:00 CET", id="P3: 2 h, 16 h"),
        pytest.param("low", "2026-11-23 11:00 CET", "2026-12-03 12:00 CET", id="P4: 2 h, 75 h"),
    ],
)
def test_each_priority_has_its_targets(priority: Priority, reply: str, resolution: str) -> None:
    told = once(Story(priority=priority), at("09:00"))
    assert told.shown == (reply, resolution)
    assert told.keys == ["target:100:set"]
    assert told.tags == frozenset()


@pytest.mark.parametrize(
    ("created", "reply", "resolution"),
    [
        pytest.param("2026-11-23 17:00", "2026-11-24 10:00 CET", "2026-11-24 16:00 CET", id="over night"),
        pytest.param("2026-11-23 16:00", "2026-11-23 18:00 CET", "2026-11-24 15:00 CET", id="ends at closing time"),
        pytest.param("2026-11-27 17:00", "2026-11-30 10:00 CET", "2026-11-30 16:00 CET", id="over a weekend"),
        pytest.param("2026-11-28 12:00", "2026-11-30 11:00 CET", "2026-11-30 17:00 CET", id="on a Saturday"),
        pytest.param("2026-12-24 17:00", "2026-12-28 10:00 CET", "2026-12-28 16:00 CET", id="over Christmas"),
        pytest.param("2026-07-13 17:00", "2026-07-15 10:00 CEST", "2026-07-15 16:00 CEST", id="over Bastille Day"),
        pytest.param("2026-10-23 17:00", "2026-10-26 10:00 CET", "2026-10-26 16:00 CET", id="clocks go back"),
        pytest.param("2026-03-27 17:00", "2026-03-30 10:00 CEST", "2026-03-30 16:00 CEST", id="clocks go forward"),
    ],
)
def test_only_open_hours_count(created: str, reply: str, resolution: str) -> None:
    assert once(Story(created, priority="high"), created).shown == (reply, resolution)


def test_the_whole_life_of_a_ticket_that_nobody_answers() -> None:
    told = follow(Story(priority="high", assignee_id=AGENT), at("18:00", 27), at("09:00"))
    assert told.said == [
        (paris(at("09:00")), "target:100:set"),
        (paris(at("10:45")), "warn:100:first_reply"),
        (paris(at("11:00:01")), "breach:100:first_reply"),
        (paris(at("16:00")), "warn:100:resolution"),
        (paris(at("17:00:01")), "breach:100:resolution"),
    ]
    assert told.shown == ("missed 2026-11-23 11:00 CET", "missed 2026-11-23 17:00 CET")
    assert told.tags == {"sla_first_reply_breached", "sla_resolution_breached"}
    assert told.plan.wake_at is None
    assert len(told.notes) == 5
    assert all("\n\n\n" not in note and "{" not in note and "None" not in note for note in told.notes)


def test_the_notes_say_what_is_promised_until_when_and_what_has_counted() -> None:
    told = follow(Story(priority="high"), at("17:30"), at("09:30"))
    assert told.notes == [
        "Targets for this ticket, priority high:\n\n"
        "- first reply, 2 h: by Mon 23 Nov 2026, 11:00 CET, 30 min counted so far\n"
        "- resolution, 8 h: by Mon 23 Nov 2026, 17:00 CET, 30 min counted so far",
        "The first reply is due Mon 23 Nov 2026, 11:00 CET: 15 min left of the 2 h promised for priority high.",
        "The target for the first reply was missed. 2 h are promised for priority high, and they ran out "
        "Mon 23 Nov 2026, 11:00 CET.",
        "The resolution is due Mon 23 Nov 2026, 17:00 CET: 1 h left of the 8 h promised for priority high.",
        "The target for the resolution was missed. 8 h are promised for priority high, and they ran out "
        "Mon 23 Nov 2026, 17:00 CET.",
    ]


def test_a_ticket_that_is_answered_and_solved_in_time_is_met_without_a_word() -> None:
    told = once(Story(priority="high"), at("09:05"))
    story = Story(priority="high").reply(at("10:05")).status("solved", at("14:05"))
    done = once(
        replace(story.history, ticket=replace(story.ticket, fields=told.history.ticket.fields)), at("18:00", 25)
    )
    assert done.shown == ("met 2026-11-23 10:05 CET", "met 2026-11-23 14:05 CET")
    assert done.keys == []
    assert done.tags == frozenset()
    assert done.plan.wake_at is None


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(priority="high").note(at("09:30")), id="an internal note"),
        pytest.param(Story(priority="high").reply(at("09:30"), US), id="our own public comment"),
        pytest.param(Story(priority="high").customer(at("09:30")), id="the customer's own words"),
    ],
)
def test_this_does_not_stop_the_first_reply(story: Story) -> None:
    assert "breach:100:first_reply" in follow(story, at("12:00"), at("09:31")).keys


def test_a_reply_before_the_target_stops_the_warning_too() -> None:
    story = Story(priority="high").reply(at("10:44"))
    told = follow(story, at("15:00"), at("10:44"))
    assert told.keys == ["target:100:set"]
    assert told.shown[0] == "met 2026-11-23 10:44 CET"


def test_a_warning_is_not_sent_once_the_target_is_past_or_fulfilled() -> None:
    """The worker was away between the warning and the breach."""
    story = Story(priority="high")
    before = once(story, at("09:00"))
    late = follow(before.history, at("12:00"), at("12:00"))
    assert late.keys == ["breach:100:first_reply"]
    answered = replace(before.history, audits=(*before.history.audits, *story.reply(at("10:50")).audits[1:]))
    assert follow(answered, at("12:00"), at("12:00")).keys == []


def test_a_late_answer_is_a_breach_also_when_it_is_found_out_afterwards() -> None:
    told = once(Story(priority="high").reply(at("11:00:01")), at("12:00"))
    assert told.keys == ["target:100:set", "breach:100:first_reply"]
    assert "It came Mon 23 Nov 2026, 11:00 CET." in told.notes[0]
    in_time = once(Story(priority="high").reply(at("11:00:00")), at("12:00"))
    assert in_time.keys == ["target:100:set"]


def test_pending_stops_the_resolution_and_the_customers_answer_goes_on() -> None:
    story = Story(priority="high").reply(at("10:00"), status="pending")
    told = follow(story, at("18:00", 25), at("10:00"))
    assert told.shown == ("met 2026-11-23 10:00 CET", "paused, 7 h left")
    assert told.keys == ["target:100:set"]
    assert told.plan.wake_at is None
    story.customer(at("11:30", 24))
    goes_on = once(story, at("11:30", 24))
    assert goes_on.shown[1] == "2026-11-25 09:30 CET"
    assert goes_on.plan.wake_at == paris(at("17:30", 24))


def test_pending_does_not_stop_total_resolution_if_that_is_the_metric() -> None:
    rules = a_rulebook(a_rule(resolution_metric="total_resolution_time"))
    story = Story(priority="high").reply(at("10:00"), status="pending")
    assert once(story, at("10:00"), rules).shown[1] == "2026-11-23 17:00 CET"


def test_a_warning_tag_goes_while_the_clock_stands_still_and_its_note_is_not_repeated() -> None:
    told = follow(Story(priority="high", assignee_id=AGENT).reply(at("09:30")), at("16:10"), at("09:30"))
    assert told.tags == {"sla_resolution_warning"}
    story = Story(priority="high").reply(at("09:30")).status("pending", at("16:30"))
    ours = told.history.audits[2:]
    pending = History(
        replace(story.ticket, tags=told.tags, fields=told.history.ticket.fields),
        (*story.audits[:2], *(replace(audit, id=200 + audit.id) for audit in ours), story.audits[2]),
    )
    paused = once(pending, at("16:30"))
    assert paused.tags == frozenset()
    assert paused.shown[1] == "paused, 30 min left"
    back = replace(paused.history.ticket, status="open")
    change = replace(story.customer(at("10:00", 24)).audits[-1], id=900)
    again = follow(History(back, (*paused.history.audits, change)), at("10:30", 24), at("10:00", 24))
    assert again.tags == {"sla_resolution_warning"}
    assert again.keys == []
    assert again.shown[1] == "2026-11-24 10:30 CET"


def test_a_reopened_ticket_is_due_again() -> None:
    story = Story(priority="high").reply(at("10:00"), status="solved").customer(at("16:00"))
    told = once(story, at("16:00"))
    assert told.shown == ("met 2026-11-23 10:00 CET", "2026-11-24 14:00 CET")


def test_a_priority_set_late_counts_from_the_creation() -> None:
    told = once(Story().priority("high", at("10:30")), at("10:30"))
    assert told.shown == ("2026-11-23 11:00 CET", "2026-11-23 17:00 CET")
    assert told.keys == ["target:101:set"]
    assert told.plan.wake_at == paris(at("10:45"))


def test_a_target_that_was_past_when_the_priority_was_set_says_so_in_one_note() -> None:
    told = follow(Story(assignee_id=AGENT).priority("urgent", at("14:00")), at("18:00"), at("14:00"))
    assert told.keys == ["target:101:set", "breach:101:first_reply", "breach:101:resolution"]
    assert len(told.notes) == 1
    assert told.notes[0].count("was already past when the priority was set") == 2
    assert told.shown == ("missed 2026-11-23 10:00 CET", "missed 2026-11-23 13:00 CET")
    assert told.tags == {"sla_first_reply_breached", "sla_resolution_breached"}


def test_a_changed_priority_is_a_new_promise_on_the_same_clock() -> None:
    first = follow(Story(priority="normal"), at("10:00"), at("09:00"))
    story = Story(priority="normal")
    story.audits += first.history.audits[1:]
    story.ticket = first.history.ticket
    changed = follow(story.priority("urgent", at("12:00")), at("18:00"), at("12:00"))
    assert first.keys == ["target:100:set"]
    assert changed.keys == ["breach:102:first_reply", "warn:102:resolution", "breach:102:resolution"]
    assert len(changed.notes) == 2
    assert changed.shown == ("missed 2026-11-23 10:00 CET", "missed 2026-11-23 13:00 CET")


@pytest.mark.parametrize(("note", "keys"), [("first", []), ("changes", ["target:102:set"]), ("never", [])])
def test_a_note_tells_the_targets_the_first_time_at_each_change_or_never(note: str, keys: list[str]) -> None:
    rules = a_rulebook(a_rule(note=note))
    story = Story(priority="low")
    before = once(story, at("09:00"), rules)
    assert before.keys == ([] if note == "never" else ["target:100:set"])
    story.audits += before.history.audits[1:]
    story.ticket = before.history.ticket
    assert once(story.priority("normal", at("09:10")), at("09:10"), rules).keys == [
        key.replace("102", str(story.audits[-1].id)) for key in keys
    ]


def test_a_first_reply_is_judged_by_the_priority_of_its_moment() -> None:
    """An answer in time stays in time if the ticket becomes urgent after it."""
    story = Story(priority="high").reply(at("10:45")).priority("urgent", at("11:00"))
    told = once(story, at("11:00"))
    assert told.shown == ("met 2026-11-23 10:45 CET", "2026-11-23 13:00 CET")
    assert told.keys == ["target:102:set"]


def test_a_priority_set_with_the_reply_is_in_force_at_it() -> None:
    story = Story(priority="high").reply(at("10:30"), priority="urgent")
    assert once(story, at("10:30")).shown[0] == "missed 2026-11-23 10:00 CET"


def test_a_reply_before_any_priority_is_judged_by_the_first_one() -> None:
    late = once(Story().reply(at("12:00")).priority("high", at("12:30")), at("12:30"))
    assert late.shown[0] == "missed 2026-11-23 11:00 CET"
    assert "breach:102:first_reply" in late.keys
    in_time = once(Story().reply(at("10:00")).priority("high", at("12:30")), at("12:30"))
    assert in_time.shown[0] == "met 2026-11-23 10:00 CET"
    assert in_time.keys == ["target:102:set"]


def test_a_priority_set_while_solving_promises_nothing_any_more() -> None:
    story = Story().reply(at("10:00")).update(at("10:30"), AGENT, status="solved", priority="high")
    told = once(story, at("10:30"))
    assert told.keys == []
    assert told.shown == ("met 2026-11-23 10:00 CET", "met 2026-11-23 10:30 CET")


def test_without_a_priority_the_agents_are_told_once_after_thirty_open_minutes() -> None:
    told = follow(Story(at("17:50")), at("18:00", 27), at("17:50"))
    assert told.said == [(paris(at("09:20", 24)), "nopriority:100")]
    assert told.tags == {"sla_no_priority", NOTIFY_TAG}
    assert told.shown == (None, None)
    assert told.plan.wake_at is None
    assert "no priority for 30 min" in told.notes[0]


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story().status("solved", at("09:20")), id="solved before"),
        pytest.param(Story(priority="low"), id="set from the start"),
        pytest.param(Story().priority("low", at("09:29")), id="set before"),
        pytest.param(Story(type="problem"), id="a problem"),
        pytest.param(Story(external_id="zdsync-1"), id="a notice of ours"),
    ],
)
def test_nobody_is_told_of_a_missing_priority(story: Story) -> None:
    told = follow(story, at("12:00"), at("09:30"))
    assert not [key for key in told.keys if key.startswith("nopriority")]
    assert "sla_no_priority" not in told.tags


def test_the_tag_of_a_missing_priority_goes_when_it_is_set_or_the_ticket_solved() -> None:
    tagged: dict[str, Any] = {"tags": frozenset({"sla_no_priority", "other"})}
    assert once(Story(**tagged).priority("low", at("10:00")), at("10:00")).tags == {"other"}
    assert once(Story(**tagged).status("solved", at("10:00")), at("10:00")).tags == {"other"}


def test_a_missing_priority_can_be_left_alone() -> None:
    rules = a_rulebook(a_rule(no_priority_after=None))
    told = follow(Story(), at("18:00"), at("09:00"), rules)
    assert (told.keys, told.tags, told.plan.wake_at) == ([], frozenset(), None)


@pytest.mark.parametrize("ticket", [{"type": "problem"}, {"external_id": "zdsync-1"}])
def test_problems_and_our_notices_have_no_targets(ticket: dict[str, Any]) -> None:
    told = follow(Story(priority="urgent", **ticket), at("18:00"), at("09:00"))
    assert (told.keys, told.shown, told.plan.reasons[0].outcome) == ([], (None, None), "not-a-request")


def test_the_breaches_of_the_ticket_before_are_not_those_of_its_follow_up() -> None:
    """They go, and come back where they are true."""
    marks = frozenset({"sla_first_reply_breached", "sla_resolution_breached"})
    story = Story(priority="high", assignee_id=AGENT, tags=marks)
    assert follow(story, at("09:30"), at("09:00")).tags == frozenset()
    assert follow(story, at("12:00"), at("09:00")).tags == {"sla_first_reply_breached"}
    late = follow(Story(priority="high", assignee_id=AGENT, tags=marks), at("12:00"), at("11:30"))
    assert late.tags == {"sla_first_reply_breached"}


def test_what_it_showed_goes_when_the_ticket_becomes_a_problem_and_the_breach_stays_on_record() -> None:
    story = Story(priority="high", assignee_id=AGENT)
    story.follow(follow(story, at("16:10"), at("09:00")).history)
    assert story.ticket.tags == {"sla_first_reply_breached", "sla_resolution_warning"}
    told = follow(story.update(at("16:20"), type="problem"), at("18:00"), at("16:21"))
    assert (told.keys, told.shown) == ([], (None, None))
    assert told.tags == {"sla_first_reply_breached"}


NOBODY_HAS_TAKEN_IT: dict[str, tuple[Story, str, str, bool]] = {
    "a warning": (Story(priority="high"), "10:45", "warn:100:first_reply", True),
    "a breach": (Story(priority="high"), "11:00:01", "breach:100:first_reply", True),
    "a missing priority": (Story(), "09:30", "nopriority:100", True),
    "a warning to somebody": (Story(priority="high", assignee_id=AGENT), "10:45", "warn:100:first_reply", False),
    "a missing priority that somebody has": (Story(assignee_id=AGENT), "09:30", "nopriority:100", False),
    "targets call for nothing": (Story(priority="high"), "09:00", "target:100:set", False),
}


@pytest.mark.parametrize(("story", "hour", "key", "mailed"), NOBODY_HAS_TAKEN_IT.values(), ids=NOBODY_HAS_TAKEN_IT)
def test_a_note_that_calls_for_action_reaches_the_group_when_nobody_is_assigned(
    story: Story, hour: str, key: str, mailed: bool
) -> None:
    (update,) = evaluate(story.history, facts(), a_rulebook(), paris(at(hour))).updates
    assert key in update.keys
    assert (NOTIFY_TAG in update.add_tags) is mailed
    assert (NOTIFY_TAG in update.tags_of_message) is mailed


def test_the_group_is_mailed_once_for_each_note() -> None:
    story = Story(priority="high")
    story.follow(follow(story, at("10:50"), at("09:00")).history)
    story.by_rule(at("10:51"), tags=story.ticket.tags - {NOTIFY_TAG})  # the trigger has mailed
    told = follow(story, at("10:59"), at("10:52"))
    assert (told.keys, NOTIFY_TAG in told.tags) == ([], False)
    assert NOTIFY_TAG in follow(told.history, at("11:10"), at("10:59")).tags


def test_an_urgent_ticket_at_night_waits_for_the_opening_and_the_note_says_so() -> None:
    told = once(Story(at("22:00"), priority="urgent"), at("22:00"))
    assert told.shown == ("2026-11-24 10:00 CET", "2026-11-24 13:00 CET")
    assert "Support is closed now; the clocks go on from Tue 24 Nov 2026, 09:00 CET." in told.notes[0]


def test_an_urgent_ticket_at_night_runs_by_the_calendar_if_so_set() -> None:
    rules = a_rulebook(a_rule(p1_after_hours="calendar"))
    told = once(Story(at("22:00"), priority="urgent"), at("22:00"), rules)
    assert told.shown == ("2026-11-23 23:00 CET", "2026-11-24 02:00 CET")
    assert "closed" not in told.notes[0]
    assert once(Story(at("22:00"), priority="high"), at("22:00"), rules).shown[0] == "2026-11-24 11:00 CET"


def test_a_priority_without_a_target_shows_nothing_and_clears_what_was_shown() -> None:
    rules = a_rulebook(a_rule(targets={"high": {"first_reply": "1h"}}))
    assert once(Story(priority="low"), at("12:00"), rules).shown == (None, None)
    was_high: dict[str, Any] = {
        "fields": {FIRST: "2026-11-23 10:00 CET"},
        "tags": frozenset({"sla_first_reply_warning"}),
    }
    lowered = once(Story(priority="high", **was_high).priority("low", at("09:50")), at("09:50"), rules)
    assert lowered.history.ticket.fields[FIRST] is None
    assert lowered.tags == frozenset()
    assert lowered.plan.reasons[0].outcome == "no-target"
    only_reply = once(Story(priority="high"), at("09:00"), rules)
    assert only_reply.shown == ("2026-11-23 10:00 CET", None)
    assert "resolution" not in only_reply.notes[0]


def test_without_fields_tags_and_notes_still_come() -> None:
    none = a_rulebook(a_rule(fields={"first_reply": None, "resolution": None}, tags="target"))
    told = follow(Story(priority="high", assignee_id=AGENT), at("12:00"), at("09:00"), none)
    assert told.shown == (None, None)
    assert told.tags == {"target_first_reply_breached"}


def test_nothing_follows_from_a_priority_set_before_live_since() -> None:
    rules = a_rulebook(live_since=paris(at("09:30")))
    old = follow(Story(priority="high"), at("18:00", 27), at("09:30"), rules)
    assert (old.keys, old.shown, old.tags, old.plan.wake_at) == ([], (None, None), frozenset(), None)
    assert old.plan.reasons[0].outcome == "before-live"
    raised = follow(Story(priority="high").priority("urgent", at("09:40")), at("09:40"), at("09:40"), rules)
    assert raised.keys == ["target:101:set"]


def test_nothing_follows_from_a_ticket_without_priority_from_before_live_since() -> None:
    rules = a_rulebook(live_since=paris(at("09:00:01")))
    told = follow(Story(), at("18:00"), at("12:00"), rules)
    assert (told.keys, told.tags, told.plan.wake_at) == ([], frozenset(), None)


def test_a_reply_judged_by_a_priority_from_before_live_since_is_left_alone() -> None:
    story = Story(priority="high").reply(at("10:00")).priority("urgent", at("12:00"))
    told = once(story, at("12:00"), a_rulebook(live_since=paris(at("11:00"))))
    assert told.shown == (None, "2026-11-23 13:00 CET")


def test_the_example_is_the_table_of_the_service_policy() -> None:
    settings = sla_settings()
    hours = {p: (t.first_reply, t.resolution) for p, t in settings.targets.items()}
    assert hours == {
        priority: (timedelta(hours=reply), timedelta(hours=resolution))
        for priority, reply, resolution in [("urgent", 1, 4), ("high", 2, 8), ("normal", 2, 16), ("low", 2, 75)]
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"targets": {"p1": {"first_reply": "1h"}}}, "urgent"),
        ({"targets": {}}, "at least 1 item"),
        ({"targets": {"low": {"first_reply": 60}}}, "write hours and minutes such as 1h"),
        ({"warn_before": {"first_reply": "1h"}}, "not shorter than targets.urgent.first_reply"),
        ({"tags": "My Tag"}, "pattern"),
        ({"note": "always"}, "'first', 'changes' or 'never'"),
        ({"warnbefore": {}}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused_with_the_reason(changes: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        sla_settings(**changes)


def test_what_the_settings_refer_to_is_known_for_check() -> None:
    needs = AUTOMATIONS["sla_targets"].needs(sla_settings(fields={"resolution": None}))
    assert needs.schedules == {"schedule": "paris"}
    assert needs.fields == {"fields.first_reply": "first_reply_due"}


@pytest.mark.parametrize("automation", AUTOMATIONS.values(), ids=AUTOMATIONS.keys())
def test_the_example_of_every_automation_is_valid(automation: Any) -> None:
    automation.Settings.model_validate(yaml.safe_load(automation.example))
