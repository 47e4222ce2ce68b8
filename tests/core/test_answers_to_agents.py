"""Agents' commands are answered once, by a note that says what was understood; what they call wrong is counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zdsync.core.automations
from tests.builders import AGENT, CUSTOMER, Story, a_comment, a_rule_of, a_rulebook, facts, paris
from tests.core.worker import Done, work
from zdsync.core.automations import AUTOMATIONS
from zdsync.core.automations.controls import SPEAKERS
from zdsync.core.controls import WRONG_TAG
from zdsync.core.evaluate import evaluate
from zdsync.core.rulebook import Caps, Mode, Rulebook

D = "2026-11-23"


def rules(*modes: Mode, **settings: Any) -> Rulebook:
    """Cadence and hold in these modes (live), and the answers."""
    cadence, hold = modes or ("live", "live")
    made = (
        a_rule_of("update_cadence", cadence),
        a_rule_of("confirmation_hold", hold),
        a_rule_of("controls", **settings),
    )
    return replace(a_rulebook(*made), caps=Caps(per_ticket_per_day=100))


RULES = rules()


def a_story(**ticket: Any) -> Story:
    """Of no cadence yet, so that nothing is said of itself."""
    return Story(f"{D} 09:00", **{"assignee_id": AGENT, "priority": "high", "status": "open", **ticket})


def answers(done: Sequence[Done]) -> list[str]:
    """The notes that answer commands."""
    return [
        each.update.message.body
        for each in done
        if each.update.message and any(key.startswith("command:") for key in each.update.keys)
    ]


def answer(story: Story, rulebook: Rulebook = RULES, until: str = f"{D} 18:00") -> str:
    """The only one."""
    (body,) = answers(work(story, rulebook, until))
    return body


COMMANDS: dict[str, tuple[str, list[str]]] = {
    "a snooze": (
        "snooze 4h",
        ["/zdsync snooze 4h", "No reminders until Mon 23 Nov 2026, 14:00 CET", "snooze off ends it"],
    ),
    "until a time": ("snooze until 16:00", ["No reminders until Mon 23 Nov 2026, 16:00 CET"]),
    "of the cadence": ("snooze 4h cadence", ["No reminders of promised updates until Mon"]),
    "of the hold": ("snooze 4h hold", ["No reminders of the question whether it is completed until Mon"]),
    "the end of a snooze": ("snooze off", ["Reminders go on."]),
    "an exemption": (
        "exempt",
        ["Nobody is reminded of updates here, and it can be solved", "The tag zdsync_exempt shows"],
    ),
    "from the cadence": ("exempt cadence", ["Nobody is reminded of updates here.", "zdsync_exempt_cadence shows it"]),
    "from the hold": ("exempt hold", ["It can be solved without", "zdsync_exempt_hold shows it; who takes it off"]),
    "one that nobody knows": (
        "cloze",
        ["no command that zdsync knows: /zdsync cloze", "/zdsync snooze 4h", "/zdsync wrong"],
    ),
    "a snooze for ever": ("snooze 99d", ["no command that zdsync knows"]),
    "wrong, of nothing": ("wrong", ["so nothing is counted"]),
}


@pytest.mark.parametrize(("command", "words"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_answered_by_what_was_understood(command: str, words: list[str]) -> None:
    story = a_story().note(f"{D} 10:00", command=command)
    body = answer(story).replace("\\", "")
    for each in words:
        assert each in body
    assert answers(work(story, RULES, "2026-12-23 18:00")) == [], "once"


def test_the_answer_is_an_internal_note_and_says_nothing_of_other_commands() -> None:
    story = a_story().note(f"{D} 10:00", command="snooze 4h")
    (update,) = evaluate(story.history, facts(), RULES, paris(f"{D} 10:01")).updates
    assert update.message is not None
    assert not update.message.public
    assert "exempt" not in update.message.body
    assert update.keys == (f"command:{story.audits[-1].id}",)


def test_close_and_confirm_are_recorded_by_the_hold_and_not_answered_twice() -> None:
    for command in ("close a duplicate", "confirm by phone"):
        story = a_story().reply(f"{D} 09:30").note(f"{D} 10:00", command=command)
        keys = [key for each in work(story, RULES, f"{D} 18:00") for key in each.said]
        assert keys == ["override"]


IDLE: dict[str, tuple[Story, Rulebook]] = {
    "the hold is off": (a_story().note(f"{D} 10:00", command="close"), rules("live", "off")),
    "the hold is in shadow": (a_story().note(f"{D} 10:00", command="confirm"), rules("live", "shadow")),
    "the cadence is off": (a_story().note(f"{D} 10:00", command="snooze 4h cadence"), rules("off", "live")),
    "both are off": (a_story().note(f"{D} 10:00", command="exempt"), rules("off", "off")),
    "a problem": (a_story(type="problem").note(f"{D} 10:00", command="snooze 4h"), RULES),
}


@pytest.mark.parametrize(("story", "rulebook"), IDLE.values(), ids=IDLE)
def test_a_command_that_changes_nothing_is_told_so(story: Story, rulebook: Rulebook) -> None:
    assert "it changes nothing" in answer(story, rulebook)


def test_one_of_both_in_force_is_enough() -> None:
    assert "No reminders until" in answer(a_story().note(f"{D} 10:00", command="snooze 4h"), rules("off", "live"))


UNANSWERED: dict[str, Story] = {
    "a tag": a_story().update(f"{D} 10:00", tags=frozenset({"zdsync_snooze_4h"})),
    "by mail": a_story().note(f"{D} 10:00", command="snooze 4h", channel="email"),
    "by the customer": a_story().note(f"{D} 10:00", by=CUSTOMER, command="snooze 4h"),
    "by us": a_story().note(f"{D} 10:00", by=9, command="snooze 4h"),
    "a note": a_story().note(f"{D} 10:00"),
    "a tag that a trigger has set": a_story().by_rule(f"{D} 10:00", tags=frozenset({WRONG_TAG})),
    "one of our own notices": a_story(external_id="zdsync-1").note(f"{D} 10:00", command="snooze 4h"),
}


@pytest.mark.parametrize("story", UNANSWERED.values(), ids=UNANSWERED)
def test_these_are_not_answered(story: Story) -> None:
    assert answers(work(story, RULES, f"{D} 18:00")) == []


def test_what_was_said_long_ago_is_not_answered() -> None:
    story = a_story().note(f"{D} 10:00", command="snooze 4h")
    assert not evaluate(story.history, facts(), RULES, paris("2026-11-24 10:01")).updates


def test_two_rules_that_answer_answer_once() -> None:
    twice = replace(RULES, rules=(*RULES.rules, replace(RULES.rules[-1], name="once more")))
    assert len(answers(work(a_story().note(f"{D} 10:00", command="snooze 4h"), twice, f"{D} 18:00"))) == 1


def test_only_problems_are_answered_if_so_set() -> None:
    few = rules(answer="problems")
    for command, count in {"snooze 4h": 0, "exempt": 0, "cloze": 1, "wrong": 1}.items():
        story = a_story().note(f"{D} 10:00", command=command)
        assert len(answers(work(story, few, f"{D} 18:00"))) == count, command


# What agents call wrong


def against(done: Sequence[Done]) -> list[str]:
    """The rules that are counted."""
    return [rule for each in done for rule in each.update.against]


def lapsed() -> Story:
    """Reminded and overdue: the cadence spoke last."""
    story = a_story(priority="urgent").reply(f"{D} 09:30")
    work(story, RULES, f"{D} 10:05")
    return story


def solved() -> Story:
    """The hold has asked."""
    story = a_story().reply(f"{D} 09:30").update(f"{D} 10:00", status="solved")
    work(story, RULES, f"{D} 10:02")
    return story


def solved_silently() -> Story:
    """Thanks after a confirmation: solved again without a word."""
    story = solved().customer(f"{D} 10:03", answer="yes")
    work(story, RULES, f"{D} 10:04")
    story.customer(f"{D} 10:05", answer="thanks")
    done = work(story, RULES, f"{D} 10:06")
    assert [(each.said, each.update.status) for each in done] == [((), "solved")]
    return story


WRONG: dict[str, tuple[Story, str]] = {
    "the cadence": (lapsed(), "update_cadence"),
    "the hold": (solved(), "confirmation_hold"),
    "the hold, which has said nothing": (solved_silently(), "confirmation_hold"),
    "a rule that is no more": (
        a_story().update(f"{D} 09:10", by=9, keys=("warn:100:first_reply",), comment=a_comment(7, 9, False)),
        "sla_targets",
    ),
}


@pytest.mark.parametrize(("story", "rule"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("by", ["a command", "a tag"])
def test_what_is_called_wrong_counts_once_against_the_rule_that_did_something_last(
    story: Story, rule: str, by: str
) -> None:
    told = Story().follow(story.history)
    if by == "a tag":
        told.update(f"{D} 10:10", tags=told.ticket.tags | {WRONG_TAG})
    else:
        told.note(f"{D} 10:10", command="wrong it is done")
    done = work(told, RULES, f"{D} 10:20")
    assert against(done) == [rule]
    assert f"the rule {rule} did" in answers(done)[0].replace("\\", "")
    assert WRONG_TAG not in told.ticket.tags
    assert against(work(told, RULES, "2026-11-24 09:00")) == []


def test_a_tag_that_is_set_again_counts_again() -> None:
    story = lapsed()
    for at in ("10:10", "10:20"):
        story.update(f"{D} {at}", tags=story.ticket.tags | {WRONG_TAG})
        assert against(work(story, RULES, f"{D} {at}:30")) == ["update_cadence"]


def test_the_answer_to_another_command_is_not_what_is_meant() -> None:
    story = lapsed().note(f"{D} 10:10", command="snooze 4h")
    work(story, RULES, f"{D} 10:11")
    story.note(f"{D} 10:12", command="wrong")
    assert against(work(story, RULES, f"{D} 10:13")) == ["update_cadence"]


def test_nothing_is_counted_while_the_days_cap_holds_the_answer_back() -> None:
    none = replace(RULES, caps=Caps(per_ticket_per_day=0))
    story = lapsed().update(f"{D} 10:10", tags=frozenset({WRONG_TAG}))
    assert against(work(story, none, f"{D} 10:20")) == []
    assert WRONG_TAG in story.ticket.tags


OUTAGES = {
    "when it began": ("outage from 08:40 by the logs", "has begun Mon 23 Nov 2026, 08:40 CET"),
    "when it ended": ("outage until 09:20 by the logs", "has ended Mon 23 Nov 2026, 09:20 CET"),
}


@pytest.mark.parametrize(("command", "words"), OUTAGES.values(), ids=OUTAGES)
def test_when_a_major_incident_began_or_ended_is_repeated_with_its_instant(command: str, words: str) -> None:
    story = a_story().update(f"{D} 09:10", priority="urgent", type="problem")
    assert words in answer(story.note(f"{D} 10:00", command=command))


def test_on_any_other_ticket_it_changes_nothing_and_without_a_reason_it_is_not_understood() -> None:
    assert "no major incident" in answer(a_story().note(f"{D} 10:00", command="outage from 08:40 by the logs"))
    assert "no command that zdsync knows" in answer(a_story().note(f"{D} 10:00", command="outage from 08:40"))


def test_a_tag_that_nobody_has_commanded_goes() -> None:
    story = a_story().by_rule(f"{D} 10:00", tags=frozenset({WRONG_TAG}))
    assert against(work(story, RULES, f"{D} 10:10")) == []
    assert story.ticket.tags == frozenset()


def test_it_is_known_which_automation_every_message_is_of() -> None:
    """The kinds of keys in the automations' sources, but for the answers themselves."""
    folder = Path(zdsync.core.automations.__file__).parent
    found: dict[str, str] = {}
    for file in folder.glob("*.py"):
        kinds = re.findall(r'f"([a-z]+):\{', file.read_text(encoding="utf-8"))
        kinds += re.findall(r'kind, template = "([a-z]+)"', file.read_text(encoding="utf-8"))
        found |= dict.fromkeys(kinds, file.stem)
    found.pop("command")
    assert found == {kind: name for kind, name in SPEAKERS.items() if kind in found}
    assert set(SPEAKERS.values()) <= set(AUTOMATIONS)


@given(commands=st.lists(st.sampled_from([words for words, _ in COMMANDS.values()]), max_size=6))
@settings(max_examples=40, deadline=None)
def test_every_command_is_answered_by_exactly_one_section(commands: list[str]) -> None:
    story = a_story()
    for minute, command in enumerate(commands):
        story.note(f"{D} 10:{minute:02}", command=command)
    ids = [audit.id for audit in story.audits[1:]]
    keys = [key for each in work(story, RULES, f"{D} 18:00") for key in each.update.keys]
    assert sorted(key for key in keys if key.startswith("command:")) == sorted(f"command:{id}" for id in ids)
