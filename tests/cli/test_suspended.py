"""`zdsync report suspended`: what was set aside and should be looked at, read over the API and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.cli.calls import Command, dead_port
from tests.desk import EMILY, Desk

STRANGER = "mallory@elsewhere.example"


def set_aside(desk: Desk, who: str = STRANGER, cause: str = "failed_email_authentication", **mail: str) -> None:
    desk.server.act(who, channel="email", suspended=cause, **{"subject": "Hello", "comment": "ZORRO", **mail})


@pytest.fixture
def mails(desk: Desk) -> None:
    set_aside(desk, subject="Cheap watches", cause="spam")
    set_aside(desk, EMILY, subject="ALPHA: files for [#77]")
    set_aside(desk, subject="ALPHA", comment="Nobody can log in any more, the whole site is down.")


def test_nothing_is_set_aside(zdsync: Command) -> None:
    """Said in words; an empty list for programs."""
    result = zdsync("report", "suspended")
    words = "No mail that was set aside names a ticket or sounds like an outage (nothing else set aside).\n"
    assert (result.exit_code, result.stdout) == (0, words)
    assert json.loads(zdsync("report", "suspended", "--json").stdout) == []


@pytest.mark.usefixtures("mails")
def test_for_people(zdsync: Command) -> None:
    """The most pressing first, with who claims to have sent it and why it was set aside; no word of its text."""
    result = zdsync("report", "suspended", COLUMNS="200")
    assert result.exit_code == 0
    lines = [[cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines()]
    assert [line[1:] for line in lines if len(line) == 4] == [
        [STRANGER, "Email authentication failed", "it sounds like an outage"],
        [EMILY, "Email authentication failed", "its subject names ticket 77"],
    ]
    assert "2 to be looked at, 1 other set aside." in result.stdout
    assert "ALPHA" not in result.stdout
    assert "ZORRO" not in result.stdout


@pytest.mark.usefixtures("mails")
def test_for_programs(zdsync: Command, desk: Desk) -> None:
    rows = json.loads(zdsync("report", "suspended", "--json").stdout)
    assert [(row["sender"], row["reasons"]) for row in rows] == [
        (STRANGER, ["it sounds like an outage"]),
        (EMILY, ["its subject names ticket 77"]),
    ]
    assert "ZORRO" not in json.dumps(rows)
    assert desk.our_writes() == []


def test_zendesk_is_away(zdsync: Command) -> None:
    result = zdsync("report", "suspended", ZDSYNC_BASE_URL=f"http://127.0.0.1:{dead_port()}")
    assert result.exit_code == 1
    assert "could not be read" in result.stderr


def test_plan_shows_the_note_on_the_ticket_that_a_mail_names(zdsync: Command, desk: Desk) -> None:
    """Read anew, without the index that the workers keep; nothing is done."""
    ticket = desk.asks()
    set_aside(desk, subject=f"Files for [#{ticket}]")
    desk.wait(60)
    shown = zdsync("plan", str(ticket)).stdout
    assert "Zendesk has set aside a mail" in shown
    assert "ZORRO" not in shown
    desk.fault("reply", path="/suspended_tickets*", status=403)
    assert "Zendesk has set aside a mail" not in zdsync("plan", str(ticket)).stdout
    assert desk.our_writes() == []
