"""Automations run once an hour on the account's clock, at 23 minutes past, and must end what they match."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, NOW, Api
from zdsync.sandbox import Account, Server, serve

PENDING = {"field": "status", "operator": "is", "value": "pending"}


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def then(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "value": value}


def add(api: Api, title: str, conditions: list[dict[str, Any]], *actions: dict[str, Any]) -> int:
    body = {"title": title, "conditions": {"all": conditions, "any": []}, "actions": list(actions)}
    reply = api.post("/automations", automation=body)
    assert reply.status_code == 201, reply.text
    found: int = reply.json()["automation"]["id"]
    return found


def times(api: Api, ticket: int) -> list[tuple[str, str]]:
    """(when, title of the automation) of each audit that an automation wrote."""
    return [
        (audit["created_at"][8:16].replace("T", " "), audit["via"]["source"]["from"]["title"])
        for audit in api.audits(ticket)
        if audit["via"]["source"]["rel"] == "automation"
    ]


RUNS = [
    pytest.param(when("PENDING", "is", "0"), "23 09:23", id="the first look is hour 0"),
    pytest.param(when("PENDING", "is", "3"), "23 12:23", id="three hours later"),
    pytest.param(when("PENDING", "greater_than", "3"), "23 12:23", id="once three hours are full"),
    pytest.param(when("PENDING", "less_than", "3"), "23 09:23", id="while it is young"),
    pytest.param(when("NEW", "greater_than", "24"), "24 09:23", id="since it was made"),
    pytest.param(when("assigned_at", "greater_than", "2"), "23 11:23", id="since it was assigned"),
    pytest.param(when("updated_at", "greater_than", "2"), "23 11:23", id="since it was updated"),
    pytest.param(when("requester_updated_at", "greater_than", "5"), "23 14:23", id="since the requester"),
    pytest.param(when("assignee_updated_at", "greater_than", "5"), "23 14:23", id="since the assignee"),
    pytest.param(when("OPEN", "greater_than", "1"), None, id="not since a status that it does not have"),
    pytest.param(when("SOLVED", "greater_than", "1"), None, id="nor since one that it never had"),
]


@pytest.mark.parametrize(("condition", "at"), RUNS)
def test_it_runs_in_the_first_hour_in_which_it_matches_and_once(
    server: Server, api: Api, ticket: int, condition: dict[str, Any], at: str | None
) -> None:
    add(api, "Tested", [PENDING, when("current_tags", "not_includes", "done"), condition], then("current_tags", "done"))
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)

    server.clock.advance(3 * 86_400)

    assert times(api, ticket) == ([(at, "Tested")] if at else [])
    assert ("done" in api.ticket(ticket)["tags"]) is (at is not None)


def test_what_it_does_is_an_audit_of_nobody_by_the_rule(server: Server, api: Api, ticket: int) -> None:
    number = add(api, "Solve", [PENDING, when("PENDING", "greater_than", "2")], then("status", "solved"))
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)
    server.clock.advance(3 * 3600)

    audit = api.audits(ticket)[-1]

    assert audit["author_id"] == -1
    assert (audit["via"]["channel"], audit["via"]["source"]["rel"]) == ("rule", "automation")
    assert audit["via"]["source"]["from"] == {"id": number, "title": "Solve"}
    assert [event["field_name"] for event in audit["events"]] == ["status", "custom_status_id"]
    assert all(event["via"] == audit["via"] for event in audit["events"])
    assert api.ticket(ticket)["status"] == "solved"


def test_triggers_see_what_an_automation_does(server: Server, api: Api, ticket: int) -> None:
    add(api, "Solve", [PENDING, when("PENDING", "greater_than", "2")], then("status", "solved"))
    conditions = {"all": [when("status", "value", "solved"), when("current_via_id", "is", "8")]}
    api.post(
        "/triggers", trigger={"title": "T", "conditions": conditions, "actions": [then("current_tags", "by_rule")]}
    )
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)

    server.clock.advance(3 * 3600)

    assert api.ticket(ticket)["tags"] == ["by_rule"]
    assert api.audits(ticket)[-1]["events"][-1]["via"]["source"]["rel"] == "trigger"


def test_hours_begin_again_with_the_status(server: Server, api: Api, ticket: int) -> None:
    add(api, "Solve", [PENDING, when("PENDING", "greater_than", "5")], then("status", "solved"))
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)
    server.clock.advance(4 * 3600)
    server.act(EMILY, ticket=ticket, comment="Wait", channel="email")
    server.act(CLAIRE, ticket=ticket, status="pending", comment="Well?")

    server.clock.advance(3 * 3600)
    assert api.ticket(ticket)["status"] == "pending"
    server.clock.advance(3 * 3600)

    assert times(api, ticket) == [("23 18:23", "Solve")]


def test_each_sees_what_the_one_before_has_left(server: Server, api: Api, ticket: int) -> None:
    old = when("PENDING", "greater_than", "1")
    add(api, "First", [PENDING, old, when("current_tags", "not_includes", "a")], then("current_tags", "a"))
    add(api, "Second", [PENDING, old, when("current_tags", "includes", "a")], then("status", "open"))
    add(api, "Third", [PENDING, old], then("status", "hold"))
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)

    server.clock.advance(86_400)

    assert times(api, ticket) == [("23 10:23", "First"), ("23 10:23", "Second")]
    assert api.ticket(ticket)["status"] == "open"


def test_a_new_automation_finds_old_tickets_and_an_inactive_one_none(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)
    server.clock.advance(10 * 86_400)
    number = add(api, "Late", [PENDING, when("PENDING", "greater_than", "24")], then("status", "open"))
    api.put(f"/automations/{number}", automation={"active": False})
    server.clock.advance(86_400)
    assert times(api, ticket) == []

    api.put(f"/automations/{number}", automation={"active": True})
    server.clock.advance(3600)

    assert [title for _, title in times(api, ticket)] == ["Late"]


def test_a_ticket_that_waits_does_not_make_the_clock_stop_every_hour(server: Server, api: Api, ticket: int) -> None:
    add(api, "Solve", [PENDING, when("PENDING", "greater_than", "48")], then("status", "solved"))
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)

    assert server.account.agenda.next_due_ms() is not None
    server.call(lambda: server.account.advance_to("2026-11-25T09:22:59Z"))
    assert api.ticket(ticket)["status"] == "pending"
    server.clock.advance(1)

    assert api.ticket(ticket)["status"] == "solved"


def test_a_saved_account_has_its_runs_before_it(server: Server, api: Api, ticket: int) -> None:
    add(api, "Solve", [PENDING, when("PENDING", "greater_than", "48")], then("status", "solved"))
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)

    with serve(Account.from_json(server.save())) as again:
        again.clock.advance(49 * 3600)
        assert times(Api(again), ticket) == [("25 09:23", "Solve")]


OLD = when("PENDING", "greater_than", "24")
REFUSED = [
    pytest.param(
        [PENDING, OLD], [then("current_tags", "x")], "must have at least one condition", id="goes on for ever"
    ),
    pytest.param([PENDING, OLD], [then("status", "pending")], "must have at least one condition", id="changes nothing"),
    pytest.param([PENDING], [then("status", "open")], "must have at least one time-based", id="no time"),
    pytest.param([OLD], [then("status", "open")], "must test for at least", id="no property"),
    pytest.param(
        [PENDING, when("PENDING", "greater_than", "soon")], [then("status", "open")], "Invalid value", id="no hours"
    ),
    pytest.param(
        [PENDING, when("PENDING", "changed")], [then("status", "open")], "Invalid condition op", id="a change"
    ),
    pytest.param(
        [PENDING, OLD, when("role", "is", "agent")], [then("status", "open")], "Invalid condition f", id="who"
    ),
    pytest.param([PENDING, OLD], [], "select at least one action", id="does nothing"),
]


@pytest.mark.parametrize(("conditions", "actions", "text"), REFUSED)
def test_what_no_automation_may_be_is_refused(
    api: Api, conditions: list[dict[str, Any]], actions: list[dict[str, Any]], text: str
) -> None:
    given = {"title": "R", "conditions": {"all": conditions}, "actions": actions}

    reply = api.post("/automations", automation=given)

    assert reply.status_code == 422, reply.text
    details = next(iter(reply.json()["details"].values()))
    assert text in details[0]["description"]
    assert [row["title"] for row in api.get("/automations").json()["automations"]] == [
        "Close ticket 4 days after status is set to solved"
    ]


ENDS = [
    pytest.param([PENDING, when("PENDING", "is", "24")], then("current_tags", "x"), id="true in one hour only"),
    pytest.param(
        [PENDING, OLD, when("current_tags", "not_includes", "x y")], then("current_tags", "x"), id="sets a tag"
    ),
    pytest.param([PENDING, OLD, when("current_tags", "includes", "x")], then("remove_tags", "x y"), id="removes a tag"),
    pytest.param([PENDING, OLD, when("priority", "less_than", "high")], then("priority", "high"), id="raises priority"),
    pytest.param([PENDING, OLD], then("custom_status_id", "OPEN"), id="a custom status of another category"),
    pytest.param([PENDING, OLD, when("assignee_id", "is_not", "")], then("assignee_id", ""), id="unassigns"),
]


@pytest.mark.parametrize(("conditions", "action"), ENDS)
def test_what_ends_its_own_condition_is_taken(
    server: Server, api: Api, conditions: list[dict[str, Any]], action: dict[str, Any]
) -> None:
    if action["value"] == "OPEN":
        action = {**action, "value": str(server.account.default_status("open"))}
    add(api, "Ends", conditions, action)


def test_two_active_ones_are_not_alike(api: Api) -> None:
    add(api, "One", [PENDING, OLD], then("status", "open"))
    body = {"title": "Two", "conditions": {"all": [PENDING, OLD]}, "actions": [then("status", "open")]}

    assert api.post("/automations", automation=body).status_code == 422
    assert api.post("/automations", automation={**body, "active": False}).status_code == 201


def test_the_one_that_closes_is_there_and_cannot_be_switched_off(server: Server, api: Api, ticket: int) -> None:
    (row,) = api.get("/automations").json()["automations"]
    assert (row["default"], row["actions"]) == (True, [then("status", "closed")])

    assert api.put(f"/automations/{row['id']}", automation={"active": False}).status_code == 422
    assert api.delete(f"/automations/{row['id']}").status_code == 422
    sooner = [when("status", "is", "solved"), when("SOLVED", "greater_than", "24")]
    assert api.put(f"/automations/{row['id']}", automation={"conditions": {"all": sooner}}).status_code == 200

    server.act(CLAIRE, ticket=ticket, status="solved", assignee=CLAIRE)
    server.clock.advance(25 * 3600)
    assert api.ticket(ticket)["status"] == "closed"


class TestThePendingAutomationsOfManyDesks:
    @pytest.fixture
    def account(self) -> Account:
        return Account.demo(NOW, pending_automations=True)

    def test_after_five_days_the_requester_is_told_and_the_ticket_solved(
        self, server: Server, api: Api, ticket: int
    ) -> None:
        waiting = next(k for k, row in server.account.custom_statuses.items() if "confirmation" in row["agent_label"])
        server.act(CLAIRE, ticket=ticket, custom_status_id=waiting, assignee=CLAIRE)
        server.call(server.account.emails.clear)

        server.clock.advance(119 * 3600)
        assert api.ticket(ticket)["status"] == "pending"
        server.clock.advance(2 * 3600)

        assert api.ticket(ticket)["status"] == "solved"
        assert times(api, ticket) == [
            ("28 09:23", "Pending notification 5 days"),
            ("28 09:23", "Solve ticket 5 days after status is set to pending"),
        ]
        (mail,) = server.account.emails
        assert (mail["to"], mail["rel"], mail["cause"]) == (EMILY, "automation", "Pending notification 5 days")
        assert mail["rule"] in server.account.automations

    def test_the_default_desk_has_none_of_them(self) -> None:
        assert len(Account.demo(NOW).automations) == 1


def test_a_ticket_is_left_alone_after_a_hundred_updates_by_automations(server: Server, api: Api, ticket: int) -> None:
    """A trigger that undoes what an automation does makes them play for ever, but for Zendesk's limit."""
    unmarked = [PENDING, OLD, when("current_tags", "not_includes", "ball")]
    add(api, "Throws", unmarked, then("current_tags", "ball"))
    conditions = {"all": [when("current_tags", "includes", "ball"), when("current_via_id", "is", "8")]}
    back = {"title": "Throws back", "conditions": conditions, "actions": [then("remove_tags", "ball")]}
    assert api.post("/triggers", trigger=back).status_code == 201
    server.act(CLAIRE, ticket=ticket, status="pending", assignee=CLAIRE)

    server.clock.advance(10 * 86_400)

    audits = server.account.tickets[ticket].audits
    assert sum(audit["via"]["source"]["rel"] == "automation" for audit in audits) == 100
    assert times(api, ticket)[:2] == [("24 09:23", "Throws"), ("24 10:23", "Throws")]
