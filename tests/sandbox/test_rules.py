"""What Zendesk does by itself, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Server


def agent_id(server: Server, email: str = CLAIRE) -> int:
    user = server.account.user_by_email(email)
    assert user is not None
    return int(user["id"])


@pytest.mark.parametrize("status", ["pending", "hold", "solved"])
def test_a_customers_reply_reopens(server: Server, api: Api, ticket: int, status: str) -> None:
    server.act(CLAIRE, ticket=ticket, status=status, assignee=CLAIRE)

    server.act(EMILY, ticket=ticket, comment="Still broken", channel="email")

    assert api.ticket(ticket)["status"] == "open"
    changes = {event.get("field_name"): event for event in api.audits(ticket)[-1]["events"]}
    assert changes["status"]["previous_value"] == status
    assert "custom_status_id" in changes, "a status moves together with its custom status"


def test_an_agents_note_does_not_reopen(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE)

    api.put(f"/tickets/{ticket}", ticket={"comment": {"body": "x", "public": False}})

    assert api.ticket(ticket)["status"] == "solved"


def test_assigning_sets_the_group_and_leaves_new(server: Server, api: Api, ticket: int) -> None:
    shown = api.put(f"/tickets/{ticket}", ticket={"assignee_id": agent_id(server)}).json()["ticket"]

    assert shown["status"] == "open"
    assert shown["group_id"] == server.account.default_of(server.account.groups)


@pytest.mark.parametrize(
    ("update", "field", "words"),
    [
        pytest.param({"status": "solved"}, "base", "Assignee: is required", id="solving needs an assignee"),
        pytest.param({"priority": None}, "priority", "cannot be unset", id="priority stays set"),
        pytest.param({"priority": "p1"}, "priority", "not included", id="unknown priority"),
        pytest.param({"status": "waiting"}, "status", "not included", id="unknown status"),
        pytest.param({"assignee_id": 1}, "assignee_id", "invalid", id="unknown assignee"),
        pytest.param({"group_id": 1}, "group_id", "invalid", id="unknown group"),
        pytest.param({"problem_id": 1, "type": "incident"}, "problem_id", "not a problem", id="not a problem"),
        pytest.param({"custom_status_id": 5}, "custom_status_id", "invalid", id="unknown custom status"),
    ],
)
def test_what_is_refused_changes_nothing(api: Api, ticket: int, update: dict[str, Any], field: str, words: str) -> None:
    before = api.ticket(ticket)

    reply = api.put(f"/tickets/{ticket}", ticket={"comment": {"body": "x", "public": False}, **update})

    assert reply.status_code == 422
    assert reply.json()["error"] == "RecordInvalid"
    assert words in reply.json()["details"][field][0]["description"]
    assert api.ticket(ticket) == before
    assert len(api.audits(ticket)) == 1


def test_never_back_to_new(server: Server, api: Api, ticket: int) -> None:
    api.put(f"/tickets/{ticket}", ticket={"status": "open"})

    assert api.put(f"/tickets/{ticket}", ticket={"status": "new"}).status_code == 422


def test_fields_required_on_solve_are_asked_for(server: Server, api: Api, ticket: int) -> None:
    api.post("/ticket_fields", ticket_field={"type": "text", "title": "Cause", "required": True})

    reply = api.put(f"/tickets/{ticket}", ticket={"status": "solved", "assignee_id": agent_id(server)})

    assert reply.json()["details"]["base"][0]["description"] == "Cause: is required when solving a ticket"
    assert api.ticket(ticket)["status"] == "new"


def test_a_custom_status_brings_its_category(server: Server, api: Api, ticket: int) -> None:
    waiting = next(
        row["id"] for row in server.account.custom_statuses.values() if row["agent_label"] == "Awaiting confirmation"
    )

    reply = api.put(f"/tickets/{ticket}", ticket={"custom_status_id": waiting})

    assert (reply.json()["ticket"]["status"], reply.json()["ticket"]["custom_status_id"]) == ("pending", waiting)
    assert {event["field_name"] for event in reply.json()["audit"]["events"]} == {"status", "custom_status_id"}


def test_a_ticket_is_closed_by_an_hourly_run_four_days_after_it_was_solved(
    server: Server, api: Api, ticket: int
) -> None:
    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE)

    server.clock.advance(96 * 3600)
    assert api.ticket(ticket)["status"] == "solved", "automations run once an hour, not on the minute"
    server.clock.advance(3600)

    shown = api.ticket(ticket)
    assert (shown["status"], shown["updated_at"]) == ("closed", "2026-11-27T09:23:00Z")
    assert api.audits(ticket)[-1]["via"]["source"]["rel"] == "automation"
    reply = api.put(f"/tickets/{ticket}", ticket={"tags": ["late"]})
    assert reply.status_code == 422
    assert reply.json()["details"] == {"status": [{"description": "Status: closed prevents ticket update"}]}


def test_a_ticket_that_was_reopened_is_not_closed(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE)
    server.clock.advance(3 * 86_400)
    server.act(EMILY, ticket=ticket, comment="No!", channel="email")

    server.clock.advance(10 * 86_400)

    assert api.ticket(ticket)["status"] == "open"


def test_a_reply_to_a_closed_ticket_opens_a_follow_up_with_its_tags(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE, tags=["vpn"])
    server.clock.advance(5 * 86_400)

    done = server.act(EMILY, ticket=ticket, comment="It is back", channel="email")

    follow_up = api.ticket(done["ticket"])
    assert done["ticket"] != ticket
    assert (follow_up["tags"], follow_up["via"]["source"]["rel"]) == (["vpn"], "follow_up")
    assert api.ticket(ticket)["followup_ids"] == [done["ticket"]]


def test_only_a_closed_ticket_has_a_follow_up(api: Api, ticket: int) -> None:
    reply = api.post("/tickets", ticket={"comment": {"body": "x"}, "via_followup_source_id": ticket})

    assert reply.status_code == 422
    assert api.get("/tickets/count").json()["count"]["value"] == 1


def test_solving_a_problem_solves_its_incidents_a_little_later(server: Server, api: Api, ticket: int) -> None:
    problem = server.act(CLAIRE, subject="Outage", comment="All down", type="problem", priority="urgent")["ticket"]
    api.put(f"/tickets/{ticket}", ticket={"type": "incident", "problem_id": problem})
    assert api.ticket(problem)["has_incidents"] is True
    assert [t["id"] for t in api.get(f"/tickets/{problem}/incidents").json()["tickets"]] == [ticket]

    server.act(CLAIRE, ticket=problem, status="solved", assignee=CLAIRE, comment="Fixed")
    assert api.ticket(ticket)["status"] == "new"
    server.clock.advance(1)

    assert api.ticket(ticket)["status"] == "solved"
    assert api.audits(ticket)[-1]["events"][0]["body"] == "Fixed"


def test_suspended_people_are_not_mailed(server: Server, api: Api, ticket: int) -> None:
    api.put(f"/users/{api.ticket(ticket)['requester_id']}", user={"suspended": True})
    before = server.outbox()

    server.act(CLAIRE, ticket=ticket, comment="Hello", public=True)

    assert server.outbox() == before
