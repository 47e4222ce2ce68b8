"""The availability report as a page and in words: both languages, and in a real browser on screen, phone and paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import browser
from tests.core.availability_cases import announced, at, done, month, outage, window
from zdsync.core.announced import WindowRecord
from zdsync.core.availability import Gap, Outage, Policy, availability
from zdsync.core.spans import Span
from zdsync.core.writing import LANGUAGES, Language, Writer, plain
from zdsync.reports.availability_page import page
from zdsync.reports.availability_sheet import Sheet, sheet
from zdsync.reports.availability_words import WORDS

PARIS = ZoneInfo("Europe/Paris")
POLICY = Policy("K Pro", Fraction(95, 100), PARIS)
NIGHT = ("2026-11-14 22:00", "2026-11-15 00:00")
TITLES = {"en": "Database <upgrade>", "fr": "Mise à jour"}
OVER = "2026-12-02 09:00"


def some() -> tuple[Outage | WindowRecord, ...]:
    """An outage with a corrected start, one over midnight, a window that overran, one called off, one still to come."""
    work = ("2026-11-14 22:00", "2026-11-15 00:45")
    return (
        outage("2026-11-10 09:00", "2026-11-10 10:30", 4711, starts=["2026-11-10 08:52"]),
        outage("2026-11-05 23:40", "2026-11-06 03:10", 4650),
        replace(done(*NIGHT, "2026-11-03 10:00", work), titles=TITLES),
        window("2026-11-18 22:00", "2026-11-18 23:00", cancelled="2026-11-17 10:00", ticket=902),
        window("2026-11-28 22:00", "2026-11-28 23:00", ticket=903),
    )


def made(language: Language = "en", now: str = OVER, sources: tuple[Any, ...] | None = None, **more: Any) -> Sheet:
    given = some() if sources is None else sources
    outages = [each for each in given if isinstance(each, Outage)]
    windows = [each for each in given if isinstance(each, WindowRecord)]
    result = availability(month("2026-11"), POLICY.target, outages, windows, at(now), **more)
    return sheet(result, POLICY, at(now), language)


def test_both_languages_say_everything() -> None:
    """No text is missing, and each has the same places to be filled in."""
    for language in LANGUAGES:
        assert set(WORDS[language].whys) == set(WORDS["en"].whys)
    for name in WORDS["en"].__slots__:
        english, french = getattr(WORDS["en"], name), getattr(WORDS["fr"], name)
        assert type(english) is type(french)
        assert len(english) > 0
        assert len(french) > 0
        if isinstance(english, str):
            assert sorted(_places(english)) == sorted(_places(french)), name


def _places(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]


@pytest.mark.parametrize(
    ("language", "figure", "verdict", "measured"),
    [
        ("en", "99.182%", "Target met", "Measured: the whole month"),
        ("fr", "99,182 %", "Objectif atteint", "Mesuré : le mois entier"),
    ],
)
def test_the_figure_is_read_as_one_writes_it(language: Language, figure: str, verdict: str, measured: str) -> None:
    """98 + 210 + 45 = 353 of 43 200: 0.817 12 %."""
    written = made(language)
    assert written.figure == figure.replace(" ", "\N{NO-BREAK SPACE}")
    assert (written.verdict_words, plain(written.measured)) == (verdict, measured)


def test_a_row_says_why_it_counts_and_by_which_audits() -> None:
    rows = made().rows
    assert [row.what for row in rows] == ["Outage", "Outage", "Database <upgrade>", "Maintenance", "Maintenance"]
    over_midnight, corrected, overran, cancelled, left_out = rows
    assert over_midnight.when == "Thu 5 Nov, 23:40 – Fri 6 Nov, 03:10"
    assert (corrected.why, corrected.proof) == ("outage", "#4711, nos. 101, 102")
    assert corrected.notes == ("Start corrected to Tue 10 Nov, 08:52 (no. 501).",)
    assert corrected.reasons == ("no. 501: “the log says so”",)
    assert [(part.why, part.counts) for part in overran.parts] == [
        ("does not count: planned maintenance #901, announced in time", False),
        ("longer than announced", True),
    ]
    assert overran.notes[0].startswith("Announced for Sat 14 Nov, 22:00 – Sun 15 Nov, 00:00: 2 of 2 contacts told")
    assert cancelled.notes == ("Cancelled on Tue 17 Nov, 10:00.",)
    assert left_out.notes == ("Not carried out.",)


def test_a_window_told_too_late_says_to_how_many_in_time() -> None:
    night = announced("2026-11-03 10:00", *NIGHT, "2026-11-03 10:00", "2026-11-08 10:00")
    (row,) = made(sources=(window(*NIGHT, night, work=NIGHT),)).rows
    assert row.why == "announced less than a week ahead"
    assert row.notes == (
        "Announced for Sat 14 Nov, 22:00 – Sun 15 Nov, 00:00: 1 of 2 contacts told by Sat 7 Nov, 22:00, "
        "which is a week before.",
    )


def test_a_missed_target_and_a_month_that_is_not_over() -> None:
    missed = made(sources=(outage("2026-11-10 00:00", "2026-11-11 12:00:01"),))
    assert (missed.verdict, missed.figure) == ("missed", "94.999%")
    assert (missed.facts[2].name, missed.facts[2].value) == ("Over the allowance", "1\N{NO-BREAK SPACE}s")
    below = made(now="2026-11-02 12:00", sources=(outage("2026-11-02 09:00", "2026-11-02 12:00"),))
    assert (below.verdict, below.verdict_words) == ("below", "Below the target so far")
    present = made(now="2026-11-22 12:00", since=at("2026-11-02 08:00"))
    assert present.verdict_words == "Target met so far"
    assert present.measured == "Measured: from Mon 2 Nov, 08:00 on, until Sun 22 Nov, 12:00"
    assert present.coming is not None
    assert [(each.when, each.cost) for each in present.coming] == [
        ("Sat 28 Nov, 22:00 – 23:00", "1\N{NO-BREAK SPACE}h")
    ]
    assert made(now="2026-10-20 12:00").figure == "–"
    assert made().coming is None


def test_what_monitoring_is_is_told_where_the_page_speaks_of_it() -> None:
    seen = replace(outage("2026-11-10 09:00", "2026-11-10 10:30"), seen_by="probe")
    gap = Gap(Span(at("2026-11-05 04:00"), at("2026-11-05 04:20")), 900, (9001,))
    assert WORDS["en"].rule_probe in made(sources=(seen,)).rules
    assert WORDS["fr"].rule_probe in made("fr", sources=(), gaps=(gap,)).rules
    assert WORDS["en"].rule_probe not in made().rules


def test_a_day_of_which_only_the_middle_is_measured_is_drawn_there() -> None:
    first, second = made(now="2026-11-01 18:00", since=at("2026-11-01 06:00"), sources=()).columns[:2]
    assert (first.measured_from, first.measured) == (0.25, 0.5)
    assert second.measured == 0
    third = made(now="2026-11-22 12:00", since=at("2026-11-01 06:00"), sources=()).columns[2]
    assert (third.measured_from, third.measured) == (0, 1)


def test_french_has_a_space_before_a_colon() -> None:
    assert "dimanche 1er novembre\N{NO-BREAK SPACE}: disponible" in page(made("fr", sources=()))
    assert "Sunday 1 November: available" in page(made(sources=()))


def test_an_hour_that_the_clock_shows_twice_is_told_apart() -> None:
    writer = Writer("en", PARIS)
    assert writer.time(at("2026-10-25T00:30Z")) == "Sun 25 Oct, 02:30 (GMT+02:00)"
    assert writer.time(at("2026-10-25T01:30Z")) == "Sun 25 Oct, 02:30 (GMT+01:00)"
    assert writer.time(at("2026-10-26 02:30:05")) == "Mon 26 Oct, 02:30:05"


def test_what_admins_write_is_text_on_the_page_and_agents_notes_stay_inside() -> None:
    html = page(made())
    assert "the log says so" not in html, "the reason of a correction stands in an internal note"
    assert "Database &lt;upgrade&gt;" in html
    assert "<upgrade>" not in html


GROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_browser(chromium: Browser, tmp_path: Path, language: Language) -> None:
    """Named, in its language, with a day for each of the month; on a phone nothing sticks out; in the dark it can be
    read; nothing is fetched from anywhere."""
    file = tmp_path / "page.html"
    file.write_text(page(made(language, now="2026-11-22 12:00")), "utf-8")
    context = chromium.new_context(
        viewport={"width": 375, "height": 667}, java_script_enabled=False, color_scheme="dark"
    )
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    try:
        title = {"en": "Availability in November 2026", "fr": "Disponibilité en novembre 2026"}[language]
        assert opened.title() == WORDS[language].title.format(product="K Pro", month=title.partition(" ")[2][3:])
        expect(opened.get_by_role("heading", level=1)).to_have_text(title)
        assert opened.locator("html").get_attribute("lang") == language
        assert opened.locator("svg g").count() == 30
        assert opened.locator("svg g rect.down").count() == 4, "one outage is on two days"
        assert opened.locator("svg g rect.planned").count() == 1
        assert opened.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        fits = "every(each => each.scrollWidth <= each.parentElement.clientWidth)"
        assert opened.evaluate(f"() => [...document.querySelectorAll('table')].{fits}"), "none has to be moved"
        strip = "document.querySelector('svg').getBoundingClientRect()"
        assert opened.evaluate(f"() => {strip}.right <= document.documentElement.clientWidth"), "the whole month"
        shown = opened.locator("svg text:visible").all_text_contents()
        assert shown == ["00", "12", "24", "1", "8", "15", "22", "29"], "as many as can be read"
        shades = opened.evaluate(
            "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert shades == ["rgb(231, 237, 243)", "rgb(17, 23, 28)"]
        opened.emulate_media(media="print")
        assert opened.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert asked == [file.as_uri()]
    finally:
        context.close()
