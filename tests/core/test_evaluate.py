"""The decision as a whole: brakes, modes, reasons, caps, and what must hold for every ticket at every moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.builders import (
    AGENT,
    MONDAY,
    US,
    Story,
    a_rule,
    a_rule_of,
    a_rulebook,
    applied,
    facts,
    paris,
)
from tests.core.stories import stories
from zdsync.core.actions import AddTag, Say
from zdsync.core.automation import Automation, Case, Decision, Needs
from zdsync.core.compose import KEYS_LIMIT
from zdsync.core.evaluate import Plan, evaluate
from zdsync.core.model import History, Update
from zdsync.core.rulebook import Caps, Rule, Rulebook, Source
from zdsync.core.templates import Templates
from zdsync.core.when import EVERY_TICKET, parse_condition

NINE, TEN, NOON = MONDAY, paris("2026-11-23 10:00"), paris("2026-11-23 12:00")
SECOND = timedelta(seconds=1)


class NoSettings(BaseModel):
    """Of the automations that these tests make up."""


def made_up(decision: Decision, name: str = "made-up", mode: Any = "live") -> Rule:
    """A rule that always decides the same."""

    def decide(_case: Case, _settings: NoSettings) -> Decision:
        return decision

    automation = Automation(name, NoSettings, "", decide, lambda _settings: Needs())
    return Rule(name, automation, NoSettings(), mode, EVERY_TICKET, Source("made-up.yaml", 1))


def talkative(count: int, mode: Any = "live") -> Rulebook:
    """A rule with something new to say to both audiences, `count` times altogether."""
    says = tuple(Say("agents" if n % 2 else "customer", "t", f"k:{n}", NINE) for n in range(count))
    rule = made_up(Decision("talks", "talks", (AddTag("talked", NINE), *says)), mode=mode)
    return a_rulebook(rule, templates=Templates({"t/en": "hello"}), caps=Caps(per_ticket_per_day=2))


def outcomes(plan: Plan) -> list[tuple[str | None, str]]:
    return [(reason.rule, reason.outcome) for reason in plan.reasons]


@pytest.mark.parametrize("status", ["closed", "deleted"])
def test_what_is_closed_or_deleted_is_left_alone(status: Any) -> None:
    story = Story(priority="high").status(status, NOON)
    plan = evaluate(story.history, facts(), a_rulebook(), NOON)
    assert (plan.updates, plan.shadow, plan.wake_at) == ((), (), None)
    assert outcomes(plan) == [(None, "closed")]


def test_nothing_happens_outside_of_scope_and_the_reason_shows_the_verdict() -> None:
    rules = a_rulebook(scope=parse_condition({"brand": 5}))
    plan = evaluate(Story(priority="high", brand_id=6).history, facts(), rules, NOON)
    assert (plan.updates, plan.shadow, plan.wake_at) == ((), (), None)
    assert outcomes(plan) == [(None, "out-of-scope")]
    assert plan.reasons[0].verdict
    assert plan.reasons[0].verdict.checklist() == ("[ ] brand is 5: it is 6",)
    assert evaluate(Story(priority="high", brand_id=5).history, facts(), rules, NOON).updates


def test_each_rule_gives_its_reason() -> None:
    rules = a_rulebook(
        a_rule("off", "resting"),
        a_rule("live", "for others", parse_condition({"priority": "low"})),
        a_rule("live", "targets"),
    )
    plan = evaluate(Story(priority="high").history, facts(), rules, NINE)
    assert outcomes(plan) == [("resting", "off"), ("for others", "does-not-apply"), ("targets", "running")]
    other, mine = plan.reasons[1:]
    assert other.verdict
    assert not other.verdict.held
    assert other.wants == ()
    assert mine.words == "first reply 2026-11-23 11:00 CET; resolution 2026-11-23 17:00 CET"
    assert str(mine.source) == "rules/targets.yaml:3"
    assert [one.clock.metric for one in plan.clocks] == ["first_reply_time", "requester_wait_time"]


def test_a_shadow_rule_shows_the_very_same_update_and_changes_nothing() -> None:
    history = Story(priority="high").history
    live = evaluate(history, facts(), a_rulebook(a_rule("live")), NINE)
    shadow = evaluate(history, facts(), a_rulebook(a_rule("shadow")), NINE)
    assert shadow.updates == ()
    assert shadow.shadow == live.updates
    assert shadow.wake_at == live.wake_at
    assert evaluate(history, facts(), a_rulebook(a_rule("off")), NINE) == replace(shadow, **OFF)


OFF: dict[str, Any] = {
    "shadow": (),
    "wake_at": None,
    "clocks": (),
    "reasons": evaluate(Story().history, facts(), a_rulebook(a_rule("off")), NINE).reasons,
}


def test_a_live_and_a_shadow_rule_do_not_mix() -> None:
    rules = a_rulebook(a_rule("shadow", "trial", tags="trial"), a_rule("live", "targets"))
    plan = evaluate(Story(priority="high", assignee_id=AGENT).history, facts(), rules, NOON)
    assert [update.rules for update in plan.updates] == [("targets",)]
    assert plan.updates[0].add_tags == {"sla_first_reply_breached"}
    assert [update.rules for update in plan.shadow] == [("trial",)]
    assert plan.shadow[0].add_tags == {"trial_first_reply_breached"}


def test_two_rules_that_say_the_same_say_it_once() -> None:
    plan = evaluate(Story(priority="high").history, facts(), a_rulebook(a_rule(name="a"), a_rule(name="b")), NINE)
    assert [update.keys for update in plan.updates] == [("target:100:set",)]


def test_renaming_a_rule_says_nothing_again() -> None:
    history = Story(priority="high").history
    (update,) = evaluate(history, facts(), a_rulebook(), NINE).updates
    after = applied(history, update, NINE)
    assert evaluate(after, facts(), a_rulebook(a_rule(name="another")), NINE).updates == ()


def test_whatever_an_automation_asks_for_an_old_fact_has_no_effect() -> None:
    old = NINE - SECOND
    decision = Decision("asks", "asks", (AddTag("old", old), Say("customer", "t", "k:1", old), AddTag("new", NINE)))
    rules = a_rulebook(made_up(decision), templates=Templates({"t/en": "hello"}), live_since=NINE)
    plan = evaluate(Story().history, facts(), rules, NOON)
    assert [(update.add_tags, update.message) for update in plan.updates] == [(frozenset({"new"}), None)]
    assert plan.reasons[0].dropped == (
        "add the tag old: not for what happened before live_since",
        "tell the customer: t (k:1): not for what happened before live_since",
    )


def test_what_was_said_already_is_dropped_with_that_reason() -> None:
    history = Story().update(TEN, US, keys=("k:1",)).history
    plan = evaluate(history, facts(), talkative(2), NOON)
    assert [update.keys for update in plan.updates] == [("k:0",)]
    assert plan.reasons[0].dropped == ("tell the agents: t (k:1): said already",)


def test_an_automation_that_wants_to_be_woken_in_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match="not after now"):
        evaluate(Story().history, facts(), a_rulebook(made_up(Decision("x", "x", wake_at=NOON))), NOON)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        evaluate(Story().history, facts(), a_rulebook(), datetime(2026, 11, 23, 12))  # noqa: DTZ001


def test_the_cap_holds_messages_back_until_the_window_opens_and_not_the_rest() -> None:
    story = Story().reply(TEN, US).note(paris("2026-11-23 10:30"), US)
    plan = evaluate(story.history, facts(), talkative(2), NOON)
    assert [(update.message, update.keys, update.add_tags) for update in plan.updates] == [
        (None, (), frozenset({"talked"}))
    ]
    assert plan.updates[0].words == ("add the tag talked",)
    assert plan.wake_at == TEN + timedelta(hours=24)
    assert outcomes(plan)[-1] == (None, "capped")
    opened = evaluate(story.history, facts(), talkative(2), TEN + timedelta(hours=24))
    assert [update.keys for update in opened.updates] == [("k:1",)]


def test_messages_of_others_and_bare_updates_of_ours_do_not_count_for_the_cap() -> None:
    story = Story().reply(TEN).reply(TEN).update(TEN, US, status="open").note(TEN, AGENT)
    plan = evaluate(story.history, facts(), talkative(2), NOON)
    assert len([update for update in plan.updates if update.message]) == 2
    assert (None, "capped") not in outcomes(plan)


def test_a_plan_does_not_pass_the_cap_by_itself() -> None:
    """One message is left today, so the note goes out and the customer's message waits."""
    plan = evaluate(Story().reply(TEN, US).history, facts(), talkative(2), NOON)
    assert [update.keys for update in plan.updates] == [("k:1",)]
    assert plan.wake_at == NOON + timedelta(hours=24)


def test_a_cap_of_none_silences_and_nothing_breaks() -> None:
    rules = replace(talkative(2), caps=Caps(per_ticket_per_day=0))
    plan = evaluate(Story().history, facts(), rules, NOON)
    assert [update.message for update in plan.updates] == [None]
    assert plan.wake_at == NOON + timedelta(hours=24)


# --- what holds for every ticket at every moment -----------------------------------------------------------------


def rulebooks() -> st.SearchStrategy[Rulebook]:
    rule = st.builds(
        a_rule,
        note=st.sampled_from(["first", "changes", "never"]),
        p1_after_hours=st.sampled_from(["business", "calendar"]),
        resolution_metric=st.sampled_from(["requester_wait_time", "total_resolution_time"]),
        no_priority_after=st.sampled_from(["30m", None]),
        warn_before=st.sampled_from([{}, {"first_reply": "15m", "resolution": "1h"}]),
        when=st.sampled_from([EVERY_TICKET, parse_condition({"tags": {"none": ["vip"]}})]),
    )
    live_since = st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), paris("2026-10-30 12:00")])
    caps = st.builds(Caps, per_ticket_per_day=st.sampled_from([1, 2, 6]))
    return st.builds(lambda one, since, cap: a_rulebook(one, live_since=since, caps=cap), rule, live_since, caps)


LATER = st.one_of(st.integers(0, 3600), st.integers(0, 21 * 24 * 3600)).map(lambda seconds: timedelta(seconds=seconds))


def settle(history: History, rules: Rulebook, now: datetime) -> tuple[History, list[Update], Plan]:
    """Carry out plans until nothing is left to do, as the worker does."""
    done: list[Update] = []
    for _ in range(5):
        plan = evaluate(history, facts(), rules, now)
        if not plan.updates:
            return history, done, plan
        history = applied(history, plan.updates[0], now)
        done.append(plan.updates[0])
    raise AssertionError(f"there is always something left to do: {done[-1]}")


@given(stories(), rulebooks(), LATER)
def test_planning_again_after_applying_gives_nothing(story: Story, rules: Rulebook, later: timedelta) -> None:
    settle(story.history, rules, story.ticket.updated_at + later)


@given(stories(), rulebooks(), LATER, st.lists(st.floats(0, 1), max_size=4))
def test_between_now_and_wake_at_nothing_becomes_due(
    story: Story, rules: Rulebook, later: timedelta, shares: list[float]
) -> None:
    """Where there is nothing to wake for, nothing becomes due for months."""
    now = story.ticket.updated_at + later
    history, _, plan = settle(story.history, rules, now)
    assert plan.wake_at is None or plan.wake_at > now
    until = plan.wake_at or now + timedelta(days=200)
    last = until - timedelta(microseconds=1)
    for share in (1.0, *shares):
        instant = min(now + (until - now) * share, last)
        between = evaluate(history, facts(), rules, instant)
        assert between.updates == ()
        assert between.wake_at == plan.wake_at


@given(stories(), rulebooks(), LATER)
def test_every_message_has_keys_that_are_new_and_small(story: Story, rules: Rulebook, later: timedelta) -> None:
    now = story.ticket.updated_at + later
    before = {key for audit in story.audits for key in audit.keys}
    _, done, _ = settle(story.history, rules, now)
    keys = [key for update in done for key in update.keys]
    assert len(keys) == len(set(keys))
    assert not before & set(keys)
    for update in done:
        assert not update.is_empty
        assert (update.message is None) == (update.keys == ())
        assert len(" ".join(update.keys).encode()) < KEYS_LIMIT
        assert update.rules == ("targets",)
        assert "targets" not in " ".join(update.keys)
        assert not (update.message and update.message.public)
        assert not update.add_tags & update.remove_tags


@given(stories(), rulebooks(), LATER)
def test_looking_once_late_ends_like_looking_at_each_wake_up(story: Story, rules: Rulebook, later: timedelta) -> None:
    """Missed wake-ups lose no deadline: the ticket looks the same, and every breach has been told."""
    start, end = story.ticket.updated_at, story.ticket.updated_at + later
    rules = replace(rules, caps=Caps(per_ticket_per_day=99))
    history, done, plan = settle(story.history, rules, start)
    while plan.wake_at is not None and plan.wake_at <= end:
        history, more, plan = settle(history, rules, plan.wake_at)
        done += more
    late, at_once, _ = settle(story.history, rules, end)
    assert late.ticket.fields == history.ticket.fields
    assert late.ticket.tags == history.ticket.tags
    told = {key for update in done for key in update.keys}
    told_late = {key for update in at_once for key in update.keys}
    assert told_late <= told
    assert {key for key in told - told_late if not key.startswith("warn:")} == set()


@given(stories(), rulebooks(), LATER)
def test_nothing_from_before_live_since_and_nothing_outside_of_scope(
    story: Story, rules: Rulebook, later: timedelta
) -> None:
    now = story.ticket.updated_at + later
    new = evaluate(story.history, facts(), replace(rules, live_since=story.ticket.updated_at + SECOND), now)
    assert (new.updates, new.shadow, new.wake_at) == ((), (), None)
    outside = evaluate(story.history, facts(), replace(rules, scope=parse_condition({"brand": 1})), now)
    assert (outside.updates, outside.shadow, outside.wake_at) == ((), (), None)


@given(stories(), rulebooks(), LATER)
def test_the_same_question_has_the_same_answer(story: Story, rules: Rulebook, later: timedelta) -> None:
    now = story.ticket.updated_at + later
    assert evaluate(story.history, facts(), rules, now) == evaluate(story.history, facts(), rules, now)


def test_the_plan_says_what_of_the_history_could_not_be_used() -> None:
    story = Story(priority="high")
    story.audits[0] = replace(story.audits[0], unusable=("a comment that was redacted",))
    history = History(replace(story.ticket, priority="low"), tuple(story.audits))
    assert evaluate(history, facts(), a_rulebook(), NOON).unusable == (
        "audit 100: a comment that was redacted",
        "the history ends with priority high, the ticket has low",
    )


def test_clocks_of_the_plan_can_be_drawn() -> None:
    plan = evaluate(Story(priority="high").history, facts(), a_rulebook(), NOON)
    assert [list(one.clock.intervals(one.schedule, NOON)) for one in plan.clocks]


# A rule that moves the status


def test_a_rule_that_moves_the_status_goes_first_and_alone() -> None:
    mover = a_rule_of("confirmation_hold")
    story = Story().priority("high", "2026-11-23 09:10").reply("2026-11-23 09:20").status("solved", "2026-11-23 09:30")
    book = a_rulebook(a_rule(), a_rule_of("update_cadence"), mover)
    plan = evaluate(story.history, facts(), book, paris("2026-11-23 09:31"))
    assert [update.rules for update in plan.updates] == [("confirmation_hold",)]
    assert plan.updates[0].moves_ticket


def test_what_a_campaign_tells_goes_with_the_move_and_before_the_question() -> None:
    """Nobody is asked whether all is completed before they are told that the outage is over."""
    told = Say(
        "customer",
        "update_cadence.holding",
        "resolved:7",
        NOON,
        {"reference": 7, "promised": NOON, "zone": "UTC"},
        to_all=True,
    )
    other = Say(
        "customer", "update_cadence.holding", "holding:7", NOON, {"reference": 7, "promised": NOON, "zone": "UTC"}
    )
    rule = a_rule_of("update_cadence")
    tells = replace(rule, automation=replace(rule.automation, decide=lambda *given: Decision("x", "y", (told, other))))
    story = Story().priority("high", "2026-11-23 09:10").reply("2026-11-23 09:20").status("solved", "2026-11-23 09:30")
    book = a_rulebook(a_rule_of("confirmation_hold"), tells)
    (update,) = evaluate(story.history, facts(), book, paris("2026-11-23 12:31")).updates
    assert update.moves_ticket
    assert [key.split(":")[0] for key in update.keys] == ["resolved", "ask"]


def test_without_a_move_all_rules_share_one_update() -> None:
    story = Story().priority("high", "2026-11-23 09:10").reply("2026-11-23 09:20")
    book = a_rulebook(a_rule(), a_rule_of("update_cadence"), a_rule_of("confirmation_hold"))
    (update,) = evaluate(story.history, facts(), book, paris("2026-11-23 09:31")).updates
    assert update.rules == ("targets", "update_cadence")
