"""The rule of maintenance, decision by decision, on a window's parent ticket and its notices: who hears what when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event

from tests.builders import (
    AGENT,
    CUSTOMER,
    FIELD_IDS,
    US,
    Story,
    a_rule_of,
    a_rulebook,
    paris,
)
from tests.core.maintenance_desk import PEOPLE, SETTLE, TICKETS, XENIA, YANN, ZOE, Desk, a_ticket_window, order, rules
from tests.core.windows import ANNOUNCED, END, START, a_parent, a_window, read, reading, step
from zdsync.core.audience import AudienceSettings
from zdsync.core.automation import Case
from zdsync.core.automations.maintenance import MAINTENANCE
from zdsync.core.evaluate import evaluate
from zdsync.core.incident import SEND_TAG, STOP_TAG
from zdsync.core.maintenance import TAG, What, order_key
from zdsync.core.maintenance_settings import Settings
from zdsync.core.model import Comment, Enclosure
from zdsync.core.notices import BOUNCED_TAG
from zdsync.core.notify import NOTIFY_TAG
from zdsync.core.windows import Window

COME_BACK = Comment(77, 401, True, answer="automatic", undelivered=True)


# --- the life of a window -----------------------------------------------------------------------------------------


def test_a_planned_window_is_announced_reminded_of_started_and_completed_once() -> None:
    desk = Desk(rules(a_window())).work("2026-12-08 12:00")
    expected = [("26.11. 22:00", "notice"), ("05.12. 22:00", "reminded"), ("06.12. 22:00", "started")]
    for name in ("Zoe", "Yann"):
        assert desk.told(name) == [*expected, ("07.12. 02:00", "completed")]
    assert desk.told("agents") == [
        ("26.11. 22:00", "announced"),
        ("26.11. 22:00", "sent"),
        ("05.12. 22:00", "reminded"),
        ("06.12. 22:00", "started"),
        ("07.12. 01:45", "(ending)"),
        ("07.12. 02:00", "completed"),
        ("08.12. 02:00", "(solved)"),
    ]
    assert {story.ticket.status for story in desk.notices.values()} == {"solved"}


def test_an_urgent_window_is_told_at_once_and_when_it_is_completed() -> None:
    desk = Desk(rules(a_window("2026-11-26 10:00", "2026-11-26 12:00", planned=False))).work("2026-11-27 12:00")
    assert desk.told("Zoe") == [("26.11. 09:00", "notice"), ("26.11. 12:00", "completed")]
    assert "started" in desk.heard("agents")
    assert "Urgent maintenance" in desk.rulebook.templates.render("maintenance.subject", "en", **_values(desk, ZOE))


def _values(desk: Desk, user: int) -> dict[str, Any]:
    return {**desk.campaigns[user].values, "zone": PEOPLE[user].time_zone}


def test_everybody_reads_it_in_their_language_and_by_their_clock() -> None:
    desk = Desk(rules(a_window())).work("2026-11-27 12:00")
    zoe, yann = [body for body in desk.bodies if body.startswith(("Maintenance is", "Une maintenance"))]
    assert "Database upgrade" in zoe
    assert "Sun 6 Dec 2026, 21:00 GMT" in zoe
    assert "Mise à jour de la base" in yann
    assert "dim. 6 déc. 2026, 22:00 CET" in yann


def test_it_is_announced_when_it_says() -> None:
    desk = Desk(rules(a_window(announce_at=paris("2026-11-28 14:00")))).work("2026-11-30 12:00")
    assert desk.told("Zoe") == [("28.11. 14:00", "notice")]


LATE = {
    "a week ahead to the minute": ("2026-11-29 21:59", False),
    "a minute less": ("2026-11-29 22:01", True),
}


@pytest.mark.parametrize(("made", "late"), LATE.values(), ids=LATE)
def test_a_window_that_is_announced_too_late_is_told_all_the_same_and_agents_what_that_means(
    made: str, late: bool
) -> None:
    desk = Desk(rules(a_window()), a_parent(made)).work("2026-12-01 12:00")
    assert desk.heard("Zoe") == ["notice"]
    assert any("counts as unplanned" in body for body in desk.bodies) is late


def test_whoever_hears_of_it_within_the_last_day_is_not_reminded_too() -> None:
    desk = Desk(rules(a_window()), a_parent("2026-12-05 23:00")).work("2026-12-07 12:00")
    assert desk.heard("Zoe") == ["notice", "started", "completed"]


URGENT = a_window("2026-11-26 10:00", "2026-11-26 12:00", planned=False)
COUNTDOWNS: dict[str, tuple[Window, str, str | None, str]] = {
    "in good time: after a countdown": (a_window(), ANNOUNCED, None, "26.11. 22:15"),
    "that would be too late by it: at once": (a_window(), "2026-11-29 21:30", None, "29.11. 21:30"),
    "that is too late already: at once": (a_window(), "2026-12-01 09:00", None, "01.12. 09:00"),
    "urgent: at once": (URGENT, ANNOUNCED, None, "26.11. 09:00"),
    "ordered: at once": (a_window(), ANNOUNCED, "2026-11-26 10:00", "26.11. 10:00"),
}


@pytest.mark.parametrize(("window", "made", "ordered", "at"), COUNTDOWNS.values(), ids=COUNTDOWNS)
def test_a_window_is_told(window: Window, made: str, ordered: str | None, at: str) -> None:
    desk = Desk(rules(window, countdown="15m"), a_parent(made))
    if ordered is not None:
        order(desk, "announce", ordered)
    desk.work("2026-12-02 12:00")
    assert desk.told("Zoe")[0] == (at, "notice")
    announced = next(body for body in desk.bodies if "is announced" in body)
    assert "to 2 contacts of 1 organisation: " in announced
    assert "Some of them, by their user ids: 401, 402." in announced
    assert ("sends them at once" in announced) is (at == "26.11. 22:15")


def test_within_the_countdown_an_agent_stops_it_or_sends_at_once() -> None:
    stopped, sent = (Desk(rules(a_window(), countdown="15m")).work("2026-11-26 22:05") for _ in range(2))
    assert (stopped.heard("agents"), NOTIFY_TAG in stopped.parent.ticket.tags) == (["announced"], True)
    for desk, tag in ((stopped, STOP_TAG), (sent, SEND_TAG)):
        desk.parent.update("2026-11-26 22:06", AGENT, tags=desk.parent.ticket.tags | {tag})
        desk.now = paris("2026-11-26 22:07")
        desk.work("2026-11-27 12:00")
    assert stopped.notices == {}
    assert sent.told("Zoe") == [("26.11. 22:07", "notice")]


def test_a_window_that_moves_nearer_within_the_countdown_is_told_at_once_where_it_would_be_late() -> None:
    desk = Desk(rules(a_window(), countdown="15m")).work("2026-11-26 22:05")
    desk.rulebook = rules(a_window(start="2026-12-03 22:30", end="2026-12-04 02:00"), countdown="15m")
    desk.work("2026-11-27 12:00")
    assert desk.heard("agents") == ["announced", "changed", "sent"]
    assert desk.told("Zoe") == [("26.11. 22:05", "notice")]


REMINDERS: dict[str, tuple[str, int | None, str, str]] = {
    "the day before": (ANNOUNCED, 1, "We will remind you", "reminded the day before"),
    "three days before": (ANNOUNCED, 3, "We will remind you", "reminded 3 days before"),
    "never": (ANNOUNCED, None, "We will tell you when it starts", "Contacts hear when it starts"),
    "too late for one": ("2026-12-05 23:00", 1, "We will tell you when it starts", "Contacts hear when it starts"),
}


@pytest.mark.parametrize(("made", "days", "promised", "noted"), REMINDERS.values(), ids=REMINDERS)
def test_a_reminder_is_promised_where_one_will_come(made: str, days: int | None, promised: str, noted: str) -> None:
    desk = Desk(rules(a_window(), remind_days=days), a_parent(made), audience=(ZOE,)).work("2026-12-07 12:00")
    assert ("reminded" in desk.heard("Zoe")) is ("remind you" in promised)
    notice = next(body for body in desk.bodies if body.startswith("Maintenance is"))
    assert promised in notice
    assert any(noted in body for body in desk.bodies)


def test_who_joins_after_the_reminder_is_promised_none() -> None:
    desk = Desk(rules(a_window())).work("2026-12-06 12:00")
    desk.audience = (ZOE, YANN, XENIA)
    desk.work("2026-12-06 20:00")
    assert (desk.heard("Xenia"), "remind" in desk.bodies[-1]) == (["notice"], False)


CLOCK_CHANGES = {
    "over the hour that comes twice": (
        "2026-10-24 22:00",
        "2026-10-25 04:00",
        ["14.10. 22:00", "23.10. 22:00", "24.10. 22:00", "25.10. 04:00"],
    ),
    "over the hour that is left out": (
        "2027-03-27 22:00",
        "2027-03-28 04:00",
        ["17.03. 22:00", "26.03. 22:00", "27.03. 22:00", "28.03. 04:00"],
    ),
    "announced before a change, held after it": (
        "2026-10-28 22:00",
        "2026-10-28 23:00",
        ["18.10. 22:00", "27.10. 22:00", "28.10. 22:00", "28.10. 23:00"],
    ),
    "over the end of a year": (
        "2026-12-31 23:00",
        "2027-01-01 01:00",
        ["21.12. 23:00", "30.12. 23:00", "31.12. 23:00", "01.01. 01:00"],
    ),
}


@pytest.mark.parametrize(("start", "end", "times"), CLOCK_CHANGES.values(), ids=CLOCK_CHANGES)
def test_days_and_hours_are_those_of_the_windows_zone(start: str, end: str, times: list[str]) -> None:
    made = f"{paris(start) - timedelta(days=12):%Y-%m-%d} 12:00"
    desk = Desk(rules(a_window(start, end)), a_parent(made)).work(paris(end) + timedelta(days=1))
    assert [at for at, _ in desk.told("Zoe")] == times


# --- changes ------------------------------------------------------------------------------------------------------

MOVED = a_window("2026-12-08 22:00", "2026-12-09 02:00")


def test_a_window_that_moves_is_told_once_with_both_times_and_goes_by_the_new_ones() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    desk.rulebook = rules(MOVED)
    desk.work("2026-12-10 12:00")
    assert desk.told("Zoe") == [
        ("26.11. 22:00", "notice"),
        ("28.11. 10:00", "changed"),
        ("07.12. 22:00", "reminded"),
        ("08.12. 22:00", "started"),
        ("09.12. 02:00", "completed"),
    ]
    (told,) = [body for body in desk.bodies if body.startswith("The maintenance takes place")]
    assert "New: from Tue 8 Dec 2026, 21:00 GMT" in told
    assert "Before: from Sun 6 Dec 2026, 21:00 GMT" in told


def test_a_window_that_moves_twice_before_anybody_was_told_is_told_once() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    step(desk.parent, "changed", "2026-11-28 10:00", "2026-12-07 22:00", "2026-12-08 02:00")
    step(desk.parent, "changed", "2026-11-28 10:01", "2026-12-08 22:00", "2026-12-09 02:00")
    desk.rulebook = rules(MOVED)
    desk.work("2026-11-28 12:00")
    assert desk.heard("Zoe") == ["notice", "changed"]
    (told,) = [body for body in desk.bodies if body.startswith("The maintenance takes place")]
    assert "Before: from Sun 6 Dec 2026" in told, "what this contact knew, and not what nobody was told"


def test_a_window_that_moves_and_moves_back_is_told_each_time() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    desk.rulebook = rules(MOVED)
    desk.work("2026-11-28 11:00")
    desk.rulebook = rules(a_window())
    desk.work("2026-11-28 12:00")
    assert desk.heard("Zoe") == ["notice", "changed", "changed"]


def test_a_window_that_moves_while_it_is_announced_is_told_to_those_who_know_other_times_only() -> None:
    desk = Desk(rules(a_window()), audience=(ZOE, YANN, XENIA))
    desk.now = paris("2026-11-26 22:00")
    desk._pass(1)  # the note
    desk.now += SETTLE
    desk._pass(1)  # Zoe
    assert list(desk.notices) == [ZOE]
    desk.rulebook = rules(MOVED)
    desk.work("2026-11-27 12:00")
    assert (desk.heard("Zoe"), desk.heard("Yann"), desk.heard("Xenia")) == (
        ["notice", "changed"],
        ["notice"],
        ["notice"],
    )
    assert desk.campaigns[YANN].values["start"] == MOVED.start


def test_a_window_that_is_cancelled_between_two_mails_reaches_nobody_else_and_all_who_know_of_it() -> None:
    desk = Desk(rules(a_window()), audience=(ZOE, YANN, XENIA))
    desk.now = paris("2026-11-26 22:00")
    desk._pass(1)
    desk.now += SETTLE
    desk._pass(1)
    desk.rulebook = rules(a_window(cancelled=True))
    desk.work("2026-12-10 12:00")
    assert desk.heard("Zoe") == ["notice", "cancelled"]
    assert list(desk.notices) == [ZOE]
    assert desk.notices[ZOE].ticket.status == "solved"


def test_a_window_that_was_cancelled_before_anybody_knew_is_told_to_nobody() -> None:
    desk = Desk(rules(a_window(cancelled=True))).work("2026-12-10 12:00")
    assert desk.said == []


def test_a_window_that_is_cancelled_in_the_file_after_its_start_goes_on_and_agents_hear_why_once() -> None:
    desk = Desk(rules(a_window())).work("2026-12-06 23:00")
    desk.rulebook = rules(a_window(cancelled=True))
    desk.work("2026-12-07 12:00")
    assert desk.heard("Zoe") == ["notice", "reminded", "started", "completed"]
    assert desk.heard("agents").count("(cancelled-late)") == 1


ELSEWHERE = {
    "the night after": a_window("2026-12-07 22:00", "2026-12-08 02:00"),
    "the night before": a_window("2026-12-05 18:00", "2026-12-05 20:00"),
    "more than a week": a_window("2026-12-07 01:00", "2026-12-14 00:00"),
}


@pytest.mark.parametrize("moved", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_window_under_way_that_is_moved_to_another_time_takes_no_longer_and_agents_hear_it_once(
    moved: Window,
) -> None:
    desk = Desk(rules(a_window())).work("2026-12-06 23:00")
    desk.rulebook = rules(moved)
    desk.work("2026-12-15 12:00")
    assert desk.told("Zoe")[-2:] == [("06.12. 22:00", "started"), ("07.12. 02:00", "completed")]
    assert desk.heard("agents").count("(moved-late)") == 1


def test_one_that_is_cancelled_and_moved_takes_no_longer_either() -> None:
    desk = Desk(rules(a_window())).work("2026-12-06 23:00")
    desk.rulebook = rules(a_window(end="2026-12-07 04:00", cancelled=True))
    assert desk.work("2026-12-07 12:00").told("Zoe")[-1] == ("07.12. 02:00", "completed")


def test_new_times_that_are_over_already_are_told_to_nobody() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    desk.rulebook = rules(a_window("2025-12-06 22:00", "2025-12-07 02:00"))
    desk.work("2026-12-10 12:00")
    assert desk.heard("Zoe") == ["notice"]
    assert desk.heard("agents")[-1] == "(over-already)"


def test_a_window_that_is_written_nowhere_any_more_waits_for_a_word_and_agents_are_asked_once() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    desk.rulebook = rules()
    desk.work("2026-12-10 12:00")
    assert desk.heard("Zoe") == ["notice"]
    assert desk.heard("agents").count("(unlisted)") == 1


def test_who_joins_the_audience_gets_a_notice_with_the_times_that_hold_and_nothing_of_the_past() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    desk.rulebook = rules(MOVED)
    desk.work("2026-11-28 12:00")
    desk.audience = (ZOE, YANN, XENIA)
    desk.work("2026-12-10 12:00")
    assert desk.heard("Xenia") == ["notice", "reminded", "started", "completed"]
    assert desk.campaigns[XENIA].values["start"] == MOVED.start


# --- orders -------------------------------------------------------------------------------------------------------


def test_an_agent_extends_and_everybody_hears_the_new_end() -> None:
    desk = order(Desk(rules(a_window())), "extend 2026-12-07 03:30", "2026-12-07 01:50").work("2026-12-07 12:00")
    assert desk.told("Zoe")[-2:] == [("07.12. 01:50", "extended"), ("07.12. 03:30", "completed")]
    assert any("now ends Mon 7 Dec 2026, 02:30 GMT, not Mon 7 Dec 2026, 01:00 GMT" in body for body in desk.bodies)


def test_an_agent_completes_early_and_the_window_ends_then() -> None:
    desk = order(Desk(rules(a_window())), "complete", "2026-12-07 00:30").work("2026-12-07 12:00")
    assert desk.told("Zoe")[-1] == ("07.12. 00:30", "completed")
    assert read(desk.parent).took_place == (paris(START), paris("2026-12-07 00:30"))


def test_an_agent_starts_before_the_time() -> None:
    desk = order(Desk(rules(a_window())), "start", "2026-12-06 21:40").work("2026-12-07 12:00")
    assert desk.told("Zoe")[-2:] == [("06.12. 21:40", "started"), ("07.12. 02:00", "completed")]


def test_an_agent_announces_before_the_time() -> None:
    desk = order(Desk(rules(a_window())), "announce", "2026-11-26 10:00").work("2026-11-26 12:00")
    assert desk.told("Zoe") == [("26.11. 10:00", "notice")]


def test_an_agent_cancels() -> None:
    desk = order(Desk(rules(a_window())), "cancel the vendor is ill", "2026-12-01 10:00").work("2026-12-10 12:00")
    assert desk.heard("Zoe") == ["notice", "cancelled"]


def test_an_operators_order_counts_like_an_agents() -> None:
    desk = Desk(rules(a_window())).work("2026-12-01 10:00")
    desk.parent.reply(desk.now, US, keys=(order_key(desk.now, "cancel"),))
    assert desk.work("2026-12-10 12:00").heard("Zoe") == ["notice", "cancelled"]


def test_of_two_new_ends_in_a_row_the_last_one_counts_and_nobody_hears_of_the_other() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 01:40")
    desk.parent.note("2026-12-07 01:41", command="maintenance extend 2026-12-07 03:00")
    desk.parent.note("2026-12-07 01:42", command="maintenance extend 2026-12-07 04:00")
    desk.now = paris("2026-12-07 01:43")
    desk.work("2026-12-07 12:00")
    assert desk.told("Zoe")[-2:] == [("07.12. 01:43", "extended"), ("07.12. 04:00", "completed")]
    assert "(refused)" not in desk.heard("agents")


def test_a_new_end_that_cannot_be_read_leaves_the_one_before_it() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 01:40")
    desk.parent.note("2026-12-07 01:41", command="maintenance extend 2026-12-07 03:00")
    desk.parent.note("2026-12-07 01:42", command="maintenance extend later")
    desk.now = paris("2026-12-07 01:43")
    desk.work("2026-12-07 12:00")
    assert desk.told("Zoe")[-2:] == [("07.12. 01:43", "extended"), ("07.12. 03:00", "completed")]
    assert desk.heard("agents").count("(refused)") == 1


def test_a_new_end_is_read_on_the_desks_clock_where_the_window_is_written_nowhere_any_more() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 01:00")
    desk.rulebook = rules()
    order(desk, "extend 2026-12-07 03:30", "2026-12-07 01:30").work("2026-12-07 12:00")
    assert desk.told("Zoe")[-1] == ("07.12. 03:30", "completed")


REFUSED = {
    "to complete what has not started": ("complete", "2026-12-01 10:00", "start it first"),
    "to cancel what has started": ("cancel", "2026-12-06 23:00", "complete it"),
    "to extend what has not started": ("extend 2026-12-07 03:00", "2026-12-01 10:00", "has not started"),
    "to extend to no time": ("extend a bit", "2026-12-06 23:00", "is no time"),
    "to extend into the past": ("extend 2026-12-06 22:30", "2026-12-06 23:00", "is past"),
    "to extend by a year": ("extend 2027-12-07 03:00", "2026-12-06 23:00", "more than a week"),
    "to start what is over": ("start", "2026-12-07 10:00", "completed already"),
    "to announce what was announced": ("announce", "2026-12-01 10:00", "announced already"),
    "to start days before": ("start", "2026-12-05 21:00", "more than a day"),
    "to start what has started": ("start", "2026-12-06 23:00", "has started already"),
    "something unknown": ("postpone", "2026-12-01 10:00", "is not known"),
}


@pytest.mark.parametrize(("words", "at", "why"), REFUSED.values(), ids=REFUSED)
def test_an_order_that_cannot_be_followed_is_answered_once_and_changes_nothing(words: str, at: str, why: str) -> None:
    desk = order(Desk(rules(a_window())), words, at)
    before = [each for each in desk.said if each[1] != "agents"]
    desk.work(paris(at) + timedelta(minutes=20))
    assert desk.heard("agents").count("(refused)") == 1
    assert why in desk.bodies[-1]
    assert [each for each in desk.said if each[1] != "agents"] == before


def test_what_does_not_happen_by_itself_waits_for_agents_who_are_told_when_its_time_has_come() -> None:
    desk = Desk(rules(a_window(), by_itself=[])).work("2026-12-07 00:00")
    assert desk.heard("Zoe") == ["notice", "reminded"]
    assert desk.heard("agents")[-1] == "(start-it)"
    order(desk, "start", "2026-12-07 00:10").work("2026-12-07 05:00")
    assert desk.heard("Zoe")[-1] == "started"
    assert desk.heard("agents")[-1] == "(complete-it)"
    order(desk, "complete", "2026-12-07 05:10").work("2026-12-07 06:00")
    assert desk.told("Zoe")[-1] == ("07.12. 05:10", "completed")
    assert read(desk.parent).took_place == both_at("2026-12-07 00:10", "2026-12-07 05:10")


def both_at(start: str, end: str) -> tuple[datetime, datetime]:
    return paris(start), paris(end)


def test_what_is_started_after_its_end_is_asked_for_new_times_and_none_is_made_up() -> None:
    desk = order(Desk(rules(a_window(), by_itself=["complete"])), "start", "2026-12-07 02:10").work("2026-12-07 02:20")
    assert (desk.heard("Zoe"), desk.heard("agents")[-1]) == (["notice", "reminded"], "(refused)")
    assert "its end is past" in desk.bodies[-1]
    desk.rulebook = rules(a_window(end="2026-12-07 06:00"), by_itself=["complete"])
    order(desk, "start", "2026-12-07 02:30").work("2026-12-07 12:00")
    assert desk.told("Zoe")[-2:] == [("07.12. 02:30", "started"), ("07.12. 06:00", "completed")]


def test_a_start_that_is_read_after_the_end_has_been_one() -> None:
    desk = order(Desk(rules(a_window(), by_itself=["complete"])), "start", "2026-12-06 23:00")
    desk.now = paris("2026-12-07 03:00")
    desk.work("2026-12-07 12:00")
    assert "(refused)" not in desk.heard("agents")
    assert read(desk.parent).took_place == both_at("2026-12-06 23:00", END)


# --- what must not happen -----------------------------------------------------------------------------------------


def test_after_a_standstill_over_the_whole_window_contacts_hear_of_its_end_only() -> None:
    desk = Desk(rules(a_window())).work("2026-12-01 10:00")
    desk.now = paris("2026-12-07 08:00")
    desk.work("2026-12-07 12:00")
    assert desk.heard("Zoe") == ["notice", "completed"]
    assert read(desk.parent).took_place == both_at(START, END)


HELD_UP: dict[str, tuple[What, str, str]] = {
    "a reminder, until the start": ("reminded", END, START),
    "a change, until its end": ("changed", "2026-12-07 01:00", "2026-12-07 01:00"),
    "the start, until the end": ("started", END, END),
    "a new end, until then": ("extended", "2026-12-07 03:00", "2026-12-07 03:00"),
}


@pytest.mark.parametrize(("what", "end", "until"), HELD_UP.values(), ids=HELD_UP)
def test_what_was_held_up_until_its_time_was_over_is_told_to_nobody(what: What, end: str, until: str) -> None:
    desk = Desk(rules(a_window(), remind_days=None)).work("2026-11-28 12:00")
    step(desk.parent, what, "2026-12-05 22:00", START, end)
    desk.now = paris(until)
    desk.tell()
    assert desk.heard("Zoe") == ["notice"]
    desk.now -= timedelta(seconds=1)
    desk.tell()
    assert desk.heard("Zoe") == ["notice", what]


def test_a_window_that_was_over_before_anybody_was_told_is_told_to_agents_alone() -> None:
    desk = Desk(rules(a_window()), a_parent("2026-12-07 08:00")).work("2026-12-08 12:00")
    assert [(whom, what) for _, whom, what in desk.said] == [("agents", "(missed)")]


def test_an_empty_audience_is_told_to_agents_once() -> None:
    desk = Desk(rules(a_window()), audience=()).work("2026-11-28 12:00")
    assert [(whom, what) for _, whom, what in desk.said] == [("agents", "(nobody)")]


def test_an_answer_makes_nobody_solve_the_question() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 12:00")
    desk.notices[ZOE].customer("2026-11-28 13:00", by=ZOE)
    desk.work("2026-12-08 12:00")
    assert desk.heard("Zoe")[-1] == "completed"
    assert desk.notices[YANN].ticket.status == "solved"


def test_an_automatic_mail_leaves_a_notice_as_it_was() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 12:00")
    desk.notices[ZOE].customer("2026-11-28 13:00", by=ZOE, answer="automatic")
    desk.work("2026-11-28 14:00")
    assert desk.notices[ZOE].ticket.status == "pending"
    desk.work("2026-12-07 02:05")
    desk.notices[ZOE].customer("2026-12-07 02:06", by=ZOE, answer="automatic")
    desk.work("2026-12-07 12:00")
    assert desk.notices[ZOE].ticket.status == "solved"
    assert desk.heard("Zoe") == ["notice", "reminded", "started", "completed"]


def test_a_notice_that_an_agent_opens_after_its_window_stays_open() -> None:
    desk = Desk(rules(a_window())).work("2026-12-07 12:00")
    desk.notices[ZOE].status("open", "2026-12-07 13:00")
    desk.work("2026-12-08 12:00")
    assert desk.notices[ZOE].ticket.status == "open"


def test_a_notice_that_comes_back_is_marked_so_that_the_announcement_counts_it() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 12:00")
    desk.notices[ZOE].update("2026-11-28 13:00", by=ZOE, comment=COME_BACK, channel="email", status="open")
    desk.work("2026-11-28 14:00")
    assert BOUNCED_TAG in desk.notices[ZOE].ticket.tags
    assert BOUNCED_TAG not in desk.notices[YANN].ticket.tags


def test_the_stop_tag_of_an_agent_stops_the_mails_and_taking_it_off_goes_on() -> None:
    desk = Desk(rules(a_window()))
    desk.parent.update("2026-11-26 10:00", AGENT, tags=desk.parent.ticket.tags | {STOP_TAG})
    desk.now = paris("2026-11-26 10:01")
    assert desk.work("2026-11-28 12:00").notices == {}
    desk.parent.update("2026-11-28 12:00", AGENT, tags=desk.parent.ticket.tags - {STOP_TAG})
    assert set(desk.work("2026-11-28 13:00").notices) == {ZOE, YANN}


def test_a_stop_tag_that_a_trigger_has_set_is_nobodys_word() -> None:
    desk = Desk(rules(a_window()))
    desk.parent.update("2026-11-26 10:00", CUSTOMER, tags=desk.parent.ticket.tags | {STOP_TAG}, by_rule=True)
    assert set(desk.work("2026-11-27 12:00").notices) == {ZOE, YANN}


def test_too_many_failures_stop_the_mails_until_an_agent_goes_on() -> None:
    desk = Desk(rules(a_window(), stop_if_failed={"at_least": 1, "share": 0.1}), audience=(ZOE, YANN, XENIA))
    desk.refused = frozenset({XENIA})
    desk.work("2026-11-27 12:00")
    assert (desk.notices, desk.heard("agents")) == ({}, ["announced", "(failing)"])
    desk.parent.update("2026-11-27 12:00", AGENT, tags=desk.parent.ticket.tags | {SEND_TAG})
    desk.work("2026-11-27 13:00")
    assert set(desk.notices) == {ZOE, YANN}
    assert desk.heard("agents")[-1] == "sent"


def test_of_stopping_and_sending_the_last_word_counts_and_what_was_followed_goes() -> None:
    desk = Desk(rules(a_window(), countdown="15m")).work("2026-11-26 22:05")
    for at, tag, joins, told in (
        ("2026-11-26 22:06", SEND_TAG, ZOE, {ZOE, YANN}),
        ("2026-11-27 12:00", STOP_TAG, XENIA, {ZOE, YANN}),
        ("2026-11-28 12:00", SEND_TAG, XENIA, {ZOE, YANN, XENIA}),
    ):
        desk.audience = tuple(dict.fromkeys((*desk.audience, joins)))
        desk.parent.update(at, AGENT, tags=desk.parent.ticket.tags | {tag})
        desk.now = paris(at) + timedelta(minutes=1)
        assert set(desk.work(f"{at[:10]} 23:00").notices) == told
        assert (SEND_TAG in desk.parent.ticket.tags, STOP_TAG in desk.parent.ticket.tags) == (False, tag == STOP_TAG)


def test_who_has_sent_without_a_countdown_has_not_agreed_to_failures_that_come_later() -> None:
    settings = {"countdown": "15m", "stop_if_failed": {"at_least": 1, "share": 0.1}}
    desk = Desk(rules(a_window(), **settings), audience=(ZOE, YANN, XENIA)).work("2026-11-26 22:05")
    desk.parent.update("2026-11-26 22:06", AGENT, tags=desk.parent.ticket.tags | {SEND_TAG})
    desk.now, desk.refused = paris("2026-11-26 22:07"), frozenset({XENIA})
    assert desk.work("2026-11-27 12:00").notices == {}
    assert desk.heard("agents") == ["announced", "(failing)"]
    desk.parent.update("2026-11-27 12:00", AGENT, tags=desk.parent.ticket.tags | {SEND_TAG})
    assert set(desk.work("2026-11-27 13:00").notices) == {ZOE, YANN}


def test_what_comes_back_when_all_are_told_stops_nothing_any_more_and_is_no_news() -> None:
    desk = Desk(rules(a_window(), stop_if_failed={"at_least": 1, "share": 0.1})).work("2026-11-27 12:00")
    desk.bounced = frozenset({ZOE})
    desk.work("2026-12-07 12:00")
    assert "(failing)" not in desk.heard("agents")
    assert desk.heard("Yann") == ["notice", "reminded", "started", "completed"]


def test_in_shadow_nothing_is_noted_and_nobody_is_told() -> None:
    rulebook = a_rulebook(a_rule_of("maintenance", mode="shadow"), windows={"db": a_window()})
    desk = Desk(rulebook).work("2026-12-08 12:00")
    assert (desk.said, desk.notices) == ([], {})


def test_without_its_parent_or_what_was_noted_there_a_notice_says_nothing() -> None:
    desk = Desk(rules(a_window())).work("2026-12-06 23:00")
    bare = replace(desk.parent.history, audits=desk.parent.history.audits[:1])
    for linked in ({}, {desk.parent.ticket.id: bare}):
        alone = evaluate(desk.notices[ZOE].history, desk.facts(linked=linked), desk.rulebook, desk.now)
        assert (alone.updates, alone.notices) == ((), None)


# --- whom it is for -----------------------------------------------------------------------------------------------


def reaches(desk: Desk) -> Any:
    case = Case(reading(desk.parent), desk.facts(), desk.rulebook, desk.now)
    assert MAINTENANCE.reaches is not None
    settings = desk.rulebook.rules[0].settings
    assert isinstance(settings, Settings)
    return MAINTENANCE.reaches(case, settings)


def test_who_joins_while_it_is_under_way_is_not_told_that_it_is_planned() -> None:
    desk = Desk(rules(a_window())).work("2026-12-06 23:00")
    desk.audience = (ZOE, YANN, XENIA)
    desk.now = paris("2026-12-06 23:30")
    desk.work("2026-12-06 23:40")
    assert desk.heard("Xenia") == ["notice"]
    assert desk.bodies[-1].startswith("Maintenance is under way: Database upgrade.")
    assert "when it starts" not in desk.bodies[-1]


def test_the_audience_is_read_from_the_moment_at_which_it_is_needed_until_the_window_is_over() -> None:
    desk = Desk(rules(a_window()))
    assert reaches(desk) is None
    desk.now = paris("2026-11-26 22:00")
    assert reaches(desk).campaign == ""
    desk.work("2026-11-28 10:00")
    assert reaches(desk).campaign == "maintenance-db"
    assert reaches(desk).audience == AudienceSettings(organization_tags=frozenset({"hosted"}))
    desk.work("2026-12-08 10:00")
    assert reaches(desk) is None


def test_a_windows_own_audience_goes_before_the_rules() -> None:
    desk = Desk(rules(a_window(audience=AudienceSettings(organizations=frozenset({7})))))
    desk.now = paris("2026-11-27 22:00")
    assert reaches(desk).audience == AudienceSettings(organizations=frozenset({7}))


# --- windows as tickets -------------------------------------------------------------------------------------------


def test_a_problem_that_an_agent_opens_with_the_form_is_a_window() -> None:
    desk = Desk(rules(tickets=TICKETS), a_ticket_window()).work("2026-12-08 12:00")
    assert desk.heard("Zoe") == ["notice", "reminded", "started", "completed"]
    assert desk.notices[ZOE].ticket.external_id == f"zdsync-maintenance-ticket-4711-{ZOE}"
    assert TAG in desk.parent.ticket.tags


def test_an_agent_who_changes_the_fields_moves_the_window() -> None:
    desk = Desk(rules(tickets=TICKETS), a_ticket_window()).work("2026-11-28 12:00")
    moved = {FIELD_IDS["resolution_due"]: "2026-12-08 22:00", FIELD_IDS["next_update_due"]: "2026-12-09 02:00"}
    desk.parent.ticket = replace(desk.parent.ticket, fields=moved)
    assert desk.work("2026-11-28 13:00").heard("Zoe") == ["notice", "changed"]


NO_WINDOWS = {
    "a customer's, with the form": a_ticket_window(by=CUSTOMER),
    "of another form": a_ticket_window(form_id=1),
    "an incident": a_ticket_window(type="incident", problem_id=77),
}


@pytest.mark.parametrize("story", NO_WINDOWS.values(), ids=NO_WINDOWS)
def test_what_no_agent_has_opened_as_a_window_is_none(story: Story) -> None:
    assert Desk(rules(tickets=TICKETS), story).work("2026-12-08 12:00").said == []


UNREADY = {
    "no problem": (a_ticket_window(type="task"), "its type is not Problem"),
    "no start": (a_ticket_window(start=""), "is no time"),
    "an hour that does not exist": (a_ticket_window("2027-03-28 02:30", "2027-03-28 04:00"), "does not exist"),
    "an end before the start": (a_ticket_window(END, START), "its end is not after its start"),
}


@pytest.mark.parametrize(("story", "why"), UNREADY.values(), ids=UNREADY)
def test_a_ticket_that_cannot_be_read_as_a_window_says_why_once_and_mails_nobody(story: Story, why: str) -> None:
    desk = Desk(rules(tickets=TICKETS), story).work("2026-12-08 12:00")
    assert desk.heard("agents") == ["(unready)"]
    assert why in desk.bodies[-1]
    assert desk.notices == {}


def test_a_ticket_that_is_written_wrong_again_says_so_again() -> None:
    start, end = FIELD_IDS["resolution_due"], FIELD_IDS["next_update_due"]
    desk = Desk(rules(tickets=TICKETS), a_ticket_window(start="")).work("2026-11-26 09:10")
    desk.parent.ticket = replace(desk.parent.ticket, fields={start: "tonight", end: END})
    desk.work("2026-11-26 09:20")
    assert desk.heard("agents") == ["(unready)", "(unready)"]
    assert "tonight｀ is no time" in desk.bodies[-1]


def test_a_window_under_way_whose_fields_cannot_be_read_goes_on_and_follows_orders() -> None:
    desk = Desk(rules(tickets=TICKETS), a_ticket_window()).work("2026-12-06 23:00")
    fields = {FIELD_IDS["resolution_due"]: START, FIELD_IDS["next_update_due"]: "3 o'clock"}
    desk.parent.ticket = replace(desk.parent.ticket, fields=fields)
    desk.work("2026-12-06 23:10")
    assert desk.heard("agents")[-1] == "(unready)"
    order(desk, "extend 2026-12-07 03:00", "2026-12-06 23:20").work("2026-12-07 12:00")
    assert desk.heard("agents").count("(unready)") == 1
    assert desk.told("Zoe")[-2:] == [("06.12. 23:20", "extended"), ("07.12. 03:00", "completed")]


def test_a_window_whose_fields_cannot_be_read_before_its_start_waits_and_can_be_cancelled() -> None:
    desk = Desk(rules(tickets=TICKETS), a_ticket_window()).work("2026-11-28 12:00")
    desk.parent.ticket = replace(desk.parent.ticket, fields={})
    desk.work("2026-12-07 12:00")
    assert (desk.heard("Zoe"), desk.heard("agents")[-1]) == (["notice"], "(unready)")
    order(desk, "cancel", "2026-12-07 12:10").work("2026-12-07 12:20")
    assert desk.heard("Zoe") == ["notice", "cancelled"]


# --- the calendar file --------------------------------------------------------------------------------------------


def test_a_notice_brings_the_window_into_the_calendar_in_the_readers_language() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    files = desk.campaigns[ZOE].enclosures
    assert set(files) == {"en", "fr"}
    event = opened(files["fr"])
    assert (event.summary, event.sequence) == ("Mise à jour de la base", 1)
    assert (event.start, event.end) == both_at(START, END)


def opened(file: Enclosure) -> Event:
    """Its one event, as the library reads it."""
    assert isinstance(file.content, bytes)
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_each_calendar_file_of_a_window_is_of_one_event_and_later_than_the_one_before() -> None:
    desk = Desk(rules(a_window())).work("2026-11-28 10:00")
    desk.rulebook = rules(MOVED)
    desk.work("2026-11-28 12:00")
    desk.audience = (ZOE, YANN, XENIA)
    desk.work("2026-11-29 12:00")
    first, second = (opened(desk.campaigns[each].enclosures["en"]) for each in (ZOE, XENIA))
    assert first.uid == second.uid
    assert first.sequence < second.sequence
