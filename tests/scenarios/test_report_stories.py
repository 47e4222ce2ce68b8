"""The Major Incident Report over the whole way: asked for, filled in, approved, put onto the ticket, sent once.

The long tests tell these too with every webhook lost (`tests/soak/test_outage_lost_webhooks.py`).
"""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from redis import Redis

from tests.builders import a_rule_of
from tests.scenarios.editions import support
from tests.scenarios.test_outage_stories import CAPS, EVERYBODY, How, Outage
from tests.scenarios.world import FIELDS, JEANNE, RAJ, TOM, World, live_rulebook
from zdsync.core.automations.incident_report import APPROVE_TAG
from zdsync.core.preventive_actions import TAG
from zdsync.sandbox import Server
from zdsync.sandbox.account import Ticket
from zdsync.sandbox.shapes import ticket_field

FILLED = {
    "Incident summary": "Nobody could sign in.",
    "Incident root cause": "A full disk.",
    "Incident preventive actions": "Watch the disks; Tom; 2026-12-15\nA second disk; Claire; 2026-12-01",
}
NAMES = dict(zip(("incident_summary", "incident_root_cause", "incident_actions"), FILLED, strict=True))


class Reported(Outage):
    """An outage from 09:05 to 10:00, of which agents have filled in what they know."""

    def __init__(self, world: World, how: How) -> None:
        super().__init__(world, how)
        self.ids: dict[str, int] = {}
        account = world.account
        for title in FILLED:
            row = ticket_field(account.new_id(), account.now_ms, type="textarea", title=title)
            account.ticket_fields[row["id"]] = row
            self.ids[title] = row["id"]
        for email in (RAJ, JEANNE):
            account.users[self.of(email)]["tags"] = ["key_contact"]

    def is_over(self) -> Reported:
        self.goes_out()
        self.world.go("09:30")
        self.on_problem(comment="The database is back.")
        self.until("09:45")
        self.world.go("10:00")
        self.on_problem(comment="A full disk was replaced.", status="solved")
        self.until("10:20")
        return self

    def fill(self, **changes: str) -> None:
        self.on_problem(fields={self.ids[title]: changes.get(title, text) for title, text in FILLED.items()})

    def approve(self, by: str = TOM) -> None:
        self.on_problem(by, add_tags=[APPROVE_TAG])

    def reports(self) -> list[Ticket]:
        found = self.world.account.tickets.values()
        return [each for each in found if str(each.row["external_id"]).startswith("zdsync-report-")]

    def said(self) -> list[str]:
        """Of the report, on the problem."""
        return [key.split(":")[2] for key in self.world.keys(self.problem) if key.startswith("report:")]

    def tasks(self) -> list[dict[str, Any]]:
        return [each.row for each in self.world.account.tickets.values() if TAG in each.row["tags"]]

    def files(self, ticket: Ticket) -> list[tuple[str, bytes]]:
        return [
            (file["file_name"], base64.b64decode(file["_content"]))
            for audit in ticket.audits
            for event in audit["events"]
            for number in event.get("attachments", ())
            for file in [self.world.account.attachments[number]]
        ]


@pytest.fixture
def how() -> How:
    """How we hear of what happens."""
    return "webhooks"


@pytest.fixture
def reported(how: How, server: Server, redis: Redis, prefix: str) -> Iterator[Reported]:
    rules = (
        a_rule_of("major_incident", audience=EVERYBODY),
        a_rule_of("incident_report", approvers=support()),
    )
    book = live_rulebook(rules=rules, caps=CAPS, fields={**FIELDS, **NAMES})
    world = World(server, redis, prefix, rulebook=book)
    world.tells_of_rules = how == "webhooks"
    yield Reported(world, how)
    world.sane()
    world.close()


def paper(content: bytes) -> str:
    return " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.mark.parametrize("how", ["webhooks", "poll"])
def test_a_report_from_the_question_to_the_key_contacts(reported: Reported) -> None:
    reported.is_over()
    assert reported.said() == ["ask"]
    assert reported.reports() == []
    reported.fill()
    reported.until("10:40")
    assert reported.reports() == [], "nothing leaves before it is approved"
    reported.approve()
    reported.until("11:00")
    assert reported.said() == ["ask", "v1"]
    assert Counter(each.row["requester_id"] for each in reported.reports()) == Counter(
        [reported.of(RAJ), reported.of(JEANNE)]
    )
    documents = dict(reported.files(reported.world.account.tickets[reported.problem]))
    assert sorted(name.rpartition("-")[2] for name in documents) == ["en.html", "en.pdf", "fr.html", "fr.pdf"]
    for email, name, title in (
        (RAJ, "en.pdf", "K Pro was unavailable"),
        (JEANNE, "fr.pdf", "K Pro était indisponible"),
    ):
        (ticket,) = (each for each in reported.reports() if each.row["requester_id"] == reported.of(email))
        ((file, content),) = reported.files(ticket)
        assert file.endswith(name)
        assert title in paper(content)
        assert ticket.row["status"] == "solved"
    assert sorted((each["subject"], each["type"], each["status"]) for each in reported.tasks()) == [
        ("A second disk – Claire", "task", "open"),
        ("Watch the disks – Tom", "task", "open"),
    ]


def test_the_time_line_equals_what_the_account_has_recorded(reported: Reported) -> None:
    reported.is_over()
    reported.fill()
    reported.approve()
    reported.until("10:40")
    documents = dict(reported.files(reported.world.account.tickets[reported.problem]))
    text = paper(next(content for name, content in documents.items() if name.endswith("en.pdf")))
    audits = {audit["id"]: audit for audit in reported.world.account.tickets[reported.problem].audits}
    for key, at in reported.world.keys(reported.problem).items():
        if ":go:" in key:
            assert f"{at.astimezone(reported.world.rulebook.zone):%H:%M} Notices to 6 contacts begin" in text
    solve = next(number for number, audit in audits.items() if any(e.get("value") == "solved" for e in audit["events"]))
    assert f"10:00 Resolved #{reported.problem}, no. {solve}" in text
    assert "Notice 6 09:" in text
    assert "Update 6 09:3" in text
    assert "Resolution 6 10:0" in text
    assert set(re.findall(r"#(\d+)", text)) == {str(reported.problem)}, "of no other customer's ticket"


def test_what_is_changed_right_after_the_approval_is_not_sent(reported: Reported) -> None:
    reported.is_over()
    reported.fill()
    reported.approve()
    reported.fill(**{"Incident root cause": "An intern did it."})
    reported.until("10:40")
    assert reported.said() == ["ask", "refused"]
    assert (reported.reports(), reported.tasks()) == ([], [])


def test_what_lacks_a_cause_is_not_sent_and_the_next_approval_counts(reported: Reported) -> None:
    reported.is_over()
    reported.fill(**{"Incident root cause": ""})
    reported.approve()
    reported.until("10:40")
    assert reported.said() == ["ask", "refused"]
    assert reported.reports() == []
    assert APPROVE_TAG not in reported.world.account.tickets[reported.problem].row["tags"]
    reported.fill()
    reported.until("10:50")
    assert reported.reports() == [], "a refused approval approves nothing"
    reported.approve()
    reported.until("11:10")
    assert len(reported.reports()) == 2


def test_a_correction_is_a_further_version_that_each_gets_once(reported: Reported) -> None:
    reported.is_over()
    reported.fill()
    reported.approve()
    reported.until("10:40")
    reported.fill(**{"Incident root cause": "Two full disks."})
    reported.approve()
    reported.until("11:00")
    assert reported.said() == ["ask", "v1", "v2"]
    assert sorted(Counter(each.row["requester_id"] for each in reported.reports()).values()) == [2, 2]
    assert len(reported.tasks()) == 2, "a task is opened once"


def test_with_redis_emptied_in_between_nobody_gets_it_twice(reported: Reported) -> None:
    reported.is_over()
    reported.fill()
    reported.approve()
    while not reported.reports():
        reported.until((reported.world.now + timedelta(seconds=10)).isoformat())
    reported.world.empty_redis()
    reported.until("11:30")
    assert sorted(Counter(each.row["requester_id"] for each in reported.reports()).values()) == [1, 1]
    assert len(reported.tasks()) == 2
    assert reported.said() == ["ask", "v1"]
