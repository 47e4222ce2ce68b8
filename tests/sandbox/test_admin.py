"""What an admin sets up over the API: fields, custom statuses, triggers, macros, views; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Account, Server
from zdsync.sandbox.seed import ADMIN_EMAIL

PENDING = {"field": "status", "operator": "is", "value": "pending"}
TAG = {"field": "current_tags", "value": "seen"}


def status_id(account: Account, label: str = "Awaiting confirmation") -> int:
    return next(number for number, row in account.custom_statuses.items() if row["agent_label"] == label)


MADE = [
    pytest.param("ticket_fields", {"type": "text", "title": "Next update due", "agent_description": "a"}, id="field"),
    pytest.param(
        "custom_statuses", {"status_category": "hold", "agent_label": "Parked", "description": "d"}, id="status"
    ),
    pytest.param("triggers", {"title": "T", "conditions": {"all": [PENDING]}, "actions": [TAG]}, id="trigger"),
    pytest.param("macros", {"title": "M", "description": "d", "actions": [TAG]}, id="macro"),
    pytest.param("views", {"title": "V", "description": "d", "all": [PENDING]}, id="view"),
    pytest.param(
        "automations",
        {
            "title": "A",
            "conditions": {"all": [PENDING, {"field": "PENDING", "operator": "is", "value": "24"}]},
            "actions": [TAG],
        },
        id="automation",
    ),
]


def singular(kind: str) -> str:
    return {"custom_statuses": "custom_status"}.get(kind, kind.removesuffix("s"))


@pytest.mark.parametrize(("kind", "given"), MADE)
def test_what_an_admin_makes_is_shown_changed_and_removed(
    server: Server, api: Api, kind: str, given: dict[str, Any]
) -> None:
    name = singular(kind)

    reply = api.post(f"/{kind}", **{name: given})

    assert reply.status_code == 201, reply.text
    made = reply.json()[name]
    path = f"/{kind}/{made['id']}"
    assert reply.headers["Location"] == f"{api.base}{path}.json"
    assert made["url"] == reply.headers["Location"]
    assert "x-zendesk-api-warn" not in reply.headers
    assert all(made[key] == given[key] for key in ("title", "description", "agent_label") if key in given)
    assert api.get(path).json()[name] == made
    server.clock.advance(60)
    changed = api.put(path, **{name: {"active": False}})
    assert changed.json()[name] == {**made, "active": False, "updated_at": changed.json()[name]["updated_at"]}
    assert changed.json()[name]["updated_at"] > made["updated_at"]
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert server.account.to_json() == Account.from_json(server.save()).to_json()


@pytest.mark.parametrize(("kind", "given"), MADE)
def test_a_key_that_is_not_taken_is_named(api: Api, kind: str, given: dict[str, Any]) -> None:
    name = singular(kind)

    made = api.post(f"/{kind}", **{name: {**given, "id": 7, "color": "red"}})
    row = made.json()[name]
    changed = api.put(f"/{kind}/{row['id']}", **{name: {"created_at": "2020-01-01T00:00:00Z"}})

    assert row["id"] != 7
    assert "color" not in row
    warning = made.headers["x-zendesk-api-warn"]
    assert f':controller=>"{kind}", :action=>"create"' in warning
    assert f':unpermitted_keys=>["{name}.color", "{name}.id"]' in warning
    assert f'["{name}.created_at"]' in changed.headers["x-zendesk-api-warn"]
    assert changed.json()[name]["created_at"] == row["created_at"]


def rule(what: str, **given: Any) -> tuple[str, dict[str, Any]]:
    full = {"title": "R", "conditions": {"all": [PENDING]}, "actions": [TAG], "all": [PENDING]}
    return f"{what}s", {**{key: full[key] for key in full if key not in ("all",) or what == "view"}, **given}


GONE = {"field": "custom_status_id", "operator": "is", "value": "17"}
REFUSED = [
    pytest.param(("ticket_fields", {"type": "text"}), "title", "Title: cannot be blank", id="field without title"),
    pytest.param(("ticket_fields", {"type": "texts", "title": "x"}), "type", "Type: texts is not", id="field type"),
    pytest.param(("ticket_fields", {"type": "tagger", "title": "x"}), "custom_field_options", "Custom", id="options"),
    pytest.param(("custom_statuses", {"agent_label": "x"}), "status_category", "Status category", id="no category"),
    pytest.param(("custom_statuses", {"status_category": "open"}), "agent_label", "Agent label", id="no label"),
    pytest.param(
        ("custom_statuses", {"status_category": "open", "agent_label": "x" * 49}),
        "agent_label",
        "Agent label: is too long (maximum is 48 characters)",
        id="long label",
    ),
    pytest.param(
        ("custom_statuses", {"status_category": "open", "agent_label": "x", "end_user_label": "x" * 49}),
        "end_user_label",
        "End user label: is too long",
        id="long label for customers",
    ),
    pytest.param(
        ("custom_statuses", {"status_category": "pending", "agent_label": "awaiting CONFIRMATION"}),
        "agent_label",
        "Agent label: has already been taken",
        id="label twice",
    ),
    pytest.param(rule("trigger", title=" "), "title", "Title: cannot be blank", id="trigger without title"),
    pytest.param(rule("trigger", actions=[]), "actions", "Actions: you must", id="trigger without action"),
    pytest.param(
        rule("trigger", conditions={"all": [GONE]}), "base", "Invalid value of condition", id="unknown status"
    ),
    pytest.param(
        rule("trigger", actions=[{"field": "custom_status_id", "value": "17"}]),
        "base",
        "Invalid value",
        id="sets unknown",
    ),
    pytest.param(
        rule("trigger", actions=[{"field": "status", "value": "parked"}]),
        "base",
        "Invalid value",
        id="sets a wrong word",
    ),
    pytest.param(
        rule("trigger", conditions={"all": [{"field": "PENDING", "operator": "is", "value": "1"}]}),
        "base",
        "Invalid condition field: PENDING",
        id="a trigger knows no hours",
    ),
    pytest.param(rule("macro", actions=[]), "actions", "Actions: you must", id="macro without action"),
    pytest.param(
        rule("macro", actions=[{"field": "notification_user", "value": ["requester_id", "a", "b"]}]),
        "base",
        "Invalid action field",
        id="a macro mails nobody",
    ),
    pytest.param(
        rule("macro", restriction={"type": "Group", "id": 1}), "restriction", "Restriction", id="no such group"
    ),
    pytest.param(rule("view", all=[]), "base", "View must test for at least <strong>one</strong>", id="view of all"),
    pytest.param(
        rule("view", all=[{"field": "status", "operator": "changed"}]),
        "base",
        "Invalid condition operator",
        id="change",
    ),
    pytest.param(rule("view", output={"columns": ["colour"]}), "base", "Output: colour", id="no such column"),
    pytest.param(rule("view", output={"columns": ["status"] * 11}), "base", "Output: a view has no more", id="columns"),
]


@pytest.mark.parametrize(("made", "field", "text"), REFUSED)
def test_what_cannot_be_is_refused(
    server: Server, api: Api, made: tuple[str, dict[str, Any]], field: str, text: str
) -> None:
    kind, given = made
    before = server.save()

    reply = api.post(f"/{kind}", **{singular(kind): given})

    assert reply.status_code == 422, reply.text
    assert reply.json()["error"] == "RecordInvalid"
    assert reply.json()["details"][field][0]["description"].startswith(text)
    assert server.save()[kind] == before[kind]


@pytest.mark.parametrize("kind", ["ticket_fields", "custom_statuses", "triggers"])
def test_an_agent_sets_up_nothing_of_an_admins(server: Server, kind: str) -> None:
    server.call(lambda: server.account.credentials.api_tokens.update({CLAIRE: "t"}))

    reply = Api(server, CLAIRE, "t").post(f"/{kind}", **{singular(kind): {"title": "x"}})

    assert reply.status_code == 403


def test_a_field_is_text_when_it_does_not_say(api: Api) -> None:
    """Documented: `text` is the type "when `type` is not specified"; nothing of it is shown to customers."""
    made = api.post("/ticket_fields", ticket_field={"title": "Due"}).json()["ticket_field"]

    assert (made["type"], made["visible_in_portal"], made["editable_in_portal"]) == ("text", False, False)
    again = api.put(f"/ticket_fields/{made['id']}", ticket_field={"type": "integer"})
    assert again.json()["ticket_field"]["type"] == "text"
    assert '"ticket_field.type"' in again.headers["x-zendesk-api-warn"]


def test_a_system_field_stays(server: Server, api: Api) -> None:
    subject = next(row for row in server.account.ticket_fields.values() if row["type"] == "subject")

    assert api.delete(f"/ticket_fields/{subject['id']}").status_code == 422
    assert api.put(f"/ticket_fields/{subject['id']}", ticket_field={"active": False}).status_code == 422


def test_custom_statuses_are_filtered(server: Server, api: Api) -> None:
    waiting = status_id(server.account)
    api.put(f"/custom_statuses/{waiting}", custom_status={"active": False})

    found = api.get("/custom_statuses", status_categories="pending,hold", active="true").json()["custom_statuses"]

    assert {row["agent_label"] for row in found} == {"Pending", "On-hold"}
    assert [row["id"] for row in api.get("/custom_statuses", active="false").json()["custom_statuses"]] == [waiting]


def test_a_status_gets_the_default_of_its_category_by_a_call_of_its_own(server: Server, api: Api) -> None:
    waiting, plain = status_id(server.account), status_id(server.account, "Pending")

    ignored = api.put(f"/custom_statuses/{waiting}", custom_status={"default": True})
    assert '"custom_status.default"' in ignored.headers["x-zendesk-api-warn"]
    assert server.account.default_status("pending") == plain
    assert api.put("/custom_status/default", ids=str(waiting)).status_code == 200

    assert server.account.default_status("pending") == waiting
    assert api.put(f"/custom_statuses/{waiting}", custom_status={"active": False}).status_code == 422
    assert api.delete(f"/custom_statuses/{waiting}").status_code == 422


def test_a_status_that_tickets_have_is_not_deleted(server: Server, api: Api, ticket: int) -> None:
    waiting = status_id(server.account)
    api.put(f"/tickets/{ticket}", ticket={"custom_status_id": waiting})

    assert api.delete(f"/custom_statuses/{waiting}").status_code == 422
    api.put(f"/tickets/{ticket}", ticket={"status": "open"})
    assert api.delete(f"/custom_statuses/{waiting}").status_code == 204


@pytest.mark.parametrize("kind", ["triggers", "automations", "macros", "views"])
def test_rules_are_found_by_their_title_and_paged(api: Api, kind: str) -> None:
    given = next(param.values[1] for param in MADE if param.values[0] == kind)
    assert isinstance(given, dict)
    for number in range(3):
        row = {**given, "title": f"zdsync: hold {number}"}
        if kind == "automations":  # no two active ones alike
            row["actions"] = [{"field": "current_tags", "value": f"t{number}"}]
        assert api.post(f"/{kind}", **{singular(kind): row}).status_code == 201

    found = api.get(f"/{kind}/search", query="HOLD").json()[kind]
    page = api.get(f"/{kind}", **{"page[size]": 2}).json()

    assert [row["title"] for row in found] == [f"zdsync: hold {number}" for number in range(3)]
    assert (len(page[kind]), page["meta"]["has_more"]) == (2, True)
    ids = ",".join(str(row["id"]) for row in found)
    assert api.delete(f"/{kind}/destroy_many?ids={ids}").status_code == 204
    assert api.get(f"/{kind}/search", query="hold").json()[kind] == []


# Macros


def test_a_macro_tells_what_it_would_set_and_changes_nothing(server: Server, api: Api, ticket: int) -> None:
    waiting = status_id(server.account)
    actions = [
        {"field": "custom_status_id", "value": str(waiting)},
        {"field": "current_tags", "value": "zdsync_close_anyway"},
        {"field": "comment_value", "value": "Done, {{ticket.requester.first_name}}?"},
        {"field": "comment_mode_is_public", "value": "false"},
        {"field": "assignee_id", "value": "current_user"},
    ]
    macro = api.post("/macros", macro={"title": "Close", "actions": actions}).json()["macro"]
    server.act(CLAIRE, ticket=ticket, tags=["vip"])
    before = server.save()

    shown = api.get(f"/tickets/{ticket}/macros/{macro['id']}/apply.json").json()["result"]["ticket"]
    bare = api.get(f"/macros/{macro['id']}/apply").json()["result"]["ticket"]

    assert (shown["id"], shown["custom_status_id"], shown["status"]) == (ticket, waiting, "pending")
    assert shown["tags"] == ["vip", "zdsync_close_anyway"]
    assert shown["comment"] == {"body": "Done, Emily?", "public": False}
    assert server.account.users[shown["assignee_id"]]["email"] == server.email
    assert set(bare) == {"custom_status_id", "status", "tags", "comment", "assignee_id"}
    assert server.save()["tickets"] == before["tickets"]


# Views


def view(api: Api, *conditions: dict[str, Any], any_of: Any = (), **more: Any) -> int:
    reply = api.post("/views", view={"title": "V", "all": list(conditions), "any": list(any_of), **more})
    assert reply.status_code == 201, reply.text
    found: int = reply.json()["view"]["id"]
    return found


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


UNSOLVED = when("status", "less_than", "solved")
IN_VIEW = [
    pytest.param([UNSOLVED], {"one", "two", "three"}, id="unsolved"),
    pytest.param([UNSOLVED, when("current_tags", "includes", "update_overdue vip")], {"two"}, id="a tag"),
    pytest.param([UNSOLVED, when("current_tags", "not_includes", "update_overdue")], {"one", "three"}, id="no tag"),
    pytest.param([UNSOLVED, when("assignee_id", "is", "")], {"one", "two"}, id="nobody's"),
    pytest.param([UNSOLVED, when("assignee_id", "is", "current_user")], {"three"}, id="mine"),
    pytest.param([UNSOLVED, when("group_id", "is", "current_groups")], {"three"}, id="of my groups"),
    pytest.param([UNSOLVED, when("priority", "greater_than", "normal")], {"two"}, id="of high priority"),
    pytest.param([when("custom_status_id", "is", "WAITING")], {"three"}, id="of a custom status"),
    pytest.param([when("custom_status_id", "includes", ["WAITING"])], {"three"}, id="of one of these"),
    pytest.param([when("custom_status_id", "not_includes", ["WAITING"])], {"one", "two", "four"}, id="not of it"),
    pytest.param([when("status", "is", "solved")], {"four"}, id="solved"),
    pytest.param([UNSOLVED, when("NEW", "greater_than", "2")], {"one"}, id="older than two hours"),
]


@pytest.mark.parametrize(("conditions", "wanted"), IN_VIEW)
def test_a_view_shows_and_counts_what_meets_its_conditions(
    server: Server, api: Api, conditions: list[dict[str, Any]], wanted: set[str]
) -> None:
    waiting = str(status_id(server.account))
    server.act(EMILY, subject="one", comment="x")
    server.clock.advance(2 * 3600)
    server.act(EMILY, subject="two", comment="x", priority="high", tags=["update_overdue"])
    server.act(EMILY, subject="three", comment="x")
    server.act(server.email, ticket=3, assignee=server.email, custom_status_id=int(waiting))
    server.act(EMILY, subject="four", comment="x")
    server.act(CLAIRE, ticket=4, assignee=CLAIRE, status="solved")
    named = json.loads(json.dumps(conditions).replace("WAITING", waiting))

    number = view(api, *named)

    found = api.get(f"/views/{number}/tickets").json()["tickets"]
    assert {row["subject"] for row in found} == wanted
    count = api.get(f"/views/{number}/count").json()["view_count"]
    assert (count["view_id"], count["value"], count["fresh"]) == (number, len(wanted), True)


def test_a_view_is_sorted_and_has_its_columns(server: Server, api: Api) -> None:
    field = next(row for row in server.account.ticket_fields.values() if row["title"] == "Phone")
    for priority in ("low", "urgent", "normal"):
        server.act(EMILY, subject=priority, comment="x", priority=priority)
    columns = ["status", "updated", str(field["id"])]
    output = {"columns": columns, "sort_by": "priority", "sort_order": "desc", "group_by": "assignee"}
    number = view(api, UNSOLVED, output=output)

    tickets = api.get(f"/views/{number}/tickets", **{"page[size]": 2}).json()
    execution = api.get(f"/views/{number}").json()["view"]["execution"]

    assert [row["subject"] for row in tickets["tickets"]] == ["urgent", "normal"]
    assert tickets["meta"]["has_more"] is True
    assert [row["id"] for row in execution["columns"]] == ["status", "updated", field["id"]]
    assert execution["custom_fields"] == [{"id": field["id"], "title": "Phone", "type": "text"}]
    assert execution["sort"] == {"id": "priority", "title": "Priority", "order": "desc"}
    assert execution["group"]["id"] == "assignee"


def test_a_changed_condition_replaces_its_own_list_only(api: Api) -> None:
    number = view(api, UNSOLVED, any_of=[when("priority", "is", "high")])

    changed = api.put(f"/views/{number}", view={"all": [PENDING]}).json()["view"]

    assert changed["conditions"] == {"all": [PENDING], "any": [when("priority", "is", "high")]}


def test_a_view_is_counted_five_times_a_minute(server: Server, api: Api, admin: Api) -> None:
    number = view(api, UNSOLVED)

    replies = [api.get(f"/views/{number}/count").status_code for _ in range(6)]

    assert replies == [200] * 5 + [429]
    assert admin.get(f"/views/{number}/count").status_code == 200, f"{ADMIN_EMAIL} has five of their own"


def a_macro(api: Api, *actions: dict[str, Any]) -> int:
    reply = api.post("/macros", macro={"title": "Close without confirmation", "actions": list(actions)})
    assert reply.status_code == 201, reply.text
    found: int = reply.json()["macro"]["id"]
    return found


def test_an_agent_uses_a_macro_in_an_update_of_their_own(server: Server, api: Api, ticket: int) -> None:
    number = a_macro(
        api,
        {"field": "status", "value": "solved"},
        {"field": "assignee_id", "value": "current_user"},
        {"field": "current_tags", "value": "zdsync_close_anyway"},
        {"field": "comment_value", "value": "Closed, {{ticket.requester.first_name}}."},
        {"field": "comment_mode_is_public", "value": "false"},
    )
    server.act(CLAIRE, ticket=ticket, tags=["vip"])

    server.act(CLAIRE, ticket=ticket, macro="Close without confirmation", priority="low")

    shown, audit = api.ticket(ticket), api.audits(ticket)[-1]
    claire = server.account.user_by_email(CLAIRE)
    assert claire is not None
    assert (shown["status"], shown["priority"], shown["assignee_id"]) == ("solved", "low", claire["id"])
    assert shown["tags"] == ["vip", "zdsync_close_anyway"]
    assert audit["author_id"] == claire["id"]
    said = next(event for event in audit["events"] if event["type"] == "Comment")
    assert (said["body"], said["public"], said["author_id"]) == ("Closed, Emily.", False, claire["id"])
    assert all("via" not in event for event in audit["events"] if event["type"] == "Change"), "an agent did it"
    used = [event for event in audit["events"] if event["type"] == "AgentMacroReference"]
    assert [event["macro_id"] for event in used] == [str(number)]


def test_what_the_agent_says_beside_a_macro_wins(server: Server, api: Api, ticket: int) -> None:
    a_macro(api, {"field": "priority", "value": "low"}, {"field": "comment_value", "value": "Standard words"})

    server.act(CLAIRE, ticket=ticket, macro="Close without confirmation", priority="urgent", comment="My words")

    assert api.ticket(ticket)["priority"] == "urgent"
    said = [event["body"] for event in api.audits(ticket)[-1]["events"] if event["type"] == "Comment"]
    assert said == ["My words"]


@pytest.mark.parametrize(("who", "macro"), [(EMILY, "Close without confirmation"), (CLAIRE, "No such macro")])
def test_a_macro_is_for_agents_and_has_to_be_there(server: Server, api: Api, ticket: int, who: str, macro: str) -> None:
    a_macro(api, {"field": "priority", "value": "low"})

    with pytest.raises(Exception, match="there is no macro"):
        server.act(who, ticket=ticket, macro=macro)

    assert api.ticket(ticket)["priority"] == "high"


def test_an_update_over_the_api_tells_its_macro_only_with_a_change(api: Api, ticket: int) -> None:
    number = a_macro(api, {"field": "priority", "value": "low"})

    bare = api.put(f"/tickets/{ticket}", ticket={"macro_ids": [number]}).json()["audit"]["events"]
    full = api.put(f"/tickets/{ticket}", ticket={"macro_ids": [number, 17], "priority": "low"}).json()["audit"][
        "events"
    ]

    assert bare == []
    assert [event["type"] for event in full] == ["Change", "AgentMacroReference"]
