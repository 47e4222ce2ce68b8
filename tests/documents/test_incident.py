"""The Major Incident Report on paper and as a page: the same words, and nothing that stands in it does anything."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from tests.browser import browser
from tests.core.incident_reports import a_report, at
from zdsync.core.incident_report import Task
from zdsync.core.incident_sheet import Sheet, sheet
from zdsync.core.spans import Span
from zdsync.documents.incident import html, pdf

HOSTILE = "#set page(fill: red) #panic() *bold* $x$ <script>alert(1)</script> {{ ticket.title }} \\u{41} @label"


def a_sheet(locale: str, **changes: Any) -> Sheet:
    return sheet(a_report(**changes), locale, ZoneInfo("Europe/Paris"), author="Support desk", today=date(2026, 11, 25))


def words(text: str) -> str:
    """Without the breaks of lines, and what hyphenation has added."""
    return re.sub(r"\s+", "", text.replace("-\n", "-"))


def text_of(paper: bytes) -> str:
    return words("".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages))


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_paper_and_page_say_everything_that_stands_on_the_sheet(locale: str) -> None:
    one = a_sheet(locale, version=0)
    paper = text_of(pdf(one))
    page = words(re.sub("<[^>]+>", " ", html(one)))
    said = [one.title, one.subtitle, one.draft, one.about, *(each.what for each in one.events)]
    said += [each.value for each in one.figures] + [each.what for each in (*one.actions, *one.previous)]
    said += [text for section in one.sections for text in section.paragraphs]
    said += [each.state for each in one.promises] + [each.last for each in one.told]
    assert [each for each in said if words(each) not in paper] == []
    assert [each for each in said if words(each) not in page] == []


def test_only_the_page_of_the_desk_names_the_notice_that_was_the_last_one() -> None:
    one = a_sheet("en")
    assert "#5200" in html(one)
    assert "This page is for the desk." in html(one)
    assert "5200" not in text_of(pdf(one))
    assert words("a contact’s notice") in text_of(pdf(one))


def test_the_paper_has_its_title_its_language_and_page_numbers() -> None:
    paper = PdfReader(io.BytesIO(pdf(a_sheet("fr"))))
    assert paper.metadata is not None
    assert paper.metadata.title == "K Pro était indisponible"
    assert str(paper.root_object["/Lang"]) == "fr"
    assert f"1 / {len(paper.pages)}" in paper.pages[0].extract_text()


def test_what_people_have_written_is_shown_and_does_nothing() -> None:
    one = a_sheet("en", root_cause=HOSTILE, actions=(Task(HOSTILE, HOSTILE),))
    assert words("#set page(fill: red) #panic() *bold* $x$ <script>") in text_of(pdf(one))
    page = html(one)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = html(a_sheet("en"))
    assert not re.search(r"(?:src|href|url\()", page)
    assert '<html lang="en">' in page


def test_an_approved_report_is_no_draft_and_says_its_version() -> None:
    one = a_sheet("en", version=2)
    assert "Draft" not in html(one)
    assert "#4711 · version 2" in html(one)


@pytest.mark.parametrize("lines", [15, 17, 19])
def test_the_timeline_begins_on_the_page_of_its_heading(lines: int) -> None:
    """However far down what stands above it reaches."""
    paper = PdfReader(io.BytesIO(pdf(a_sheet("en", root_cause="\n".join(["Because."] * lines)))))
    pages = [page.extract_text() for page in paper.pages]
    assert [("Timeline" in page) == ("The outage begins" in page) for page in pages] == [True] * len(pages)


def test_who_has_a_long_name_takes_no_room_from_what_is_to_be_done() -> None:
    """The columns are where they are with a short one."""

    def columns(owner: str) -> tuple[float, float]:
        found: dict[str, float] = {}
        paper = PdfReader(io.BytesIO(pdf(a_sheet("en", previous=(), actions=(Task("Test it", owner),)))))

        def see(text: str, page: list[float], line: list[float], *_: Any) -> None:
            found.setdefault(text.strip(), page[4] + line[4])

        paper.pages[0].extract_text(visitor_text=see)
        return found["Action"], found["Owner"]

    assert columns("Claire Dubois-Montgomery, head of the team that runs the infrastructure " * 3) == columns("Tom")


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    """Whatever people have written; on a screen no table either."""
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    one = a_sheet("fr", product=f"K Pro {long}", root_cause=f"{long} https://k-pro.example/{long}/{long}")
    file = tmp_path / "page.html"
    file.write_text(html(replace(one, actions=(replace(one.actions[0], what=long * 2, owner=long),))), "utf-8")
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": width, "height": 800})
        page.goto(file.as_uri())
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        sections = "() => [...document.querySelectorAll('section')]"
        assert page.evaluate(f"{sections}.every(each => each.scrollWidth <= each.clientWidth)") or width < 1000


@pytest.mark.long
def test_on_a_phone_no_table_of_an_outage_over_midnight_has_to_be_moved(tmp_path: Path) -> None:
    start, end = at("23:40"), at("23:40") + timedelta(minutes=50)
    told = tuple(replace(each, contacts=2411, first=start, last=end) for each in a_report().told)
    file = tmp_path / "page.html"
    file.write_text(html(a_sheet("fr", told=told, ended=end, downs=(Span(start, end),))), "utf-8")
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 390, "height": 800})
        page.goto(file.as_uri())
        sections = "() => [...document.querySelectorAll('section')]"
        assert page.evaluate(f"{sections}.filter(each => each.scrollWidth > each.clientWidth).length") == 0
