"""From what is there to what should be: each step once, and none on what others have made."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tests.provision.wishes import (
    BACK_OFFICE,
    URL,
    a_rule,
    active_names,
    an_account,
    carried_out,
    rules,
    steps,
)
from zdsync.provision.account import MARK, Found
from zdsync.provision.wanted import ASK, AWAITING_VIEW, CLOSE, MAIL_GROUP, TELL, WEBHOOK
from zdsync.zendesk.client import Kind

EVERYTHING = rules(
    a_rule("sla_targets"),
    a_rule("update_cadence", escalate={"after": 3, "group": BACK_OFFICE}),
    a_rule("confirmation_hold"),
)
STATUS = "Awaiting confirmation"
FIELD = "SLA resolution due"


def made(rulebook: Any = EVERYTHING, **objects: Any) -> Found:
    return carried_out(rulebook, an_account(**objects))


def changed(found: Found, kind: Kind, name: str, **changes: Any) -> Found:
    """The account after somebody has edited an object."""
    rows = deepcopy(found.objects[kind])
    (row,) = [row for row in rows if name in (row.get("title"), row.get("name"), row.get("agent_label"))]
    row.update(changes)
    return replace(found, objects={**found.objects, kind: rows})


def left(found: Found, rulebook: Any = EVERYTHING) -> dict[str, str]:
    """What is still to be done, by name."""
    return {step.name: step.do for step in steps(rulebook, found).values() if step.do not in ("keep", "know")}


def test_everything_is_made_once() -> None:
    assert {step.do for step in steps(EVERYTHING, an_account()).values()} == {"make"}
    assert left(made()) == {}


def test_without_custom_statuses_everything_else_is_made_once() -> None:
    found = carried_out(EVERYTHING, an_account(refused={"custom_statuses": "403 Forbidden"}))
    assert left(found) == {}
    assert STATUS not in str(found.objects["triggers"])


def test_nothing_of_others_is_ever_touched() -> None:
    """Whatever its title: what lacks our mark stays as it is, and what stands in our way is reported."""
    theirs = ({"id": 1, "title": ASK, "description": "Mine.", "active": True, "conditions": {}, "actions": []},)
    found = made(triggers=theirs)
    assert found.objects["triggers"][0] == theirs[0]
    assert left(found) == {ASK: "see to"}
    assert "rename" in steps(EVERYTHING, found)[ASK].words


EDITS: list[Any] = [
    pytest.param("triggers", ASK, {"active": False}, id="a trigger is switched off"),
    pytest.param("triggers", MAIL_GROUP, {"conditions": {"all": [], "any": []}}, id="its conditions are taken away"),
    pytest.param("triggers", TELL, {"actions": []}, id="its actions too"),
    pytest.param("macros", CLOSE, {"actions": [{"field": "status", "value": "open"}]}, id="a macro does otherwise"),
    pytest.param("views", AWAITING_VIEW, {"conditions": {"all": [], "any": []}}, id="a view shows everything"),
    pytest.param("ticket_fields", FIELD, {"editable_in_portal": True}, id="customers may write a field"),
    pytest.param("webhooks", WEBHOOK, {"endpoint": "https://elsewhere.example/webhook"}, id="the webhook leads away"),
    pytest.param("custom_statuses", STATUS, {"active": False}, id="the status is switched off"),
]


@pytest.mark.parametrize(("kind", "name", "edit"), EDITS)
def test_what_was_edited_is_put_back(kind: Kind, name: str, edit: dict[str, Any]) -> None:
    found = changed(made(), kind, name, **edit)
    assert left(found) == {name: "change"}
    assert next(iter(edit)) in steps(EVERYTHING, found)[name].words or kind == "views"
    assert left(carried_out(EVERYTHING, found)) == {}


SAME: list[Any] = [
    pytest.param("triggers", ASK, {"position": 40}, id="another place among the triggers"),
    pytest.param("views", AWAITING_VIEW, {"execution": {"columns": []}}, id="other columns"),
    pytest.param("webhooks", WEBHOOK, {"updated_by": "1"}, id="what Zendesk adds by itself"),
]


@pytest.mark.parametrize(("kind", "name", "edit"), SAME)
def test_what_may_differ(kind: Kind, name: str, edit: dict[str, Any]) -> None:
    assert left(changed(made(), kind, name, **edit)) == {}


def test_conditions_mean_the_same_however_they_are_written() -> None:
    """In another order, numbers as numbers, tags in another order, line ends of Windows."""
    found = made()
    (row,) = [deepcopy(row) for row in found.objects["triggers"] if row["title"] == ASK]
    row["conditions"]["all"].reverse()
    for one in row["conditions"]["all"]:
        if one["field"] == "current_tags":
            one["value"] = " ".join(reversed(one["value"].split()))
        one["value"] = int(one["value"]) if one["value"].isdigit() else one["value"]
    row["actions"][2]["value"][2] += "\r\n"
    assert left(changed(found, "triggers", ASK, **row)) == {}


def test_a_rule_that_is_no_longer_live_stops_its_trigger() -> None:
    """Deactivated, not deleted; live again, it is active again. Whoever switched off others' is left alone."""
    shadow = rules(*(replace(rule, mode="shadow") for rule in EVERYTHING.rules))
    found = made()
    assert left(found, shadow) == {ASK: "switch off"}
    stopped = carried_out(shadow, found)
    assert ASK not in active_names(stopped, "triggers")
    assert left(stopped, shadow) == {}
    assert left(stopped) == {ASK: "change"}
    assert ASK in active_names(carried_out(EVERYTHING, stopped), "triggers")


def test_rules_that_are_off_leave_nothing_acting() -> None:
    """Fields and statuses stay: tickets may still have them."""
    off = rules(*(replace(rule, mode="off") for rule in EVERYTHING.rules))
    found = carried_out(off, made())
    assert active_names(found, "triggers") == {TELL}
    assert active_names(found, "macros") == active_names(found, "views") == set()
    assert {row["active"] for row in found.objects["ticket_fields"]} == {True}


def test_what_others_have_switched_off_stays_off() -> None:
    """A trigger of our name without our mark, and one with our mark and another name."""
    off = {"active": True, "conditions": {}, "actions": []}
    theirs = {"id": 1, "title": "zdsync: of my own", "description": "", **off}
    copied = {"id": 2, "title": "Copy of ours", "description": MARK, **off}
    assert not {"zdsync: of my own", "Copy of ours"} & set(left(made(triggers=(theirs, copied))))


FIELDS: list[Any] = [
    pytest.param([{"type": "text"}], "keep", id="an admin's own serves"),
    pytest.param([{"type": "date"}], "see to", id="of another type it does not"),
    pytest.param([{"type": "text", "active": False}], "see to", id="switched off"),
    pytest.param([{"type": "text"}, {"type": "text"}], "see to", id="two of one title"),
    pytest.param([{"type": "text"}, {"type": "text", "active": False}], "keep", id="one of the two switched off"),
]


@pytest.mark.parametrize(("rows", "do"), FIELDS)
def test_a_field_that_is_there(rows: list[dict[str, Any]], do: str) -> None:
    there = tuple({"id": 70 + n, "title": FIELD, "active": True, **row} for n, row in enumerate(rows))
    assert steps(EVERYTHING, an_account(ticket_fields=there))[FIELD].do == do
    assert made(ticket_fields=there).objects["ticket_fields"][: len(there)] == there


@pytest.mark.parametrize(
    ("category", "do", "sets"),
    [
        pytest.param("pending", "keep", {"field": "custom_status_id", "value": "81"}, id="it serves"),
        pytest.param("open", "see to", {"field": "status", "value": "pending"}, id="of another category"),
    ],
)
def test_a_status_that_is_there(category: str, do: str, sets: dict[str, str]) -> None:
    """One that would not wait for the customer is never set."""
    there = ({"id": 81, "agent_label": STATUS, "status_category": category, "active": True},)
    found = an_account(custom_statuses=there)
    assert steps(EVERYTHING, found)[STATUS].do == do
    (hold,) = [row for row in carried_out(EVERYTHING, found).objects["triggers"] if row["title"] == ASK]
    assert hold["actions"][0] == sets


def test_the_address_is_kept_where_none_is_given() -> None:
    """Whoever runs it on another machine need not know it."""
    assert steps(EVERYTHING, made(), url=None)[WEBHOOK].do == "keep"
    moved = carried_out(EVERYTHING, made(), url="https://new.example/webhook")
    assert [row["endpoint"] for row in moved.objects["webhooks"]] == ["https://new.example/webhook"]
    assert URL not in str(moved.objects)


def test_our_trigger_goes_on_calling_a_webhook_made_by_hand() -> None:
    """Also where nobody says the address again."""
    there = {"id": "01HOOK", "name": "By hand", "status": "active", "endpoint": URL, "description": ""}
    found = made(webhooks=(there,))
    assert TELL in active_names(found, "triggers")
    assert {step.do for step in steps(EVERYTHING, found, url=None).values()} <= {"keep", "know"}
