"""A window's parent ticket and its notices, read: what was told when, to whom, and what is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import AGENT, CUSTOMER, US, Story, facts, paris
from tests.core.windows import END, START, a_notice, a_parent, a_window, announced, both, read, reading, step, tell
from zdsync.core.history import Reading
from zdsync.core.maintenance import Maintenance, State, maintenance, order_key, step_key
from zdsync.core.maintenance_notices import Told, made_from, owed, told_on
from zdsync.core.windows import Words, clock_change, days_before, overlapping

ZONE = "Europe/Paris"


def _moved(story: Story) -> Story:
    return step(story, "changed", "2026-11-27 10:00", "2026-12-08 22:00", "2026-12-09 02:00")


STATES: dict[str, tuple[Story, State]] = {
    "made, nothing told": (a_parent(), "unannounced"),
    "announced": (announced(), "announced"),
    "announced, the mails under way": (announced(sent=None), "announced"),
    "moved": (_moved(announced()), "announced"),
    "reminded": (step(announced(), "reminded", "2026-12-05 22:00"), "announced"),
    "started": (step(announced(), "started", START), "under way"),
    "extended": (step(step(announced(), "started", START), "extended", "2026-12-07 01:00"), "under way"),
    "completed": (step(step(announced(), "started", START), "completed", END), "completed"),
    "cancelled": (step(announced(), "cancelled", "2026-12-01 10:00"), "cancelled"),
}


@pytest.mark.parametrize(("story", "state"), STATES.values(), ids=STATES)
def test_the_keys_of_our_notes_tell_where_a_window_stands(story: Story, state: State) -> None:
    assert read(story).state == state


def test_a_key_says_everything_that_a_step_fixes() -> None:
    key = step_key(1, "announced", *both(START, END), contacts=423, planned=False)
    assert key == "maintenance:1:announced:20261206T210000Z:20261207T010000Z:423:urgent"
    found = read(announced(planned=False)).announced
    assert found is not None
    assert (found.contacts, found.planned, found.start, found.end) == (2, False, *both(START, END))
    assert found.key == step_key(1, "announced", found.start, found.end, 2, planned=False)


UNREADABLE = {
    "no number": "maintenance:x:announced:20261206T210000Z:20261207T010000Z",
    "no step": "maintenance:1:postponed:20261206T210000Z:20261207T010000Z",
    "no instant": "maintenance:1:announced:20261306T210000Z:20261207T010000Z",
    "cut off": "maintenance:1:announced:20261206T210000Z",
}


@pytest.mark.parametrize("key", UNREADABLE.values(), ids=UNREADABLE)
def test_a_key_that_tells_no_step_is_none(key: str) -> None:
    assert read(a_parent().reply("2026-11-26 09:10", US, keys=(key,))).steps == ()


def test_what_others_write_into_metadata_is_no_step() -> None:
    key = step_key(1, "cancelled", *both(START, END))
    assert read(a_parent().reply("2026-11-26 09:10", AGENT, keys=(key,))).state == "unannounced"


NO_PARENTS = {
    "a request": Story("2026-11-26 09:00"),
    "somebody's problem": Story("2026-11-26 09:00", by=AGENT, type="problem"),
    "a notice": a_notice(),
    "an external id that somebody else has written": Story(
        "2026-11-26 09:00", external_id="zdsync-window-db", submitter_id=CUSTOMER, type="problem"
    ),
}


@pytest.mark.parametrize("story", NO_PARENTS.values(), ids=NO_PARENTS)
def test_other_tickets_are_no_windows(story: Story) -> None:
    assert maintenance(reading(story)) is None


def test_a_ticket_that_agents_have_opened_is_the_window_of_its_number() -> None:
    story = Story("2026-11-26 09:00", by=AGENT, id=4711, type="problem")
    key = step_key(1, "announced", *both(START, END), contacts=2)
    assert read(story.reply("2026-11-26 09:10", US, keys=(key,))).window_id == "ticket-4711"


def test_an_answer_on_the_parent_makes_no_other_window_of_it() -> None:
    assert read(announced().customer("2026-11-27 10:00")).window_id == "db"


def test_agents_and_operators_order_and_nobody_else() -> None:
    story = announced().note("2026-12-01 10:00", command="maintenance cancel the vendor is ill")
    story.note("2026-12-01 10:01", command="maintenance extend 2026-12-07 03:00").note("2026-12-01 10:02", CUSTOMER)
    story.note("2026-12-01 10:03", command="snooze 4h")
    story.note("2026-12-01 10:04", CUSTOMER, command="maintenance complete")
    story.note("2026-12-01 10:05", command="maintenance start", channel="email")
    story.reply("2026-12-01 10:06", US, keys=(order_key(paris("2026-12-01 10:06"), "extend", "20261207T020000Z"),))
    story.reply("2026-12-01 10:07", AGENT, keys=(order_key(paris("2026-12-01 10:07"), "complete"),))
    assert [(order.verb, order.argument) for order in read(story).orders] == [
        ("cancel", "the vendor is ill"),
        ("extend", "2026-12-07 03:00"),
        ("extend", "20261207T020000Z"),
    ]


TOOK_PLACE: dict[str, tuple[Story, tuple[str, str | None] | None]] = {
    "announced": (announced(), None),
    "started early": (step(announced(), "started", "2026-12-06 21:55", "2026-12-06 21:55"), ("2026-12-06 21:55", None)),
    "extended": (STATES["extended"][0], (START, None)),
    "overran": (
        step(step(announced(), "started", START), "completed", "2026-12-07 03:30", START, "2026-12-07 03:30"),
        (START, "2026-12-07 03:30"),
    ),
    "cancelled": (STATES["cancelled"][0], None),
}


@pytest.mark.parametrize(("story", "times"), TOOK_PLACE.values(), ids=TOOK_PLACE)
def test_when_it_really_was(story: Story, times: tuple[str, str | None] | None) -> None:
    assert read(story).took_place == (times and tuple(each and paris(each) for each in times))


# --- what notices are owed ----------------------------------------------------------------------------------------

_REMINDED = step(announced(), "reminded", "2026-12-05 22:00")
_CHANGED = _moved(announced())
_STARTED = step(step(announced(), "reminded", "2026-12-05 22:00"), "started", START)
OWED: dict[str, tuple[Story, int, list[str]]] = {
    "announced only": (announced(), 1, []),
    "reminded": (_REMINDED, 1, ["reminded"]),
    "made after the reminder": (_REMINDED, 3, []),
    "changed": (_CHANGED, 1, ["changed"]),
    "made with the changed times": (_CHANGED, 3, []),
    "changed twice": (step(_moved(announced()), "changed", "2026-11-27 11:00"), 1, ["changed"]),
    "changed, then reminded": (step(_moved(announced()), "reminded", "2026-12-07 22:00"), 1, ["changed", "reminded"]),
    "reminded, then changed": (
        step(step(announced(), "reminded", "2026-12-05 22:00"), "changed", "2026-12-05 23:00"),
        1,
        ["changed"],
    ),
    "started at once after the reminder": (_STARTED, 1, ["started"]),
    "started, then extended twice": (
        step(step(step(announced(), "started", START), "extended", "2026-12-07 01:00"), "extended", "2026-12-07 01:30"),
        1,
        ["started", "extended"],
    ),
    "over before the start was told": (step(step(announced(), "started", START), "completed", END), 1, ["completed"]),
    "cancelled after a change": (step(_moved(announced()), "cancelled", "2026-11-28 10:00"), 1, ["cancelled"]),
    "cancelled between two mails": (step(announced(sent=None), "cancelled", "2026-11-26 09:06"), 1, ["cancelled"]),
    "urgent: nobody is told of the start": (step(announced(planned=False), "started", START), 1, []),
    "urgent: but of the end": (
        step(step(announced(planned=False), "started", START), "completed", END),
        1,
        ["completed"],
    ),
    "made before notices had numbers": (_CHANGED, 0, ["changed"]),
}


@pytest.mark.parametrize(("parent", "number", "owes"), OWED.values(), ids=OWED)
def test_a_contact_is_owed_what_came_after_their_notice_and_still_holds(
    parent: Story, number: int, owes: list[str]
) -> None:
    assert [step.what for step in owed(reading(a_notice(number)), read(parent))] == owes


@pytest.mark.parametrize("parent", [case[0] for case in OWED.values()], ids=OWED)
def test_once_the_last_step_was_told_nothing_is_owed(parent: Story) -> None:
    notice = tell(a_notice(), parent, "2026-12-20 10:00")
    assert owed(reading(notice), read(parent)) == ()
    assert told_on(reading(notice))[read(parent).next_number - 1].audit_id == notice.audits[-1].id


def test_the_number_of_a_notice_is_what_it_was_made_with_whatever_agents_do_to_its_tags() -> None:
    notice = a_notice(3)
    notice.update("2026-11-27 10:00", AGENT, tags=frozenset({"zdsync_step_9"}))
    assert made_from(reading(notice)) == 3
    assert told_on(reading(notice)) == {3: Told(paris("2026-11-26 09:05"), 100)}


# --- days and clocks ----------------------------------------------------------------------------------------------

DAYS: dict[str, tuple[str, int, datetime]] = {
    "an ordinary week": (START, 7, paris("2026-11-29 22:00")),
    "over the hour that comes twice": ("2026-10-28 22:00", 7, paris("2026-10-21 22:00")),
    "over the hour that is left out": ("2027-03-31 22:00", 7, paris("2027-03-24 22:00")),
    "to an hour that is left out": ("2027-04-04 02:30", 7, datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
    "to an hour that comes twice": ("2026-11-01 02:30", 7, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    "over the end of a month": ("2027-03-03 01:00", 7, paris("2027-02-24 01:00")),
    "over the end of a year": ("2027-01-02 00:00", 7, paris("2026-12-26 00:00")),
    "a day": (START, 1, paris("2026-12-05 22:00")),
}


@pytest.mark.parametrize(("instant", "days", "before"), DAYS.values(), ids=DAYS)
def test_days_are_those_of_the_calendar(instant: str, days: int, before: datetime) -> None:
    assert days_before(paris(instant), days, ZONE) == before


CLOCKS = {
    "none": (START, END, timedelta(0)),
    "put back": ("2026-10-24 22:00", "2026-10-25 04:00", timedelta(hours=-1)),
    "put forward": ("2027-03-27 22:00", "2027-03-28 04:00", timedelta(hours=1)),
}


@pytest.mark.parametrize(("start", "end", "change"), CLOCKS.values(), ids=CLOCKS)
def test_a_window_over_a_clock_change_is_known(start: str, end: str, change: timedelta) -> None:
    assert clock_change(*both(start, end), ZONE) == change


OVERLAPS = {
    "one after the other": ((END, "2026-12-07 04:00"), False),
    "an hour in common": (("2026-12-07 01:00", "2026-12-07 04:00"), True),
    "one within the other": (("2026-12-06 23:00", "2026-12-07 00:00"), True),
    "the same": ((START, END), True),
    "another day": (("2026-12-08 22:00", "2026-12-09 02:00"), False),
}


@pytest.mark.parametrize(("times", "shared"), OVERLAPS.values(), ids=OVERLAPS)
def test_windows_overlap_where_they_share_time(times: tuple[str, str], shared: bool) -> None:
    first, second = a_window(), a_window(*times, id="web")
    assert bool(overlapping({"db": first, "web": second})) is shared
    assert not overlapping({"db": replace(first, cancelled=True), "web": second})


def test_words_are_read_in_the_readers_language_or_the_next_best() -> None:
    words = Words(en="Upgrade", fr="Mise à jour")
    assert [words[locale] for locale in ("en", "fr", "fr-CA", "de")] == [
        "Upgrade",
        "Mise à jour",
        "Mise à jour",
        "Upgrade",
    ]
    assert Words(fr="Mise à jour")["en"] == "Mise à jour"


def test_a_made_up_history_cannot_make_the_reading_fail() -> None:
    """Steps out of order, and an end without a beginning."""
    story = a_parent().reply(START, US, keys=(step_key(4, "completed", *both(START, END)),))
    found = maintenance(Reading(story.history, facts()))
    assert isinstance(found, Maintenance)
    assert (found.state, found.next_number, found.announced, found.planned) == ("completed", 5, None, True)
