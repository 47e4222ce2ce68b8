"""What counts as an agent's command, and what it is read as."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.builders import AGENT, CUSTOMER, MONDAY, Story, facts
from zdsync.core.controls import controls, latest
from zdsync.core.history import Reading

AT = "2026-11-23 10:00"
COMMANDS = {
    "close": ("close", "close", ""),
    "a close with its reason": ("close the customer has left", "close", "the customer has left"),
    "CLOSE": ("CLOSE", "close", ""),
    "confirm by phone": ("confirm by phone", "confirm", "by phone"),
    "exempt": ("exempt", "exempt", ""),
    "cloze": ("cloze", "unknown", ""),
    "snooze": ("snooze", "unknown", ""),
    "snooze for ever": ("snooze 99d", "unknown", ""),
}


def read(story: Story) -> Reading:
    return Reading(story.history, facts())


@pytest.mark.parametrize(("command", "what", "reason"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_on_the_first_line_of_a_note(command: str, what: str, reason: str) -> None:
    (control,) = controls(read(Story().note(AT, command=command)))
    assert (control.what, control.reason, control.by) == (what, reason, AGENT)
    assert control.how == f"/zdsync {command}"


@pytest.mark.parametrize(
    ("length", "hours"), [("30m", 0.5), ("4h", 4), ("2d", 48), ("4 h until noon", 4), ("31d", 744)]
)
def test_a_snooze_has_a_length(length: str, hours: float) -> None:
    (control,) = controls(read(Story().note(AT, command=f"snooze {length}")))
    assert control.until - control.at == timedelta(hours=hours)


NO_COMMANDS: dict[str, Callable[[Story], Story]] = {
    "by mail": lambda s: s.note(AT, command="close", channel="email"),
    "by the customer": lambda s: s.note(AT, by=CUSTOMER, command="close"),
    "by us": lambda s: s.note(AT, by=9, command="close"),
    "a tag of a trigger": lambda s: s.update(AT, by_rule=True, tags=frozenset({"zdsync_exempt"})),
    "a tag of the customer": lambda s: s.update(AT, by=CUSTOMER, tags=frozenset({"zdsync_exempt"})),
    "a tag of ours": lambda s: s.update(AT, by=9, tags=frozenset({"zdsync_exempt"})),
    "another tag": lambda s: s.update(AT, tags=frozenset({"exempt"})),
}


@pytest.mark.parametrize("act", NO_COMMANDS.values(), ids=NO_COMMANDS)
def test_these_command_nothing(act: Callable[[Story], Story]) -> None:
    assert controls(read(act(Story()))) == ()


def test_inherited_tags_command_nothing() -> None:
    assert controls(read(Story(MONDAY, tags=frozenset({"zdsync_exempt", "zdsync_close_anyway"})))) == ()


def test_a_tag_counts_for_as_long_as_it_is_there() -> None:
    story = Story().update(AT, tags=frozenset({"zdsync_exempt"}))
    assert [each.what for each in controls(read(story))] == ["exempt"]
    assert controls(read(story.update("2026-11-23 11:00", tags=frozenset()))) == ()


def test_the_last_one_of_a_kind_counts_and_only_after_what_ended_it() -> None:
    story = Story().note(AT, command="snooze 4h").note("2026-11-23 11:00", command="snooze 2d")
    found = controls(read(story))
    last = latest(found, "snooze")
    assert last is not None
    assert last.how == "/zdsync snooze 2d"
    assert latest(found, "snooze", after=last.audit_id) is None
