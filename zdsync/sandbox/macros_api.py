"""The endpoints of macros, and what one would change on a ticket. A macro is only ever applied by a client."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import actions, placeholders, shapes, tickets
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, as_bool, as_int
from zdsync.sandbox.conditions import look, person
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.rule_checks import checked_actions, restriction
from zdsync.sandbox.rules_api import Kind, check_has_actions, common, get, register
from zdsync.sandbox.update import Update
from zdsync.sandbox.wishes import as_tags

ACTIONS = actions.SETTING | {"comment_value", "comment_value_html", "comment_mode_is_public", "cc"}


def _read(account: Account, given: Row, known: Row | None) -> Row:
    row = common(given, known, "description", "position")
    if "restriction" in given:
        row["restriction"] = restriction(account, given["restriction"])
    if "actions" in given or known is None:
        row["actions"] = checked_actions(account, given.get("actions"), ACTIONS)
        check_has_actions(row["actions"])
    return row


register(
    Kind(
        "macros",
        "macro",
        who="agent",
        keys=frozenset(("title", "active", "description", "position", "actions", "restriction")),
        read=_read,
        shape=shapes.macro,
    )
)


@route("GET /macros/{id}/apply")
def changes(call: Call) -> Reply:
    """What it would set, on no ticket in particular."""
    given, _ = _applied(call.account, get(call, "macros"), None)
    return Reply(200, {"result": {"ticket": given}})


@route("GET /tickets/{id}/macros/{macro_id}/apply")
def on_ticket(call: Call) -> Reply:
    """The ticket as it would be. Nothing is changed: the client sends it as its own update."""
    ticket = tickets.get(call.account, call.id)
    call.params["id"] = call.params["macro_id"] if call.params["macro_id"].isdigit() else "0"
    view = look(call.account, ticket, call.user)
    given, values = _applied(call.account, get(call, "macros"), view)
    shown = tickets.render(call.account, _with(ticket, values), call.base_url)
    return Reply(200, {"result": {"ticket": {**shown, **given}}})


def _with(ticket: Ticket, values: dict[int, Any]) -> Ticket:
    """A copy that is only to be shown."""
    return Ticket(dict(ticket.row), {**ticket.values, **values}, generated_ms=ticket.generated_ms)


def _applied(account: Account, macro: Row, update: Update | None) -> tuple[Row, dict[int, Any]]:
    """The ticket's keys that it sets, and the custom fields; without a ticket, placeholders stay as they are."""
    given: Row = {}
    values: dict[int, Any] = {}
    comment: Row = {}
    tags = set(update.value("tags")) if update else set[str]()
    for action in macro["actions"]:
        name, value = action["field"], action["value"]
        match name:
            case "comment_value" | "comment_value_html":
                text = str(value[-1] if isinstance(value, list) else value)
                text = placeholders.fill(text, update) if update else text
                comment["html_body" if name.endswith("html") else "body"] = text
            case "comment_mode_is_public":
                comment["public"] = as_bool(value)
            case "set_tags" | "current_tags" | "remove_tags":
                added = as_tags(value)
                tags = added if name == "set_tags" else tags | added if name == "current_tags" else tags - added
                given["tags"] = sorted(tags)
            case "cc":
                pass
            case _ if name.startswith("custom_fields_"):
                values[int(name.removeprefix("custom_fields_"))] = value
            case _:
                given[name] = _meant(name, value, update)
    if as_int(given.get("custom_status_id")):
        given["status"] = account.custom_statuses[given["custom_status_id"]]["status_category"]
    if comment:
        given["comment"] = comment
    if values and update is None:
        given["fields"] = [{"id": number, "value": value} for number, value in values.items()]
    return given, values


def _meant(name: str, value: Any, update: Update | None) -> Any:
    if name == "group_id" and value == "current_groups" and update and update.actor:
        return next(iter(update.account.groups_of(update.actor["id"])), None)
    if update is not None and name == "assignee_id":
        value = person(update, value)
    return as_int(value) if name.endswith("_id") and as_int(value) is not None else value
