"""What stands on a Major Incident Report, in English and in French."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.builders import paris
from tests.core.incident_reports import a_report, at
from zdsync.core.incident_report import Event, Promise, Task
from zdsync.core.incident_sheet import Sheet, sheet
from zdsync.core.incident_words import WORDS
from zdsync.core.spans import Span
from zdsync.core.writing import plain

PARIS = ZoneInfo("Europe/Paris")


def a_sheet(locale: str = "en", **changes: Any) -> Sheet:
    return sheet(a_report(**changes), locale, PARIS, author="Support desk", today=date(2026, 11, 25))


@pytest.mark.parametrize(
    ("locale", "title", "subtitle"),
    [
        ("en", "K Pro was unavailable", "Tuesday 24 November 2026, 09:10 to 11:52 (Paris time)"),
        ("en-GB", "K Pro was unavailable", "Tuesday 24 November 2026, 09:10 to 11:52 (Paris time)"),
        ("fr", "K Pro était indisponible", "le mardi 24 novembre 2026, de 09:10 à 11:52 (heure de Paris)"),
        ("fr-CA", "K Pro était indisponible", "le mardi 24 novembre 2026, de 09:10 à 11:52 (heure de Paris)"),
        ("de", "K Pro was unavailable", "Tuesday 24 November 2026, 09:10 to 11:52 (Paris time)"),
    ],
)
def test_a_reader_gets_it_in_their_language(locale: str, title: str, subtitle: str) -> None:
    found = a_sheet(locale)
    assert (found.title, found.subtitle) == (title, subtitle)


def test_the_figures_say_how_long_how_many_how_soon_and_what_was_kept() -> None:
    assert [(each.label, plain(each.value), plain(each.note)) for each in a_sheet().figures] == [
        ("Duration", "2 h 42 min", "09:10 – 11:52"),
        ("Customers told", "421 contacts", "of 61 organisations"),
        ("First notice", "after 10 min", "the last one 6 min later"),
        ("Promised updates", "1 of 2 kept", "every 30 min"),
    ]


def test_each_line_of_the_time_line_names_its_record() -> None:
    events = a_sheet().events
    assert (events[0].time, events[0].what, events[0].source) == ("09:10", "The outage begins", "#4711, no. 44")
    assert events[3].source == "#5200, no. 9001"
    assert all(re.fullmatch(r"#\d+, no\. \d+", each.source) for each in events)
    assert [each.what for each in events if each.weight == "alert"] == [
        "The update promised for 10:17 is not given in time"
    ]


def test_a_french_reader_reads_days_as_the_french_write_them() -> None:
    over_midnight = a_sheet("fr", ended=paris("2026-12-01 02:05")).subtitle
    assert over_midnight == "du mardi 24 novembre 2026 à 09:10 au mardi 1er décembre 2026 à 02:05 (heure de Paris)"
    assert a_sheet("fr", ended=None).subtitle == "depuis le mardi 24 novembre 2026 à 09:10 (heure de Paris)"


def test_times_have_their_day_as_soon_as_there_is_more_than_one() -> None:
    end = paris("2026-11-25 02:05")
    over_midnight = a_sheet(ended=end, downs=(Span(at("09:10"), end),))
    assert over_midnight.subtitle.startswith("Tuesday 24 November 2026, 09:10 to Wednesday 25 November 2026, 02:05")
    assert plain(over_midnight.events[0].time) == "24 Nov, 09:10"
    assert over_midnight.events[5].what == "The update promised for 10:17 is not given in time", "on the line's own day"
    assert plain(over_midnight.figures[0].value) == "16 h 55 min"
    assert plain(over_midnight.figures[0].note) == "24 Nov, 09:10 – 25 Nov, 02:05"


def test_a_promise_for_the_next_morning_has_its_day() -> None:
    morning = paris("2026-11-25 09:20")
    found = a_sheet(
        events=(Event(at("17:50"), "announced", 16, count=2, until=morning),), promises=(Promise(morning, None, False),)
    )
    assert plain(found.events[0].what).endswith("; the next update is promised for 25 Nov, 09:20")
    assert plain(found.promises[0].due) == "25 Nov, 09:20"
    assert found.events[0].time == "17:50", "all that happened was on one day"


def test_customers_read_no_number_of_the_notice_of_another_one() -> None:
    events = a_sheet().events
    assert {each.cited for each in events if each.cited != each.source} == {"a contact’s notice"}
    assert not [each.cited for each in events if "5200" in each.cited]


def test_the_duration_is_that_of_its_stretches_as_their_minutes_are_shown() -> None:
    """09:10 to 10:00 and 11:30 to 11:52, whatever the seconds are: 50 and 22 minutes."""
    first = Span(at("09:10:40"), at("10:00:20"))
    one = a_sheet(downs=(first, Span(at("11:30:05"), at("11:52:59")))).figures[0]
    assert (plain(one.value), plain(one.note)) == ("1 h 12 min", "09:10 – 10:00 · 11:30 – 11:52")
    assert "Duration" not in {each.label for each in a_sheet(ended=None, downs=(first,)).figures}, "it goes on"
    assert "Duration" not in {each.label for each in a_sheet(downs=()).figures}, "it was called off"


def test_where_the_clock_was_changed_each_time_has_its_offset() -> None:
    night = Span(paris("2026-10-25 01:30"), paris("2026-10-25 03:30"))
    found = a_sheet(began=night.start, ended=night.end, downs=(night,), events=(), told=())
    assert found.subtitle == "Sunday 25 October 2026, 01:30 (GMT+02:00) to 03:30 (GMT+01:00) (Paris time)"
    assert plain(found.figures[0].value) == "3 h"


def test_thousands_are_set_apart() -> None:
    told = replace(a_report().told[0], contacts=1000)
    figures = {each.label: plain(each.value) for each in a_sheet("fr", told=(told,)).figures}
    assert figures["Clients informés"] == "1 000 contacts"


PROMISES = {
    "kept": (Promise(at("09:50"), at("09:47"), False), "kept"),
    "late": (Promise(at("10:17"), at("10:21"), True), "4 min late"),
    "never kept": (Promise(at("10:17"), None, True), "not kept"),
    "not yet due": (Promise(at("10:17"), None, False), "not yet due"),
}


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_says_what_has_become_of_it(name: str) -> None:
    promise, state = PROMISES[name]
    assert plain(a_sheet(promises=(promise,)).promises[0].state) == state


DRAFTS: dict[str, tuple[dict[str, Any], str]] = {
    "approved": ({}, ""),
    "not approved": ({"version": 0}, "Draft, not to be sent. What customers get is approved on the ticket."),
    "without a cause": ({"version": 0, "root_cause": " \n"}, "Draft, not to be sent. Still missing: the root cause."),
    "while it goes on": (
        {"version": 0, "ended": None, "actions": ()},
        "Draft, not to be sent. Still missing: the end of the outage, preventive actions.",
    ),
}


@pytest.mark.parametrize("name", DRAFTS)
def test_a_draft_says_that_it_is_one_and_what_it_lacks(name: str) -> None:
    changes, words = DRAFTS[name]
    assert a_sheet(**changes).draft == words


STATES = {
    "open, in time": (Task("x", due=date(2026, 12, 1)), "open"),
    "open, without a date": (Task("x"), "open"),
    "open, its date is over": (Task("x", due=date(2026, 11, 24)), "overdue"),
    "done, its date is over": (Task("x", due=date(2026, 11, 24), state="done"), "done"),
}


@pytest.mark.parametrize("name", STATES)
def test_an_earlier_action_is_shown_with_its_state(name: str) -> None:
    task, state = STATES[name]
    assert a_sheet(previous=(task,)).previous[0].state == state


def test_every_kind_of_event_can_be_said_in_both_languages() -> None:
    kinds = [Event(at("09:10"), kind, 1, count=2, until=at("10:00")) for kind in WORDS["en"].events]
    english, french = (a_sheet(locale, events=tuple(kinds)).events for locale in ("en", "fr"))
    assert len(english) == len(french) == len(WORDS["fr"].events) == 12
    for one, other in zip(english, french, strict=True):
        assert one.what != other.what
        assert not {"{", "}"} & set(one.what + other.what)


def test_where_nothing_is_promised_nothing_is_said_of_it() -> None:
    """An update to what is urgent no more, or a word in between."""
    found = a_sheet(events=(Event(at("09:47"), "update", 19), Event(at("09:50"), "holding", 20))).events
    assert [each.what for each in found] == ["Update to customers", "Customers are told that the work continues"]


def test_what_is_one_is_not_many() -> None:
    one = a_sheet("en", organizations=1).figures[1]
    none = a_sheet("fr", organizations=0).figures[1]
    assert (one.note, none.note) == ("of 1 organisation", "")
    nobody = replace(a_report().told[0], contacts=0)
    assert a_sheet("fr", told=(nobody,)).figures[1].value == "0 contact"
