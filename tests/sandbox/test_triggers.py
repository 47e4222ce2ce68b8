"""Triggers: what they match, what they do, and that it lands in the same audit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Server


def add(api: Api, title: str, conditions: list[dict[str, Any]], *actions: dict[str, Any], any_of: Any = ()) -> None:
    body = {"title": title, "conditions": {"all": conditions, "any": list(any_of)}, "actions": list(actions)}
    reply = api.post("/triggers", trigger=body)
    assert reply.status_code == 201, reply.text


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def then(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "value": value}


def test_what_a_trigger_changes_is_in_the_audit_that_fired_it(server: Server, api: Api, ticket: int) -> None:
    add(api, "Mark urgent", [when("priority", "value", "urgent")], then("current_tags", "hot fast"))

    audit = server.act(CLAIRE, ticket=ticket, priority="urgent")["audit"]

    last = api.audits(ticket)[-1]
    assert last["id"] == audit
    change = last["events"][-1]
    assert (change["field_name"], change["value"]) == ("tags", ["fast", "hot"])
    assert change["via"]["channel"] == "rule"
    assert change["via"]["source"]["rel"] == "trigger"
    assert change["via"]["source"]["from"]["title"] == "Mark urgent"


MATCHES = [
    pytest.param(when("update_type", "is", "Change"), True, id="an update is a Change"),
    pytest.param(when("update_type", "is", "Create"), False, id="and no Create"),
    pytest.param(when("priority", "changed"), True, id="priority changed"),
    pytest.param(when("status", "changed"), False, id="status did not change"),
    pytest.param(when("priority", "value", "urgent"), True, id="changed to"),
    pytest.param(when("priority", "value_previous", "high"), True, id="changed from"),
    pytest.param(when("priority", "value_previous", "low"), False, id="changed from something else"),
    pytest.param(when("priority", "greater_than", "normal"), True, id="greater than"),
    pytest.param(when("priority", "less_than", "urgent"), False, id="not less than"),
    pytest.param(when("status", "is_not", "solved"), True, id="is not"),
    pytest.param(when("role", "is", "agent"), True, id="by an agent"),
    pytest.param(when("role", "is", "end_user"), False, id="not by a customer"),
    pytest.param(when("comment_is_public", "is", "true"), True, id="with a public comment"),
    pytest.param(when("comment_is_public", "is", "false"), False, id="with no private comment"),
    pytest.param(when("comment_is_public", "is", "not_relevant"), True, id="with a comment of either kind"),
    pytest.param(when("comment_includes_word", "includes", "hello nobody"), True, id="one of the words"),
    pytest.param(when("current_tags", "includes", "vip"), False, id="tag is not there"),
    pytest.param(when("current_tags", "not_includes", "vip"), True, id="tag is not there, asked"),
    pytest.param(when("via_id", "is", "4"), True, id="ticket came by mail"),
    pytest.param(when("current_via_id", "is", "0"), True, id="update came from the web"),
    pytest.param(when("assignee_id", "is", ""), True, id="nobody is assigned"),
]


@pytest.mark.parametrize(("condition", "fires"), MATCHES)
def test_conditions(server: Server, api: Api, ticket: int, condition: dict[str, Any], fires: bool) -> None:
    add(api, "Tested", [condition], then("current_tags", "fired"))

    server.act(CLAIRE, ticket=ticket, priority="urgent", comment="Hello there")

    assert ("fired" in api.ticket(ticket)["tags"]) is fires


def test_a_condition_on_the_comment_of_either_kind_needs_one(server: Server, api: Api, ticket: int) -> None:
    add(api, "Mark", [when("comment_is_public", "is", "not_relevant")], then("current_tags", "said"))
    server.act(CLAIRE, ticket=ticket, priority="low")
    assert "said" not in api.ticket(ticket)["tags"]
    server.act(CLAIRE, ticket=ticket, comment="A note.", public=False)
    assert "said" in api.ticket(ticket)["tags"]


def test_any_needs_one_and_all_needs_each(server: Server, api: Api, ticket: int) -> None:
    urgent, low = when("priority", "is", "urgent"), when("priority", "is", "low")
    add(api, "Any", [when("update_type", "is", "Change")], then("current_tags", "any"), any_of=[urgent, low])
    add(api, "All", [urgent, low], then("current_tags", "all"))

    server.act(CLAIRE, ticket=ticket, priority="urgent")

    assert api.ticket(ticket)["tags"] == ["any"]


def test_a_trigger_wakes_an_earlier_one_and_each_fires_once(server: Server, api: Api, ticket: int) -> None:
    add(api, "Second", [when("current_tags", "includes", "first")], then("current_tags", "second"))
    add(api, "First", [when("update_type", "is", "Change")], then("current_tags", "first"))
    add(api, "Undo", [when("current_tags", "includes", "second")], then("remove_tags", "first"))

    server.act(CLAIRE, ticket=ticket, priority="urgent")

    assert api.ticket(ticket)["tags"] == ["second"]
    rules = [e["via"]["source"]["from"]["title"] for e in api.audits(ticket)[-1]["events"] if e.get("via")]
    assert rules == ["First", "Second", "Undo"]


def test_fields_and_statuses_are_set(server: Server, api: Api, ticket: int) -> None:
    field = next(row["id"] for row in server.account.ticket_fields.values() if row["title"] == "Phone")
    actions = [then("status", "hold"), then(f"custom_fields_{field}", "+33"), then("assignee_id", "current_user")]
    add(api, "Set", [when("update_type", "is", "Change")], *actions)

    server.act(CLAIRE, ticket=ticket, priority="urgent")

    shown = api.ticket(ticket)
    assert shown["status"] == "hold"
    assert shown["custom_status_id"] == server.account.default_status("hold")
    assert {"id": field, "value": "+33"} in shown["custom_fields"]
    assert shown["assignee_id"] == (server.account.user_by_email(CLAIRE) or {})["id"]


def test_mails_go_to_the_outbox_with_their_cause(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, comment="We are on it", public=True)

    mail = server.outbox()[-1]
    assert (mail["to"], mail["ticket"]) == (EMILY, ticket)
    assert "We are on it" in mail["body"]
    assert mail["cause"] == "Notify requester and CCs of comment update"
    notification = api.audits(ticket)[-1]["events"][-1]
    assert notification["type"] == "Notification"
    assert notification["recipients"] == [api.ticket(ticket)["requester_id"]]


def test_a_group_mail_reaches_every_member(server: Server, api: Api, ticket: int) -> None:
    group = server.account.default_of(server.account.groups)
    action = then("notification_group", [str(group), "P1 {{ticket.id}}", "Hurry"])
    add(api, "Alarm", [when("priority", "value", "urgent")], action)

    server.act(CLAIRE, ticket=ticket, priority="urgent")

    alarmed = [mail for mail in server.outbox() if mail["cause"] == "Alarm"]
    assert len(alarmed) == len(server.account.memberships)
    assert {mail["subject"] for mail in alarmed} == {f"P1 {ticket}"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"title": "", "actions": [then("status", "open")]}, id="no title"),
        pytest.param({"title": "x", "actions": []}, id="no action"),
        pytest.param({"title": "x", "actions": [then("explode", "1")]}, id="unknown action"),
        pytest.param({"title": "x", "actions": [then("notification_webhook", ["nope", ""])]}, id="unknown webhook"),
        pytest.param(
            {"title": "x", "conditions": {"all": [when("mood", "is")]}, "actions": [then("status", "open")]},
            id="unknown condition",
        ),
        pytest.param(
            {"title": "x", "conditions": {"all": [when("status", "like")]}, "actions": [then("status", "open")]},
            id="unknown operator",
        ),
    ],
)
def test_triggers_that_cannot_be(server: Server, api: Api, body: dict[str, Any]) -> None:
    before = len(server.account.triggers)

    assert api.post("/triggers", trigger=body).status_code == 422
    assert len(server.account.triggers) == before


def test_a_trigger_can_be_switched_off_changed_and_deleted(server: Server, api: Api, ticket: int) -> None:
    add(api, "Tag", [when("update_type", "is", "Change")], then("current_tags", "tagged"))
    trigger = api.get("/triggers").json()["triggers"][-1]["id"]

    api.put(f"/triggers/{trigger}", trigger={"active": False})
    server.act(CLAIRE, ticket=ticket, priority="urgent")
    assert api.ticket(ticket)["tags"] == []

    assert api.delete(f"/triggers/{trigger}").status_code == 204
    assert api.get(f"/triggers/{trigger}").status_code == 404


LANGUAGES = [
    pytest.param("fr", "Bonjour, Login", id="by the name that the account lists"),
    pytest.param("de", "Hallo", id="by the second of two names"),
    pytest.param("en-US", "Hello", id="else"),
]


@pytest.mark.parametrize(("locale", "greets"), LANGUAGES)
def test_a_mail_in_the_requesters_language(server: Server, api: Api, ticket: int, locale: str, greets: str) -> None:
    """Liquid's `case`; the account's list of languages has the names."""
    names = {row["locale"]: row["name"] for row in api.get("/locales").json()["locales"]}
    body = (
        "{% case ticket.requester.language %}"
        f"{{% when '{names['fr']}' %}}Bonjour, {{{{ticket.title}}}}"
        "{% when \"Allemand\" or 'Deutsch' %}Hallo{% else %}Hello{% endcase %}"
    )
    add(api, "Greet", [when("priority", "changed")], then("notification_user", ["requester_id", "S", body]))
    emily = server.account.user_by_email(EMILY)
    assert emily is not None
    server.call(lambda: emily.update(locale=locale))
    server.act(CLAIRE, ticket=ticket, subject="Login", priority="urgent")
    assert [mail["body"] for mail in server.account.emails if mail["cause"] == "Greet"] == [greets]
