"""`zdsync report incident`: the Major Incident Report as a draft, in words, as JSON, as paper and as a page."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.cli.calls import Command
from tests.desk import EMILY, TOM, Desk


@pytest.fixture
def problem(desk: Desk) -> int:
    """A customer's request that an agent makes a major incident, and solves an hour later."""
    ticket = desk.asks(EMILY, subject="ALPHA", comment="Zorro")
    desk.until("09:10")
    desk.does(TOM, ticket, type="problem", priority="urgent")
    desk.until("10:10")
    desk.does(TOM, ticket, status="solved", assignee=TOM)
    return ticket


def test_the_draft_in_words_has_the_figures_and_the_time_line(zdsync: Command, problem: int) -> None:
    result = zdsync("report", "incident", str(problem))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Draft, not to be sent. Still missing: the root cause, preventive actions." in result.stdout
    assert "K Pro was unavailable, Monday 23 November 2026, 09:10 to 10:10 (Paris time)" in result.stdout
    assert "Duration: 1 h (09:10 – 10:10)" in result.stdout
    assert [line.split("│")[1].strip() for line in result.stdout.splitlines() if "│" in line] == [
        "The outage begins",
        "Declared a major incident",
        "The outage ends",
    ]


def test_no_word_of_a_ticket_is_on_it(zdsync: Command, problem: int) -> None:
    for arguments in ((), ("--json",), ("--locale", "fr")):
        out = zdsync("report", "incident", str(problem), *arguments).stdout
        assert "ALPHA" not in out
        assert "Zorro" not in out


def test_paper_and_page_are_written_in_the_wanted_language(zdsync: Command, problem: int, tmp_path: Path) -> None:
    paper, page = tmp_path / "r.pdf", tmp_path / "r.html"
    result = zdsync("report", "incident", str(problem), "--locale", "fr", "--pdf", str(paper), "--html", str(page))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote {paper}\nwrote {page}\n"
    assert "K Pro était indisponible" in PdfReader(io.BytesIO(paper.read_bytes())).pages[0].extract_text()
    assert '<html lang="fr">' in page.read_text("utf-8")


def test_for_programs(zdsync: Command, problem: int) -> None:
    data = json.loads(zdsync("report", "incident", str(problem), "--json").stdout)
    assert data["reference"] == f"#{problem}"
    assert data["events"][0]["what"] == "The outage begins"


WRONG = {
    "no major incident": ("request", "is no major incident: no agent has made it urgent and a problem by hand."),
    "no such ticket": ("4040404", "There is no ticket 4040404 on"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_there_is_no_report_on_is_said(name: str, zdsync: Command, desk: Desk) -> None:
    which, words = WRONG[name]
    ticket = str(desk.asks()) if which == "request" else which
    result = zdsync("report", "incident", ticket)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_file_that_cannot_be_written_is_named(zdsync: Command, problem: int, tmp_path: Path) -> None:
    result = zdsync("report", "incident", str(problem), "--pdf", str(tmp_path / "nowhere" / "r.pdf"))
    assert result.exit_code == 1
    assert "r.pdf cannot be written: No such file or directory" in result.stderr
