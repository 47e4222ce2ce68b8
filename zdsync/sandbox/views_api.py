"""The endpoints of views: their definition, the tickets in them, and how many there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zdsync.sandbox import conditions, hours, shapes
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, as_int
from zdsync.sandbox.errors import invalid
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.paging import listing
from zdsync.sandbox.rule_checks import check_property, checked_conditions, restriction
from zdsync.sandbox.rules_api import Kind, common, get, parts, register
from zdsync.sandbox.tickets_api import rendered

FIELDS = conditions.TICKET_FIELDS | hours.FIELDS
COLUMNS = {
    "assigned": "Assigned",
    "assignee": "Assignee",
    "due_date": "Due Date",
    "group": "Group",
    "nice_id": "ID",
    "updated": "Updated",
    "updated_assignee": "Assignee updated",
    "updated_requester": "Requester updated",
    "updated_by_type": "Updater",
    "organization": "Organization",
    "priority": "Priority",
    "created": "Requested",
    "requester": "Requester",
    "locale_id": "Requester language",
    "satisfaction_score": "Satisfaction",
    "solved": "Solved",
    "status": "Status category",
    "description": "Subject",
    "submitter": "Submitter",
    "ticket_form": "Ticket form",
    "type": "Type",
    "brand": "Brand",
    "custom_status_id": "Ticket status",
}
"""A column's name in `output.columns`, and its title."""
NOT_SORTED = {"description", "submitter", "custom_status_id"}
MOST_COLUMNS = 10
DEFAULT_OUTPUT: Row = {"columns": ["description", "requester", "created", "type", "priority"]}


def _read(account: Account, given: Row, known: Row | None) -> Row:
    row = common(given, known, "description", "position")
    found = parts(given, known)
    if found is not None or known is None:
        row["conditions"] = checked_conditions(account, found, FIELDS, changes=False)
        check_property("View", row["conditions"])
    if "output" in given or known is None:
        row["execution"] = _execution(account, given.get("output") or DEFAULT_OUTPUT)
    if "restriction" in given:
        row["restriction"] = restriction(account, given["restriction"])
    return row


def _execution(account: Account, output: Any) -> Row:
    """`execution`, as a view shows what `output` asks for."""
    named = output.get("columns") if isinstance(output, dict) else None
    if not isinstance(named, list):
        raise invalid("base", "Output: a list of columns is needed")
    names = [str(name) for name in named]
    if len(names) > MOST_COLUMNS:
        raise invalid("base", f"Output: a view has no more than {MOST_COLUMNS} columns")
    columns = [_column(account, name) for name in names]
    row: Row = {}
    for part in ("group", "sort"):
        by, order = output.get(f"{part}_by"), str(output.get(f"{part}_order") or "desc").lower()
        by = str(by) if by else None
        if by in NOT_SORTED or order not in ("asc", "desc"):
            raise invalid("base", f"Output: tickets cannot be put in this order: {by} {order}")
        row[f"{part}_by"], row[f"{part}_order"] = by, order
        if by:
            row[part] = {**_column(account, by), "order": order}
    own = [column for column in columns if isinstance(column["id"], int)]
    return {**row, "columns": columns, "fields": [one for one in columns if one not in own], "custom_fields": own}


def _column(account: Account, name: str) -> Row:
    number = as_int(name)
    if number is not None and number in account.ticket_fields:
        field = account.ticket_fields[number]
        return {"id": number, "title": field["title"], "type": field["type"]}
    if name not in COLUMNS:
        raise invalid("base", f"Output: {name} is not a column")
    return {"id": name, "title": COLUMNS[name]}


register(
    Kind(
        "views",
        "view",
        who="agent",
        keys=frozenset(("title", "active", "description", "position", "all", "any", "output", "restriction")),
        read=_read,
        shape=shapes.view,
    )
)


def _found(call: Call, view: Row) -> list[Ticket]:
    """The tickets of a view for who asks, oldest first. Views do not show what is closed for good by deletion."""
    there = (ticket for ticket in call.account.tickets.values() if ticket.row["status"] != "deleted")
    return [
        ticket
        for ticket in there
        if conditions.matches(view["conditions"], conditions.look(call.account, ticket, call.user))
    ]


_ORDER: dict[str, Callable[[Row], Any]] = {
    "status": lambda row: conditions.RANK["status"].index(row["status"]),
    "priority": lambda row: conditions.RANK["priority"].index(row["priority"]) if row["priority"] else -1,
    "created": lambda row: row["created_at"],
    "updated": lambda row: row["updated_at"],
    "nice_id": lambda row: row["id"],
}
"""How the columns that tests sort by compare; the others keep the order of creation."""


@route("GET /views/{id}/tickets")
def tickets_in(call: Call) -> Reply:
    view = get(call, "views")
    found = _found(call, view)
    execution = view["execution"]
    by = call.one("sort_by") or execution.get("sort_by")
    descending = (call.one("sort_order") or execution.get("sort_order")) == "desc"
    if by in _ORDER:
        found.sort(key=lambda ticket: _ORDER[by](ticket.row), reverse=descending)
    places = {ticket.row["id"]: number for number, ticket in enumerate(found)}
    return listing(
        call, "tickets", found, lambda ticket: rendered(call, ticket), key=lambda ticket: places[ticket.row["id"]]
    )


@route("GET /views/{id}/count", limits=("view-count",))
def count(call: Call) -> Reply:
    return Reply(200, {"view_count": _count(call, get(call, "views"))})


@route("GET /views/count_many")
def count_many(call: Call) -> Reply:
    views = [call.account.views[number] for text in call.ids() if (number := as_int(text)) in call.account.views]
    return Reply(200, {"view_counts": [_count(call, view) for view in views]})


def _count(call: Call, view: Row) -> Row:
    number = len(_found(call, view))
    url = call.url(f"/views/{view['id']}/count.json")
    shown = {"view_id": view["id"], "url": url, "value": number, "pretty": str(number), "fresh": True}
    return {**shown, "active": view["active"]}
