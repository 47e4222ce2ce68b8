"""What counts as an agent's command, and what it is read as."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AGENT, CUSTOMER, MONDAY, Story, facts, paris
from zdsync.core.controls import About, Control, controls, latest
from zdsync.core.history import Reading

AT = "2026-11-23 10:00"
COMMANDS = {
    "close": ("close", "close", ""),
    "a close with its reason": ("close the customer has left", "close", "the customer has left"),
    "CLOSE": ("CLOSE", "close", ""),
    "confirm by phone": ("confirm by phone", "confirm", "by phone"),
    "exempt": ("exempt", "exempt", ""),
    "wrong": ("wrong", "wrong", ""),
    "wrong, and why": ("wrong it was solved by hand", "wrong", "it was solved by hand"),
    "when an outage began": ("outage from 2026-11-22 23:10 by the logs", "outage", "by the logs"),
    "an outage that ended today": ("outage until 09:30, by the logs", "outage", "by the logs"),
    "an outage without a reason": ("outage from 09:30", "unknown", ""),
    "an outage without a time": ("outage from the logs", "unknown", ""),
    "an outage that is still to come": ("outage from 2026-11-23 10:01 by the logs", "unknown", ""),
    "an outage on no day": ("outage from 2026-11-31 10:01 by the logs", "unknown", ""),
    "cloze": ("cloze", "unknown", ""),
    "snooze": ("snooze", "unknown", ""),
    "snooze for ever": ("snooze 99d", "unknown", ""),
}


def controls_of(reading: Reading) -> tuple[Control, ...]:
    return controls(reading, ZoneInfo("Europe/Paris"))


def read(story: Story) -> Reading:
    return Reading(story.history, facts())


@pytest.mark.parametrize(("command", "what", "reason"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_on_the_first_line_of_a_note(command: str, what: str, reason: str) -> None:
    (control,) = controls_of(read(Story().note(AT, command=command)))
    assert (control.what, control.reason, control.by) == (what, reason, AGENT)
    assert control.how == f"/zdsync {command}"


def test_an_order_on_a_maintenance_window_is_for_its_own_rule_and_elsewhere_unknown() -> None:
    command = "Maintenance cancel the vendor is ill"
    assert controls_of(read(Story(type="problem").note(AT, command=command))) == ()
    (control,) = controls_of(read(Story().note(AT, command=command)))
    assert control.what == "unknown"


@pytest.mark.parametrize(
    ("length", "hours"), [("30m", 0.5), ("4h", 4), ("2d", 48), ("4 h until noon", 4), ("31d", 744)]
)
def test_a_snooze_has_a_length(length: str, hours: float) -> None:
    (control,) = controls_of(read(Story().note(AT, command=f"snooze {length}")))
    assert control.until - control.at == timedelta(hours=hours)


OUTAGES = {
    "from 2026-11-22 23:10 x": "2026-11-22 23:10",
    "from 09:30 x": "2026-11-23 09:30",
    "until 9:30 x": "2026-11-23 09:30",
    "from 10:00 x": "2026-11-23 10:00",
    "from 23:10 x": "2026-11-22 23:10",
}


@pytest.mark.parametrize(("words", "to"), OUTAGES.items(), ids=OUTAGES)
def test_a_time_of_an_outage_is_the_desks_and_the_last_one_that_the_clock_showed(words: str, to: str) -> None:
    (control,) = controls_of(read(Story().note(AT, command=f"outage {words}")))
    assert control.to == paris(to)
    assert control.edge == words.split()[0]


@pytest.mark.parametrize(
    ("said", "to"),
    [("2026-10-25T00:45Z", "2026-10-25T00:30Z"), ("2026-10-25T08:00Z", "2026-10-25T01:30Z")],
    ids=["while it is shown first", "afterwards"],
)
def test_of_a_time_that_the_clock_shows_twice_it_is_the_last_one_that_is_past(said: str, to: str) -> None:
    (control,) = controls_of(read(Story().note(datetime.fromisoformat(said), command="outage from 02:30 x")))
    assert control.to == datetime.fromisoformat(to)


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
    assert controls_of(read(act(Story()))) == ()


def test_inherited_tags_command_nothing() -> None:
    assert controls_of(read(Story(MONDAY, tags=frozenset({"zdsync_exempt", "zdsync_close_anyway"})))) == ()


def test_a_tag_counts_for_as_long_as_it_is_there() -> None:
    story = Story().update(AT, tags=frozenset({"zdsync_exempt"}))
    assert [each.what for each in controls_of(read(story))] == ["exempt"]
    assert controls_of(read(story.update("2026-11-23 11:00", tags=frozenset()))) == ()


def test_the_last_one_of_a_kind_counts_and_only_after_what_ended_it() -> None:
    story = Story().note(AT, command="snooze 4h").note("2026-11-23 11:00", command="snooze 2d")
    found = controls_of(read(story))
    last = latest(found, "snooze")
    assert last is not None
    assert last.how == "/zdsync snooze 2d"
    assert latest(found, "snooze", after=last.audit_id) is None


UNTIL: dict[str, tuple[str, str, str]] = {
    "later today": ("10:00", "until 16:00", "2026-11-23 16:00"),
    "with one digit": ("08:00", "until 9:30", "2026-11-23 09:30"),
    "tomorrow, since it is past": ("16:00", "until 16:00", "2026-11-24 16:00"),
    "a day": ("10:00", "until 2026-12-01 09:00", "2026-12-01 09:00"),
    "with words behind it": ("10:00", "until 16:00 they are at lunch", "2026-11-23 16:00"),
}


@pytest.mark.parametrize(("at", "words", "until"), UNTIL.values(), ids=UNTIL)
def test_a_snooze_until_a_time_of_the_desks_zone(at: str, words: str, until: str) -> None:
    (control,) = controls_of(read(Story("2026-11-23 07:00").note(f"2026-11-23 {at}", command=f"snooze {words}")))
    assert (control.what, control.until) == ("snooze", paris(until))


@pytest.mark.parametrize(
    ("at", "until", "hours"),
    [("2026-10-24 12:00", "2026-10-25 12:00", 25), ("2027-03-27 12:00", "2027-03-28 12:00", 23)],
    ids=["an hour twice", "an hour less"],
)
def test_until_is_a_time_on_the_wall_clock(at: str, until: str, hours: float) -> None:
    (control,) = controls_of(read(Story(at).note(at, command=f"snooze until {until}")))
    assert control.length == timedelta(hours=hours)


@pytest.mark.parametrize(
    "words",
    [
        "until",
        "until 25:00",
        "until noon",
        "until 2026-11-22 09:00",
        "until 2026-02-30 09:00",
        "until 2027-06-01 09:00",
    ],
)
def test_what_is_past_too_far_off_or_no_time_is_no_snooze(words: str) -> None:
    (control,) = controls_of(read(Story().note(AT, command=f"snooze {words}")))
    assert control.what == "unknown"


ABOUT: dict[str, tuple[str, About]] = {
    "both": ("snooze 4h", ""),
    "the cadence": ("snooze 4h cadence", "cadence"),
    "the hold": ("snooze 2 d hold", "hold"),
    "until, the hold": ("snooze until 16:00 hold", "hold"),
    "in capitals": ("SNOOZE 4h Hold", "hold"),
    "the end of one": ("snooze off cadence", "cadence"),
    "exempt": ("exempt", ""),
    "exempt, the hold": ("exempt hold", "hold"),
    "exempt, the cadence": ("exempt cadence until we know more", "cadence"),
    "another word": ("exempt everything", ""),
}


@pytest.mark.parametrize(("command", "about"), ABOUT.values(), ids=ABOUT)
def test_what_a_snooze_or_exemption_is_about(command: str, about: About) -> None:
    (control,) = controls_of(read(Story().note(AT, command=command)))
    assert control.about == about
    others: dict[About, bool] = {"cadence": about != "hold", "hold": about != "cadence"}
    for each, counts in others.items():
        assert (latest((control,), control.what, about=each) is not None) is counts


def test_a_snooze_that_is_off_ends_the_one_before() -> None:
    story = Story().note(AT, command="snooze 2d").note("2026-11-23 11:00", command="snooze off")
    last = latest(controls_of(read(story)), "snooze")
    assert last is not None
    assert last.until == paris("2026-11-23 11:00")


@pytest.mark.parametrize(("tag", "about"), [("zdsync_exempt_cadence", "cadence"), ("zdsync_exempt_hold", "hold")])
def test_a_tag_exempts_from_one_rule(tag: str, about: About) -> None:
    (control,) = controls_of(read(Story().update(AT, tags=frozenset({tag}))))
    assert (control.what, control.about) == ("exempt", about)


@given(words=st.text(max_size=120) | st.from_regex(r"\A(snooze|exempt|wrong) (until )?[0-9]{1,9}[-:. mhd0-9]{0,20}"))
def test_whatever_an_agent_writes_is_one_command_and_no_error(words: str) -> None:
    story = Story().note(AT, command=words)
    found = controls_of(read(story))
    assert len(found) == bool(words)
    for each in found:
        if each.what == "snooze":
            assert timedelta(0) <= each.until - each.at <= timedelta(days=31)
