"""The endpoints of triggers. What triggers do is in `triggers.py`."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_int, iso
from zdsync.sandbox.errors import invalid, not_found
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.triggers import ACTION_FIELDS, CONDITION_FIELDS, OPERATORS

WRITABLE = ("title", "active", "description", "position", "category_id", "conditions", "actions")


def _rendered(call: Call, row: Row) -> Row:
    return {**row, "url": call.url(f"/triggers/{row['id']}.json")}


def _get(call: Call) -> Row:
    if call.id not in call.account.triggers:
        raise not_found()
    return call.account.triggers[call.id]


def check(account: Account, given: Row) -> Row:
    """What a request says about a trigger. Raises 422 for what no trigger can have."""
    row = {key: value for key, value in given.items() if key in WRITABLE}
    if "conditions" in row:
        conditions = row["conditions"] or {}
        row["conditions"] = {"all": list(conditions.get("all") or []), "any": list(conditions.get("any") or [])}
        for condition in row["conditions"]["all"] + row["conditions"]["any"]:
            _check_field(account, condition.get("field"), CONDITION_FIELDS, "condition")
            if condition.get("operator", "is") not in OPERATORS:
                raise invalid("base", f"Invalid condition operator: {condition.get('operator')}")
    for action in row.get("actions") or []:
        _check_field(account, action.get("field"), ACTION_FIELDS, "action")
        _check_action(account, action["field"], action.get("value"))
    return row


def _check_field(account: Account, name: Any, known: set[str], what: str) -> None:
    custom = str(name).removeprefix("custom_fields_")
    if name not in known and as_int(custom) not in account.ticket_fields:
        raise invalid("base", f"Invalid {what} field: {name}")


def _check_action(account: Account, name: str, value: Any) -> None:
    lengths = {"notification_user": 3, "notification_group": 3, "notification_webhook": 2}
    if name in lengths and not (isinstance(value, list) and len(value) == lengths[name]):
        raise invalid("base", f"Invalid value of action {name}: a list of {lengths[name]} is needed")
    if name == "notification_webhook":
        webhook = account.webhooks.get(str(value[0]))
        if webhook is None or "conditional_ticket_events" not in webhook["subscriptions"]:
            raise invalid("base", "Invalid webhook: it does not exist or is not for triggers")


@route("GET /triggers")
def index(call: Call) -> Reply:
    found = sorted(call.account.triggers.values(), key=lambda row: (row["position"], row["id"]))
    if call.one("active") is not None:
        found = [row for row in found if row["active"] is (call.one("active") == "true")]
    places = {row["id"]: number for number, row in enumerate(found)}
    return listing(call, "triggers", found, lambda row: _rendered(call, row), key=lambda row: places[row["id"]])


@route("GET /triggers/active")
def active(call: Call) -> Reply:
    call.query["active"] = ["true"]
    return index(call)


@route("GET /triggers/{id}")
def show(call: Call) -> Reply:
    return Reply(200, {"trigger": _rendered(call, _get(call))})


@route("POST /triggers", who="admin")
def create(call: Call) -> Reply:
    account = call.account
    row = check(account, call.object("trigger"))
    if not row.get("title"):
        raise invalid("title", "Title: cannot be blank")
    if not row.get("actions"):
        raise invalid("actions", "Actions: you must select at least one action")
    row.setdefault("position", 1 + max((known["position"] for known in account.triggers.values()), default=-1))
    trigger = shapes.trigger(account.new_id(), account.now_ms, **row)
    account.triggers[trigger["id"]] = trigger
    location = call.url(f"/triggers/{trigger['id']}.json")
    return Reply(201, {"trigger": _rendered(call, trigger)}, {"Location": location})


@route("PUT /triggers/{id}", who="admin")
def update(call: Call) -> Reply:
    trigger = _get(call)
    trigger.update(check(call.account, call.object("trigger")), updated_at=iso(call.account.now_ms))
    trigger["raw_title"] = trigger["title"]
    return Reply(200, {"trigger": _rendered(call, trigger)})


@route("DELETE /triggers/{id}", who="admin")
def delete(call: Call) -> Reply:
    _get(call)
    del call.account.triggers[call.id]
    return Reply(204)


@route("GET /trigger_categories")
def categories(call: Call) -> Reply:
    at = iso(0)
    row = {"id": "1", "name": "Initial category", "position": 0, "created_at": at, "updated_at": at}
    return listing(call, "trigger_categories", [row], cursor=True)
