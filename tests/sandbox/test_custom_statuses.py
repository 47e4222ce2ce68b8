"""Custom statuses on tickets: what sets which, and what happens when a trigger holds a ticket that an agent solves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Account, Server

MARC = "marc.lefevre@saint-luc.example"


def status_id(account: Account, label: str) -> int:
    return next(number for number, row in account.custom_statuses.items() if row["agent_label"] == label)


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def then(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "value": value}


def trigger(api: Api, title: str, conditions: list[dict[str, Any]], *actions: dict[str, Any]) -> int:
    body = {"title": title, "conditions": {"all": conditions, "any": []}, "actions": list(actions)}
    reply = api.post("/triggers", trigger=body)
    assert reply.status_code == 201, reply.text
    found: int = reply.json()["trigger"]["id"]
    return found


@pytest.fixture
def waiting(server: Server) -> int:
    return status_id(server.account, "Awaiting confirmation")


SETS = [
    pytest.param({"custom_status_id": "WAITING"}, ("pending", "Awaiting confirmation"), id="brings its category"),
    pytest.param({"status": "pending"}, ("pending", "Pending"), id="a category brings its default"),
    pytest.param(
        {"status": "solved", "custom_status_id": "WAITING"}, ("pending", "Awaiting confirmation"), id="it wins"
    ),
    pytest.param({"custom_status_id": None, "status": "hold"}, ("hold", "On-hold"), id="none says nothing"),
]


@pytest.mark.parametrize(("wish", "shown"), SETS)
def test_what_is_set_and_how_it_is_told(
    server: Server, api: Api, ticket: int, waiting: int, wish: dict[str, Any], shown: tuple[str, str]
) -> None:
    given = {key: waiting if value == "WAITING" else value for key, value in wish.items()}

    reply = api.put(f"/tickets/{ticket}", ticket=given).json()

    label = server.account.custom_statuses[reply["ticket"]["custom_status_id"]]["agent_label"]
    assert (reply["ticket"]["status"], label) == shown
    assert [event["field_name"] for event in reply["audit"]["events"]] == ["status", "custom_status_id"]
    assert reply["audit"]["events"][1]["value"] == str(reply["ticket"]["custom_status_id"])


def test_a_status_that_is_switched_off_or_unknown_is_refused(api: Api, ticket: int, waiting: int) -> None:
    api.put(f"/custom_statuses/{waiting}", custom_status={"active": False})

    replies = [api.put(f"/tickets/{ticket}", ticket={"custom_status_id": wrong}) for wrong in (waiting, 17)]

    assert [reply.status_code for reply in replies] == [422, 422]
    assert all("custom_status_id" in reply.json()["details"] for reply in replies)
    assert api.ticket(ticket)["status"] == "new"


def test_a_ticket_keeps_a_status_that_was_switched_off(api: Api, ticket: int, waiting: int) -> None:
    api.put(f"/tickets/{ticket}", ticket={"custom_status_id": waiting})
    api.put(f"/custom_statuses/{waiting}", custom_status={"active": False})

    assert api.put(f"/tickets/{ticket}", ticket={"custom_status_id": waiting, "tags": ["a"]}).status_code == 200
    assert api.ticket(ticket)["custom_status_id"] == waiting


def test_the_customers_reply_reopens_to_the_default_open_status(
    server: Server, api: Api, ticket: int, waiting: int
) -> None:
    api.put(f"/tickets/{ticket}", ticket={"custom_status_id": waiting})

    server.act(EMILY, ticket=ticket, comment="Not yet", channel="email")

    shown = api.ticket(ticket)
    assert (shown["status"], shown["custom_status_id"]) == ("open", server.account.default_status("open"))


def hold(api: Api, waiting: int) -> None:
    trigger(
        api,
        "Hold until confirmed",
        [
            when("status", "value", "solved"),
            when("role", "is", "agent"),
            when("current_tags", "not_includes", "zdsync_confirmed"),
        ],
        then("custom_status_id", str(waiting)),
        then("current_tags", "zdsync_awaiting_confirmation"),
        then("notification_user", ["requester_id", "Is it solved?", "Please answer {{ticket.id}}."]),
    )


def test_a_solve_that_a_trigger_holds_shows_both_and_is_never_solved(
    server: Server, api: Api, ticket: int, waiting: int
) -> None:
    hold(api, waiting)
    server.call(server.account.emails.clear)
    before = server.call(lambda: len(server.account.agenda.to_json()))

    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="solved")

    events = api.audits(ticket)[-1]["events"]
    changes = [
        (event["field_name"], event["previous_value"], event["value"], "via" in event)
        for event in events
        if event["type"] == "Change" and event["field_name"] in ("status", "custom_status_id", "tags")
    ]
    default = {name: str(server.account.default_status(name)) for name in ("new", "solved")}
    assert changes == [
        ("status", "new", "solved", False),
        ("custom_status_id", default["new"], default["solved"], False),
        ("status", "solved", "pending", True),
        ("custom_status_id", default["solved"], str(waiting), True),
        ("tags", [], ["zdsync_awaiting_confirmation"], True),
    ]
    assert all(event["via"]["source"]["rel"] == "trigger" for event in events if "via" in event)
    shown = api.ticket(ticket)
    assert (shown["status"], shown["custom_status_id"]) == ("pending", waiting)
    assert shown["tags"] == ["zdsync_awaiting_confirmation"]
    assert [(mail["to"], mail["cause"]) for mail in server.account.emails] == [(EMILY, "Hold until confirmed")]

    kept = server.account.tickets[ticket]
    assert kept.solved_ms is None
    assert server.call(lambda: len(server.account.agenda.to_json())) == before, "nothing is planned for a solved one"
    server.clock.advance(40 * 86_400)
    assert api.ticket(ticket)["status"] == "pending"


def test_a_held_problem_does_not_solve_its_incidents(server: Server, api: Api, ticket: int, waiting: int) -> None:
    hold(api, waiting)
    api.put(f"/tickets/{ticket}", ticket={"type": "problem"})
    other = server.act(MARC, subject="Too", comment="x")["ticket"]
    api.put(f"/tickets/{other}", ticket={"type": "incident", "problem_id": ticket})

    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="solved", comment="Done")
    server.clock.advance(60)

    assert api.ticket(other)["status"] == "new"


def test_a_solve_that_is_let_through_is_solved(server: Server, api: Api, ticket: int, waiting: int) -> None:
    hold(api, waiting)

    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="solved", add_tags=["zdsync_confirmed"])

    assert api.ticket(ticket)["status"] == "solved"
    server.clock.advance(97 * 3600)
    assert api.ticket(ticket)["status"] == "closed"


def test_each_trigger_fires_once_in_an_update_however_they_provoke_each_other(
    server: Server, api: Api, ticket: int, waiting: int
) -> None:
    hold(api, waiting)
    trigger(api, "Solves", [when("custom_status_id", "is", str(waiting))], then("status", "solved"))
    trigger(
        api, "Late", [when("current_tags", "includes", "late")], then("remove_tags", "late"), then("priority", "low")
    )
    trigger(api, "Later", [when("status", "changed"), when("priority", "is", "high")], then("current_tags", "late"))

    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="solved")

    events = [event for event in api.audits(ticket)[-1]["events"] if event.get("via")]
    fired = list(dict.fromkeys(event["via"]["source"]["from"]["title"] for event in events))
    assert fired[-4:] == ["Hold until confirmed", "Solves", "Later", "Late"]
    shown = api.ticket(ticket)
    assert (shown["status"], shown["priority"]) == ("solved", "low")
    assert shown["tags"] == ["zdsync_awaiting_confirmation"]


def test_a_triggers_plain_status_keeps_a_custom_status_of_that_category(
    server: Server, api: Api, ticket: int, waiting: int
) -> None:
    trigger(api, "Pends", [when("update_type", "is", "Change")], then("status", "pending"))

    server.act(CLAIRE, ticket=ticket, custom_status_id=waiting)

    assert api.ticket(ticket)["custom_status_id"] == waiting


def test_a_trigger_whose_status_was_switched_off_does_nothing(
    server: Server, api: Api, ticket: int, waiting: int
) -> None:
    hold(api, waiting)
    api.put(f"/custom_statuses/{waiting}", custom_status={"active": False})

    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE, status="solved")

    assert api.ticket(ticket)["status"] == "solved"


ASKED = [
    pytest.param(when("custom_status_id", "changed"), True, id="custom status changed"),
    pytest.param(when("custom_status_id", "value", "WAITING"), True, id="changed to"),
    pytest.param(when("custom_status_id", "includes", ["WAITING"]), True, id="one of"),
    pytest.param(when("custom_status_id", "value_previous", "WAITING"), False, id="changed from"),
    pytest.param(when("status", "value_previous", "new"), True, id="category changed from"),
    pytest.param(when("status", "value", "solved"), False, id="category changed to another"),
    pytest.param(when("assignee_id", "changed"), True, id="assignee"),
]


@pytest.mark.parametrize(("condition", "fires"), ASKED)
def test_conditions_on_custom_statuses(
    server: Server, api: Api, ticket: int, waiting: int, condition: dict[str, Any], fires: bool
) -> None:
    value = condition["value"]
    named = [str(waiting)] if isinstance(value, list) else str(waiting) if value == "WAITING" else value
    trigger(api, "Asked", [{**condition, "value": named}], then("current_tags", "fired"))

    server.act(CLAIRE, ticket=ticket, custom_status_id=waiting, assignee=CLAIRE)

    assert ("fired" in api.ticket(ticket)["tags"]) is fires


@pytest.mark.parametrize("group", ["group_id", "FIXED"])
def test_a_group_is_mailed_and_each_mail_tells_by_what(server: Server, api: Api, ticket: int, group: str) -> None:
    made = api.post("/groups", group={"name": "Second line"}).json()["group"]["id"]
    ines = server.account.user_by_email("ines@desk.example")
    assert ines is not None
    server.call(lambda: server.account.memberships.append((ines["id"], made)))
    to = "group_id" if group == "group_id" else str(made)
    number = trigger(
        api,
        "Tell the group",
        [when("current_tags", "includes", "zdsync_notify_group")],
        then("notification_group", [to, "Look at {{ticket.id}}", "x"]),
        then("remove_tags", "zdsync_notify_group"),
    )
    server.call(server.account.emails.clear)

    fields = {"group_id": made} if group == "group_id" else {}
    api.put(f"/tickets/{ticket}", ticket={"additional_tags": ["zdsync_notify_group"], **fields})

    (mail,) = server.account.emails
    assert (mail["to"], mail["subject"]) == ("ines@desk.example", f"Look at {ticket}")
    assert (mail["rel"], mail["rule"], mail["cause"]) == ("trigger", number, "Tell the group")
    assert api.ticket(ticket)["tags"] == []


# The Help Center


def test_the_requester_solves_an_assigned_ticket_in_the_help_center(server: Server, api: Api, ticket: int) -> None:
    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE)

    server.act(EMILY, ticket=ticket, status="solved", comment="It works again")

    audit = api.audits(ticket)[-1]
    emily = server.account.user_by_email(EMILY)
    assert emily is not None
    assert (audit["author_id"], audit["via"]["channel"]) == (emily["id"], "web")
    assert api.ticket(ticket)["status"] == "solved"


def test_a_solve_by_the_requester_is_not_one_by_an_agent(server: Server, api: Api, ticket: int, waiting: int) -> None:
    hold(api, waiting)
    server.act(CLAIRE, ticket=ticket, assignee=CLAIRE)

    server.act(EMILY, ticket=ticket, status="solved")

    assert api.ticket(ticket)["status"] == "solved"


NOT_ALLOWED = [
    pytest.param(EMILY, {"status": "solved"}, False, id="nobody is assigned"),
    pytest.param(MARC, {"status": "solved"}, True, id="somebody else's ticket"),
    pytest.param(EMILY, {"status": "pending"}, True, id="another status"),
    pytest.param(EMILY, {"custom_status_id": "WAITING"}, True, id="a custom status"),
]


@pytest.mark.parametrize(("who", "wish", "assigned"), NOT_ALLOWED)
def test_a_customer_sets_no_other_status(
    server: Server, api: Api, ticket: int, waiting: int, who: str, wish: dict[str, Any], assigned: bool
) -> None:
    if assigned:
        server.act(CLAIRE, ticket=ticket, assignee=CLAIRE)
    before = api.ticket(ticket)
    given = {key: waiting if value == "WAITING" else value for key, value in wish.items()}

    with pytest.raises(Exception, match=r"403|422"):
        server.act(who, ticket=ticket, **given)

    assert api.ticket(ticket) == before


def test_automatic_mail_is_flagged_in_the_audits_metadata(server: Server, api: Api, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, comment="I am away", channel="email", flags=[4])
    server.act(EMILY, ticket=ticket, comment="I am back", channel="email")

    flagged, plain = api.audits(ticket)[-2:]

    assert flagged["metadata"]["flags"] == [4]
    assert "flags_options" in flagged["metadata"]
    assert "flags" not in flagged["metadata"]["system"]
    assert "flags" not in plain["metadata"]


# Followers


def follow(api: Api, ticket: int, *people: str, action: str = "put") -> dict[str, Any]:
    items = [{"user_email": person, "action": action} for person in people]
    found: dict[str, Any] = api.put(f"/tickets/{ticket}", ticket={"followers": items}).json()["ticket"]
    return found


TOM = "tom@desk.example"


def test_followers_are_agents_and_come_and_go(server: Server, api: Api, ticket: int) -> None:
    tom = server.account.user_by_email(TOM)
    assert tom is not None

    shown = follow(api, ticket, TOM, MARC)
    assert shown["follower_ids"] == [tom["id"]]
    assert shown["email_cc_ids"] == []
    assert follow(api, ticket, TOM, action="delete")["follower_ids"] == []


@pytest.mark.parametrize("public", [True, False])
def test_a_comment_goes_to_the_followers_and_not_to_who_wrote_it(
    server: Server, api: Api, ticket: int, public: bool
) -> None:
    follow(api, ticket, TOM, CLAIRE)
    server.call(server.account.emails.clear)

    server.act(CLAIRE, ticket=ticket, comment="Look", public=public)

    tom = server.account.user_by_email(TOM)
    assert tom is not None
    events = [event for event in api.audits(ticket)[-1]["events"] if event["type"] == "FollowerNotification"]
    assert [event["recipients"] for event in events] == [[tom["id"]]]
    mails = [mail for mail in server.account.emails if mail["cause"] == "Follower notification"]
    assert [(mail["to"], mail["body"], mail["rule"]) for mail in mails] == [(TOM, "Look", None)]
    if not public:
        assert {mail["to_role"] for mail in server.account.emails} == {"agent"}


def test_an_update_without_a_comment_tells_no_follower(server: Server, api: Api, ticket: int) -> None:
    follow(api, ticket, TOM)
    server.call(server.account.emails.clear)

    server.act(CLAIRE, ticket=ticket, priority="urgent")

    assert server.account.emails == []
