"""What customers are told at the beginning: once that it has come in, and for each priority by when to expect what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import (
    AGENT,
    CUSTOMER,
    OTHER_AGENT,
    US,
    Story,
    a_person,
    a_rule,
    a_rule_of,
    a_rulebook,
    facts,
    paris,
)
from tests.core.worker import Done, work
from zdsync.core.evaluate import Reason, evaluate
from zdsync.core.history import Reading
from zdsync.core.model import Facts, Priority
from zdsync.core.rulebook import Rulebook
from zdsync.core.when import parse_condition

MONDAY = "2026-11-23"
PARIS = ZoneInfo("Europe/Paris")


def a_book(*, sla: dict[str, Any] | None = None, **settings: Any) -> Rulebook:
    return a_rulebook(a_rule_of("acknowledgement", **settings), a_rule(note="never", **sla or {}))


def known(mails: bool | None = False, **changes: Any) -> Facts:
    return facts(mails_on_creation=mails, **changes)


def to_customer(done: list[Done]) -> list[tuple[str, str]]:
    """When, and what: `09:00 ack`."""
    return [
        (f"{each.at.astimezone(PARIS):%H:%M}", "+".join(each.said))
        for each in done
        if each.update.message and each.update.message.public
    ]


def said(done: list[Done]) -> list[str]:
    return [what for _, what in to_customer(done)]


def body(done: list[Done]) -> str:
    """Of the last message to the customer."""
    return next(
        each.update.message.body for each in reversed(done) if each.update.message and each.update.message.public
    )


def reason(story: Story, at: str, rulebook: Rulebook, facts_: Facts) -> Reason:
    return next(r for r in evaluate(story.history, facts_, rulebook, paris(at)).reasons if r.rule == "acknowledgement")


# The acknowledgement


def test_it_is_said_at_once_and_once_with_the_number_in_their_language() -> None:
    done = work(Story(), a_book(), f"{MONDAY} 18:00", known())
    assert said(done) == ["ack"]
    assert done[0].update.keys == ("ack:100",)
    assert (done[0].at - paris(f"{MONDAY} 09:00")).total_seconds() < 5
    assert "Son numéro est le #4711" in body(done)
    assert "fermé" not in body(done)


def test_when_support_is_closed_it_says_when_it_opens_in_the_readers_time() -> None:
    reader = a_person(CUSTOMER, locale="en-US", time_zone="America/New_York")
    people = {**facts().people, CUSTOMER: reader}
    done = work(Story(f"{MONDAY} 21:00"), a_book(), f"{MONDAY} 23:00", known(people=people))
    assert "opens again Tue, Nov 24, 2026, 3:00 AM EST" in body(done)


SENDS: list[Any] = [
    pytest.param("auto", False, ["ack"], id="no trigger does"),
    pytest.param("auto", True, [], id="a trigger does"),
    pytest.param("auto", None, [], id="nobody knows"),
    pytest.param("always", True, ["ack"], id="beside a trigger"),
    pytest.param("always", None, ["ack"], id="whatever the account does"),
    pytest.param("never", False, [], id="switched off"),
]


@pytest.mark.parametrize(("send", "mails", "expected"), SENDS)
def test_who_acknowledges(send: str, mails: bool | None, expected: list[str]) -> None:
    assert said(work(Story(), a_book(send=send), f"{MONDAY} 18:00", known(mails))) == expected


def answered() -> Story:
    return Story().reply(f"{MONDAY} 09:01")


def forwarded_for_them() -> Story:
    story = Story()
    story.audits[0] = replace(story.audits[0], author_id=AGENT)
    return story


NOT_THEIRS: list[Any] = [
    pytest.param(lambda: Story(by=AGENT), "not-by-the-customer", id="an agent's"),
    pytest.param(forwarded_for_them, "not-by-the-customer", id="a mail that an agent forwards"),
    pytest.param(lambda: Story(by=US), "not-by-the-customer", id="ours"),
    pytest.param(lambda: Story(external_id="zdsync-notice-1"), "not-a-request", id="a notice"),
    pytest.param(lambda: Story(type="problem"), "not-a-request", id="a problem"),
    pytest.param(lambda: Story(public=False), "private", id="an internal one"),
    pytest.param(lambda: Story(first={"flags": frozenset({4})}), "automatic", id="flagged as automatic mail"),
    pytest.param(lambda: Story(first={"answer": "automatic"}), "automatic", id="an out-of-office mail"),
    pytest.param(lambda: Story(channel="chat"), "conversation", id="a chat"),
    pytest.param(lambda: Story(status="solved"), "solved", id="solved from the start"),
    pytest.param(lambda: Story(tags=frozenset({"quiet"})), "exempt", id="exempt by a tag of the settings"),
    pytest.param(lambda: Story().note(f"{MONDAY} 09:01", command="exempt"), "exempt", id="exempt by an agent"),
    pytest.param(lambda: Story().update(f"{MONDAY} 09:01", requester_id=302), "not-by-the-customer", id="handed on"),
    pytest.param(answered, "answered", id="answered by an agent"),
]


@pytest.mark.parametrize(("make", "outcome"), NOT_THEIRS)
def test_of_what_nothing_is_said(make: Callable[[], Story], outcome: str) -> None:
    story, rulebook = make(), a_book(exempt_tags=["quiet"])
    assert reason(story, f"{MONDAY} 09:05", rulebook, known()).outcome == outcome
    assert said(work(story, rulebook, f"{MONDAY} 18:00", known())) == []


PEOPLE: list[Any] = [
    pytest.param({}, id="nobody is known"),
    pytest.param({CUSTOMER: a_person(CUSTOMER, "agent")}, id="an agent asks for themselves"),
    pytest.param({CUSTOMER: a_person(CUSTOMER, suspended=True)}, id="suspended"),
]


@pytest.mark.parametrize("people", PEOPLE)
def test_only_a_customer_is_told(people: dict[int, Any]) -> None:
    assert said(work(Story(), a_book(), f"{MONDAY} 18:00", known(people=people))) == []


def test_a_day_late_is_no_acknowledgement() -> None:
    """A rule that is new, or a worker that was stopped, writes to nobody about yesterday."""
    story = Story("2026-11-20 09:00")
    assert reason(story, "2026-11-21 09:00:01", a_book(), known()).outcome == "too-late"
    assert reason(story, "2026-11-21 09:00", a_book(), known()).outcome == "acknowledging"


def test_nothing_from_before_live_since() -> None:
    rulebook = a_rulebook(a_rule_of("acknowledgement"), live_since=paris(f"{MONDAY} 09:01"))
    assert work(Story(), rulebook, f"{MONDAY} 18:00", known()) == []


# The targets


def test_the_targets_are_told_once_the_priority_has_stood_still() -> None:
    """By when, as the agents see it, in the reader's language and time."""
    story = Story().priority("high", f"{MONDAY} 09:20")
    done = work(story, a_book(), f"{MONDAY} 18:00", known(True))
    assert to_customer(done) == [("09:30", "promise")]
    assert [each.update.keys for each in done if each.said == ("promise",)] == [("promise:101",)]
    assert "P2 (haute)" in body(done)
    assert "une première réponse avant le lun. 23 nov. 2026, 11:00 CET" in body(done)
    assert "une solution avant le lun. 23 nov. 2026, 17:00 CET" in body(done)
    assert "à partir du" not in body(done)


@pytest.mark.parametrize("priority", ["urgent", "high", "normal", "low"])
def test_they_are_those_of_the_fields(priority: Priority) -> None:
    """No second opinion on what is due when."""
    story = Story(f"{MONDAY} 16:30").priority(priority, f"{MONDAY} 16:40")
    done = work(story, a_book(), f"{MONDAY} 16:55", known(True))
    shown = [paris(str(value).removesuffix(" CET")) for value in story.ticket.fields.values()]
    assert len(shown) == 2
    for due in shown:
        assert f" {due.astimezone(PARIS).day} " in body(done)
        assert f"{due.astimezone(PARIS):%H:%M} CET" in body(done)


def test_without_a_priority_none_is_told() -> None:
    assert said(work(Story(), a_book(), "2026-11-30 18:00", known(True))) == []


CHANGES: list[Any] = [
    pytest.param([("09:20", "high"), ("10:00", "urgent")], ["09:30", "10:10"], id="another one"),
    pytest.param([("09:20", "high"), ("09:25", "urgent"), ("09:28", "high")], ["09:38"], id="it wobbles"),
    pytest.param([("09:20", "high"), ("10:00", "urgent"), ("10:05", "high")], ["09:30"], id="set back in time"),
    pytest.param(
        [("09:20", "high"), ("10:00", "urgent"), ("10:30", "high")], ["09:30", "10:10", "10:40"], id="set back later"
    ),
    pytest.param([("09:20", "high"), ("09:29", "low")], ["09:39"], id="only the last one"),
]


@pytest.mark.parametrize(("changes", "told"), CHANGES)
def test_changes_of_the_priority(changes: list[tuple[str, Priority]], told: list[str]) -> None:
    story = Story()
    rulebook, at = a_book(), f"{MONDAY} 09:00"
    done: list[Done] = []
    for time, value in changes:
        at = f"{MONDAY} {time}"
        done += work(story, rulebook, paris(at), known(True))
        story.priority(value, at)
    done += work(story, rulebook, f"{MONDAY} 10:59", known(True))
    assert to_customer(done) == [(time, "promise") for time in told]
    if len(told) > 1:
        assert "désormais" in body(done)


@given(st.lists(st.tuples(st.integers(1, 90), st.sampled_from(["urgent", "high", "normal", "low"])), max_size=8))
@example([(5, "urgent"), (90, "high"), (10, "urgent")])
def test_nobody_is_told_the_same_twice_in_a_row(changes: list[tuple[int, Priority]]) -> None:
    """However a priority is changed: each one that is told differs from the last told, and had stood for a while."""
    story, rulebook, minute = Story(), a_book(), 0
    done: list[Done] = []
    for later, value in changes:
        minute += later
        at = paris(f"{MONDAY} 09:00").replace(hour=8 + minute // 60, minute=minute % 60)
        done += work(story, rulebook, at, known(True))
        story.priority(value, max(at, story.ticket.updated_at))
    done += work(story, rulebook, "2026-11-24 18:00", known(True))
    spans = {span.audit_id: span for span in Reading(story.history, facts()).timeline("priority")}
    told = [int(key.split(":")[1]) for each in done for key in each.update.keys if key.startswith("promise:")]
    values = [spans[audit].value for audit in told]
    assert all(before != after for before, after in pairwise(values))
    for audit in told:
        until = spans[audit].until
        assert until is None or (until - spans[audit].since).total_seconds() >= 600


def test_what_is_given_or_missed_is_promised_no_more() -> None:
    story = Story().reply(f"{MONDAY} 09:10", priority="high")
    done = work(story, a_book(), f"{MONDAY} 18:00", known(True))
    assert said(done) == ["promise"]
    assert "première réponse" not in body(done)
    assert "une solution avant" in body(done)

    late = Story().priority("high", f"{MONDAY} 12:00")
    assert "première réponse" not in body(work(late, a_book(), f"{MONDAY} 18:00", known(True)))


def test_nothing_is_promised_while_the_customer_has_to_answer() -> None:
    """Then it stands still; what is left is told when it goes on."""
    story = Story().reply(f"{MONDAY} 09:10", status="pending", priority="high")
    assert said(work(story, a_book(), f"{MONDAY} 12:00", known(True))) == []
    story.customer(f"{MONDAY} 13:00")
    assert said(work(story, a_book(), f"{MONDAY} 18:00", known(True))) == ["promise"]


def test_nothing_is_promised_on_a_solved_ticket() -> None:
    story = Story().reply(f"{MONDAY} 09:10", status="solved", priority="high")
    assert said(work(story, a_book(), f"{MONDAY} 18:00", known(True))) == []


def held_book(**settings: Any) -> Rulebook:
    return a_rulebook(a_rule_of("acknowledgement", **settings), a_rule_of("confirmation_hold"), a_rule(note="never"))


def test_nothing_is_announced_of_what_awaits_a_confirmation() -> None:
    """An agent has solved it at once: whoever is asked whether it is completed is promised no first reply."""
    story = Story().update(f"{MONDAY} 09:00:01", AGENT, status="solved", priority="high")
    assert said(work(story, held_book(), f"{MONDAY} 18:00", known())) == ["ask"]


def test_what_the_customer_says_is_not_completed_is_announced_after_all() -> None:
    story = Story().update(f"{MONDAY} 09:00:01", AGENT, status="solved", priority="high")
    work(story, held_book(), f"{MONDAY} 12:00", known(True))
    story.customer(f"{MONDAY} 12:01", answer="no")
    assert said(work(story, held_book(), f"{MONDAY} 18:00", known(True))) == ["promise"]


def by_trigger() -> Story:
    return Story().update(f"{MONDAY} 09:10", by_rule=True, priority="high")


UNDECIDED: list[Any] = [
    pytest.param(lambda: Story(priority="high"), id="the customer has set it"),
    pytest.param(by_trigger, id="a trigger has set it"),
    pytest.param(lambda: Story(by=AGENT).priority("high", f"{MONDAY} 09:10"), id="an agent's ticket"),
]


@pytest.mark.parametrize("make", UNDECIDED)
def test_only_what_an_agent_has_decided_is_promised(make: Callable[[], Story]) -> None:
    assert said(work(make(), a_book(), f"{MONDAY} 18:00", known(True))) == []


def test_a_p1_at_night_says_when_its_time_begins() -> None:
    story = Story(f"{MONDAY} 21:00").priority("urgent", f"{MONDAY} 21:05")
    done = work(story, a_book(), f"{MONDAY} 22:00", known(True))
    assert "P1 (critique)" in body(done)
    assert "avant le mar. 24 nov. 2026, 10:00 CET" in body(done)
    assert "le délai court à partir du mar. 24 nov. 2026, 09:00 CET" in body(done)


def test_a_p1_day_and_night_has_no_such_sentence() -> None:
    story = Story(f"{MONDAY} 21:00").priority("urgent", f"{MONDAY} 21:05")
    done = work(story, a_book(sla={"p1_after_hours": "calendar"}), f"{MONDAY} 21:30", known(True))
    assert "avant le lun. 23 nov. 2026, 22:00 CET" in body(done)
    assert "fermé" not in body(done)


def test_a_priority_of_yesterday_is_not_announced() -> None:
    """Where the rule is new."""
    story = Story("2026-11-19 09:00").priority("low", "2026-11-19 09:10")
    assert reason(story, "2026-11-23 09:00", a_book(), known(True)).outcome == "too-late"


def test_the_rule_that_is_about_the_ticket_decides() -> None:
    """Of several; one in shadow, or off, promises nothing where others are live."""
    high_only = parse_condition({"priority": "high"})
    short = {"urgent": {"first_reply": "10m"}, "high": {"first_reply": "30m"}}
    warn = {"first_reply": "5m"}
    rules = (
        a_rule_of("acknowledgement"),
        a_rule("shadow", "first", targets={"high": {"first_reply": "20m"}}, warn_before=warn),
        a_rule("live", "second", high_only, targets=short, warn_before=warn),
        a_rule("live", "third"),
    )
    high = work(Story().priority("high", f"{MONDAY} 09:05"), a_rulebook(*rules), f"{MONDAY} 09:20", known(True))
    assert "09:30 CET" in body(high)
    urgent = work(Story().priority("urgent", f"{MONDAY} 09:05"), a_rulebook(*rules), f"{MONDAY} 09:20", known(True))
    assert "10:00 CET" in body(urgent)
    assert (
        said(work(Story().priority("high", f"{MONDAY} 09:05"), a_rulebook(*rules[:2]), f"{MONDAY} 18:00", known(True)))
        == []
    )


def test_in_shadow_everything_is_shown() -> None:
    """A first look at an account whose rules are all in shadow."""
    rulebook = a_rulebook(a_rule_of("acknowledgement", "shadow"), a_rule("shadow"))
    plan = evaluate(Story().priority("high", f"{MONDAY} 09:05").history, known(), rulebook, paris(f"{MONDAY} 09:30"))
    assert not plan.updates
    assert [key for update in plan.shadow for key in update.keys if key.startswith(("ack:", "promise:"))] == [
        "ack:100",
        "promise:101",
    ]


def test_both_at_once_are_one_message() -> None:
    """After a pause of the worker."""
    story = Story().priority("high", f"{MONDAY} 09:05", by=OTHER_AGENT)
    plan = evaluate(story.history, known(), a_book(), paris(f"{MONDAY} 09:30"))
    assert [update.keys for update in plan.updates if update.message and update.message.public] == [
        ("ack:100", "promise:101")
    ]


def test_it_can_tell_the_number_only() -> None:
    story = Story().priority("high", f"{MONDAY} 09:05")
    done = work(story, a_book(targets=False), f"{MONDAY} 18:00", known())
    assert said(done) == ["ack"]
    assert "les délais prévus" not in body(done)
