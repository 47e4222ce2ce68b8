"""The endpoints of ticket fields. What a field's value may be is in `wishes.py`."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import permitted, shapes
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_bool, iso
from zdsync.sandbox.errors import invalid, not_found
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing

TYPES = (
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "partialcreditcard",
    "tagger",
    "multiselect",
    "lookup",
)
WITH_OPTIONS = ("tagger", "multiselect")
TEXTS = ("title", "description", "title_in_portal")
"""Each has a `raw_` twin; a request may send either."""
FLAGS = ("active", "required", "collapsed_for_agents", "visible_in_portal", "editable_in_portal", "required_in_portal")
OTHERS = (
    "position",
    "regexp_for_validation",
    "tag",
    "agent_description",
    "custom_field_options",
    "sub_type_id",
    "relationship_target_type",
    "relationship_filter",
    "key",
)
KEYS = (*TEXTS, *(f"raw_{name}" for name in TEXTS), *FLAGS, *OTHERS)
TITLE_LIMIT = 1024


def _rendered(call: Call, row: Row) -> Row:
    return {**row, "url": call.url(f"/ticket_fields/{row['id']}.json")}


def _get(call: Call) -> Row:
    if call.id not in call.account.ticket_fields:
        raise not_found()
    return call.account.ticket_fields[call.id]


def _read(given: Row, kind: str) -> Row:
    """What a request says, checked. Raises 422."""
    row: Row = {name: given[name] for name in OTHERS if name in given}
    row.update({name: as_bool(given[name]) for name in FLAGS if name in given})
    for name in TEXTS:
        if name in given or f"raw_{name}" in given:
            row[name] = row[f"raw_{name}"] = str(given.get(name, given.get(f"raw_{name}")) or "").strip()
    if not row.get("title", "as it was"):
        raise invalid("title", "Title: cannot be blank")
    if len(row.get("title", "")) > TITLE_LIMIT:
        raise invalid("title", f"Title: is too long (maximum is {TITLE_LIMIT} characters)")
    if kind in WITH_OPTIONS and "custom_field_options" in row:
        options = row["custom_field_options"]
        row["custom_field_options"] = [_option(one) for one in (options if isinstance(options, list) else [options])]
    return row


def _option(given: Any) -> Row:
    if not isinstance(given, dict) or not given.get("name") or not given.get("value"):
        raise invalid("custom_field_options", "Custom field options: a name and a value are needed")
    return {**given, "raw_name": given.get("raw_name", given["name"])}


@route("GET /ticket_fields")
def index(call: Call) -> Reply:
    found = sorted(call.account.ticket_fields.values(), key=lambda row: int(row["id"]))
    return listing(call, "ticket_fields", found, lambda row: _rendered(call, row))


@route("GET /ticket_fields/{id}")
def show(call: Call) -> Reply:
    return Reply(200, {"ticket_field": _rendered(call, _get(call))})


@route("POST /ticket_fields", who="admin")
def create(call: Call) -> Reply:
    account = call.account
    given, headers = permitted.keep(call, "ticket_fields", "ticket_field", (*KEYS, "type"))
    kind = str(given.get("type") or "text")  # documented: text when it is not said
    if kind not in TYPES:
        raise invalid("type", f"Type: {kind} is not included in the list")
    said = _read({"title": "", **given}, kind)
    if kind in WITH_OPTIONS and not said.get("custom_field_options"):
        raise invalid("custom_field_options", "Custom field options: cannot be blank")
    row = shapes.ticket_field(account.new_id(), account.now_ms, **{"type": kind, **said})
    row["title_in_portal"] = row["raw_title_in_portal"] = row["title_in_portal"] or row["title"]
    account.ticket_fields[row["id"]] = row
    _join_forms(account, row)
    headers["Location"] = call.url(f"/ticket_fields/{row['id']}.json")
    return Reply(201, {"ticket_field": _rendered(call, row)}, headers)


def _join_forms(account: Account, row: Row) -> None:
    """A new field stands on the default form at once; an admin puts it on the others."""
    for form in account.ticket_forms.values():
        if form["default"]:
            form["ticket_field_ids"] = [*form["ticket_field_ids"], row["id"]]


@route("PUT /ticket_fields/{id}", who="admin")
def update(call: Call) -> Reply:
    row = _get(call)
    given, headers = permitted.keep(call, "ticket_fields", "ticket_field", KEYS)
    said = _read(given, row["type"])
    if not row["removable"] and said.get("active") is False:
        raise invalid("base", "Ticket field: a system field cannot be deactivated")
    row.update(said, updated_at=iso(call.account.now_ms))
    return Reply(200, {"ticket_field": _rendered(call, row)}, headers)


@route("DELETE /ticket_fields/{id}", who="admin")
def delete(call: Call) -> Reply:
    row = _get(call)
    if not row["removable"]:
        raise invalid("base", "Ticket field: a system field cannot be deleted")
    del call.account.ticket_fields[row["id"]]
    return Reply(204)
