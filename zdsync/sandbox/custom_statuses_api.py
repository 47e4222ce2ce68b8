"""The endpoints of custom ticket statuses. What they do to tickets is in `rules.py`.

Public material does not say whether two statuses may have the same label, or a default one be switched off: we refuse,
which is stricter, in words of our own.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import permitted, shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_bool, as_int, iso
from zdsync.sandbox.errors import invalid, not_found
from zdsync.sandbox.http import Call, Reply, route

CATEGORIES = ("new", "open", "pending", "hold", "solved")
LABEL_LIMIT = 48
"""Characters, of each label."""
TEXTS = ("agent_label", "end_user_label", "description", "end_user_description")
KEYS = (*TEXTS, "active")
"""What an update may say; a new one says its category too. `default` is only set by `/custom_status/default`."""


def _rendered(call: Call, row: Row) -> Row:
    return {**row, "url": call.url(f"/custom_statuses/{row['id']}.json")}


def _get(call: Call) -> Row:
    if call.id not in call.account.custom_statuses:
        raise not_found()
    return call.account.custom_statuses[call.id]


def _read(account: Account, given: Row, known: Row | None) -> Row:
    """What a request says, checked. Raises 422."""
    row: Row = {name: str(given[name] or "").strip() for name in TEXTS if name in given}
    if not row.get("agent_label", known and known["agent_label"]):
        raise invalid("agent_label", "Agent label: cannot be blank")
    if known is None and not row.get("end_user_label"):
        row["end_user_label"] = row["agent_label"]
    for name in ("agent_label", "end_user_label"):
        if len(row.get(name, "")) > LABEL_LIMIT:
            title = name.replace("_", " ").capitalize()
            raise invalid(name, f"{title}: is too long (maximum is {LABEL_LIMIT} characters)")
    others = (one for one in account.custom_statuses.values() if one is not known)
    if any(one["agent_label"].lower() == row.get("agent_label", "").lower() for one in others):
        raise invalid("agent_label", "Agent label: has already been taken")
    if "active" in given:
        row["active"] = as_bool(given["active"])
        if known and known["default"] and not row["active"]:
            raise invalid("active", "Active: a default status cannot be deactivated")
    return row


def _raw(row: Row) -> Row:
    return {f"raw_{name}": row[name] for name in TEXTS if name in row}


@route("GET /custom_statuses")
def index(call: Call) -> Reply:
    """Not paged."""
    found = list(call.account.custom_statuses.values())
    wanted: set[Any] = set(call.ids("status_categories"))
    if wanted:
        found = [row for row in found if row["status_category"] in wanted]
    for name in ("active", "default"):
        if call.one(name) is not None:
            found = [row for row in found if row[name] is as_bool(call.one(name))]
    return Reply(200, {"custom_statuses": [_rendered(call, row) for row in found]})


@route("GET /custom_statuses/{id}")
def show(call: Call) -> Reply:
    return Reply(200, {"custom_status": _rendered(call, _get(call))})


@route("POST /custom_statuses", who="admin")
def create(call: Call) -> Reply:
    account = call.account
    given, headers = permitted.keep(call, "custom_statuses", "custom_status", (*KEYS, "status_category"))
    category = given.get("status_category")
    if category not in CATEGORIES:
        raise invalid("status_category", "Status category: is invalid")
    said = _read(account, given, None)
    label = said.pop("agent_label")
    row = shapes.custom_status(account.new_id(), account.now_ms, category, label, **said)
    row.update(_raw(row))
    account.custom_statuses[row["id"]] = row
    headers["Location"] = call.url(f"/custom_statuses/{row['id']}.json")
    return Reply(201, {"custom_status": _rendered(call, row)}, headers)


@route("PUT /custom_statuses/{id}", who="admin")
def update(call: Call) -> Reply:
    row = _get(call)
    given, headers = permitted.keep(call, "custom_statuses", "custom_status", KEYS)
    said = _read(call.account, given, row)
    row.update({**said, **_raw(said), "updated_at": iso(call.account.now_ms)})
    return Reply(200, {"custom_status": _rendered(call, row)}, headers)


@route("DELETE /custom_statuses/{id}", who="admin")
def delete(call: Call) -> Reply:
    """Not while a ticket that is not closed has it."""
    row = _get(call)
    tickets = (ticket.row for ticket in call.account.tickets.values())
    used = any(one["custom_status_id"] == row["id"] and one["status"] not in ("closed", "deleted") for one in tickets)
    if used or row["default"]:
        why = "is the default of its category" if row["default"] else "is assigned to tickets"
        raise invalid("base", f"Custom status: {why}")
    del call.account.custom_statuses[row["id"]]
    return Reply(204)


@route("PUT /custom_status/default", who="admin")
def set_defaults(call: Call) -> Reply:
    """`{"ids": "1,2"}`: each becomes the default of its category."""
    body: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
    statuses = call.account.custom_statuses
    ids = [as_int(part) for part in str(body.get("ids") or "").split(",")]
    found = [statuses[number] for number in ids if number in statuses]
    if len(found) < len(ids) or not all(row["active"] for row in found):
        raise invalid("base", "Custom status: only active statuses can be the default")
    for row in found:
        for other in statuses.values():
            if other["status_category"] == row["status_category"]:
                other["default"] = other is row
    return Reply(200, {})
