"""What waits for a customer's confirmation: since when, how many business days, and what the rule does next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import CUSTOMER, PARIS_HOURS, STATUS_IDS, US, Story, a_rule, a_rule_of, a_rulebook, facts, paris
from zdsync.core.episode import AWAITING_TAG
from zdsync.core.waiting import Waiting, business_days, waiting

ASKED = "2026-11-23 10:00"
HELD = STATUS_IDS["awaiting_confirmation"]


def held(*, asked: str = ASKED, **more: Any) -> Story:
    """Answered, solved by an agent at ten on Monday, held and asked by us."""
    story = Story(assignee_id=21).reply("2026-11-23 09:30").status("solved", asked)
    audit = story.audits[-1].id
    tags = frozenset({AWAITING_TAG})
    return story.update(
        asked, US, status="pending", custom_status_id=HELD, tags=tags, keys=(f"ask:{audit}",), channel="api", **more
    )


def reminded(story: Story, at: str, n: int) -> Story:
    solve = next(key for audit in story.audits for key in audit.keys if key.startswith("ask:")).partition(":")[2]
    return story.update(at, US, keys=(f"chase:{solve}:{n}",), channel="api")


def seen(story: Story, now: str, **rulebook: Any) -> Waiting | None:
    rules = rulebook.pop("rules", (a_rule_of("confirmation_hold"),))
    return waiting(story.history, facts(), a_rulebook(*rules, **rulebook), paris(now))


CASES = {
    # name: the story, now, business days, reminders, what is next, and when
    "just asked": (held(), "2026-11-23 10:01", 0, 0, "reminder 1", "2026-11-26 10:00"),
    "a day less a minute": (held(), "2026-11-24 09:59", 0, 0, "reminder 1", "2026-11-26 10:00"),
    "a day": (held(), "2026-11-24 10:00", 1, 0, "reminder 1", "2026-11-26 10:00"),
    "the reminder is due": (held(), "2026-11-26 10:00", 3, 0, "reminder 1", "2026-11-26 10:00"),
    "due at night: when the desk opens": (held(), "2026-11-26 22:00", 3, 0, "reminder 1", "2026-11-27 09:00"),
    "reminded once": (
        reminded(held(), "2026-11-26 10:01", 1),
        "2026-11-29 12:00", 4, 1, "reminder 2", "2026-12-01 10:00",
    ),
    "reminded twice": (
        reminded(reminded(held(), "2026-11-26 10:01", 1), "2026-12-01 10:01", 2),
        "2026-12-02 12:00", 7, 2, "back to the agent", "2026-12-04 10:00",
    ),
    "after downtime only the last": (held(), "2026-12-07 12:00", 10, 0, "back to the agent", "2026-12-07 12:00"),
    "asked on a Saturday": (held(asked="2026-11-28 11:00"), "2026-11-30 12:00", 1, 0, "reminder 1", "2026-12-02 11:00"),
}  # fmt: skip


@pytest.mark.parametrize(("story", "now", "days", "reminders", "what", "at"), CASES.values(), ids=CASES)
def test_how_long_and_what_is_next(story: Story, now: str, days: int, reminders: int, what: str, at: str) -> None:
    one = seen(story, now)
    assert one is not None
    assert (one.business_days, one.reminders, one.next) == (days, reminders, (what, paris(at)))
    assert (one.ticket_id, one.assignee_id, one.snoozed_until) == (4711, 21, None)


def test_since_when() -> None:
    one = seen(held(), "2026-11-24 12:00")
    assert one is not None
    assert one.asked_at == one.since == paris(ASKED)


def test_a_snooze_moves_the_next_step() -> None:
    """And no other: it ends before the one after that."""
    story = held().note("2026-11-26 09:00", command="snooze 2d")
    one = seen(story, "2026-11-26 12:00")
    assert one is not None
    assert one.snoozed_until == paris("2026-11-28 09:00")
    assert one.next == ("reminder 1", paris("2026-11-30 09:00")), "the snooze ends on a Saturday"
    later = seen(story, "2026-11-28 09:01")
    assert later is not None
    assert later.snoozed_until is None


def test_held_and_not_yet_asked() -> None:
    """By an agent who has chosen the status: it counts from the solve, and the question is next."""
    story = Story(assignee_id=21).reply("2026-11-23 09:30")
    story.update(ASKED, status="pending", custom_status_id=HELD, tags=frozenset({AWAITING_TAG}))
    one = seen(story, "2026-11-23 10:01")
    assert one is not None
    assert (one.asked_at, one.since) == (None, paris(ASKED))
    assert one.next == ("the question", paris("2026-11-23 10:01"))


def test_nothing_is_next_where_the_rule_waits_for_ever() -> None:
    rule = a_rule_of("confirmation_hold", chase=[], back_to_agent=None)
    one = seen(held(), "2027-11-23 12:00", rules=(rule,))
    assert one is not None
    assert one.next is None
    assert one.business_days > 240


def test_a_rule_in_shadow_is_told_as_such() -> None:
    one = seen(held(), "2026-11-24 12:00", rules=(a_rule_of("confirmation_hold", mode="shadow"),))
    assert one is not None
    assert (one.rule, one.mode) == ("confirmation_hold", "shadow")


DO_NOT_WAIT = {
    "never solved": Story().reply("2026-11-23 09:30"),
    "answered yes": held().customer("2026-11-23 11:00", answer="yes"),
    "answered no": held().customer("2026-11-23 11:00", answer="no"),
    "somebody else wrote": held().customer("2026-11-23 11:00", by=302),
    "taken up by the agent": held().status("open", "2026-11-23 11:00"),
    "exempt": held().note("2026-11-23 11:00", command="exempt"),
    "closed anyway": held().note("2026-11-23 11:00", command="close done by phone"),
    "with a question of the agent's own": Story().reply("2026-11-23 09:30", status="pending"),
}


@pytest.mark.parametrize("story", DO_NOT_WAIT.values(), ids=DO_NOT_WAIT)
def test_what_does_not_wait(story: Story) -> None:
    """Though the tag, or the search's index, may say so for some seconds more."""
    assert seen(story, "2026-11-23 11:30") is None


@pytest.mark.parametrize("rules", [(a_rule(),), (a_rule_of("confirmation_hold", mode="off"),)], ids=["none", "off"])
def test_without_a_rule_nothing_waits(rules: Any) -> None:
    assert seen(held(), "2026-11-24 12:00", rules=rules) is None


@pytest.mark.parametrize("hours", range(0, 24 * 40, 7))
def test_business_days_are_those_of_the_schedule(hours: int) -> None:
    """The largest number that `add_days` does not carry past now."""
    since = paris("2026-12-18 15:00")  # over Christmas and New Year
    now = since + timedelta(hours=hours)
    days = business_days(PARIS_HOURS, since, now)
    assert PARIS_HOURS.add_days(since, days) <= now < PARIS_HOURS.add_days(since, days + 1)


def test_of_nobody() -> None:
    """Unassigned tickets wait as well."""
    story = Story().reply("2026-11-23 09:30")
    story.update(ASKED, status="pending", custom_status_id=HELD, tags=frozenset({AWAITING_TAG}))
    one = seen(story, "2026-11-24 12:00")
    assert one is not None
    assert one.assignee_id is None
    assert story.ticket.requester_id == CUSTOMER
