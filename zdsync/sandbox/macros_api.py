"""The endpoints of macros. What one would change on a ticket is in `macros.py`."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import actions, macros, shapes, tickets
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row
from zdsync.sandbox.conditions import look
from zdsync.sandbox.http import Call, Reply, route
from zdsync.sandbox.rule_checks import checked_actions, restriction
from zdsync.sandbox.rules_api import Kind, check_has_actions, common, get, register

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
    given, _ = macros.applied(call.account, get(call, "macros"), None)
    return Reply(200, {"result": {"ticket": given}})


@route("GET /tickets/{id}/macros/{macro_id}/apply")
def on_ticket(call: Call) -> Reply:
    """The ticket as it would be. Nothing is changed: the client sends it as its own update."""
    ticket = tickets.get(call.account, call.id)
    call.params["id"] = call.params["macro_id"] if call.params["macro_id"].isdigit() else "0"
    view = look(call.account, ticket, call.user)
    given, values = macros.applied(call.account, get(call, "macros"), view)
    shown = tickets.render(call.account, _with(ticket, values), call.base_url)
    return Reply(200, {"result": {"ticket": {**shown, **given}}})


def _with(ticket: Ticket, values: dict[int, Any]) -> Ticket:
    """A copy that is only to be shown."""
    return Ticket(dict(ticket.row), {**ticket.values, **values}, generated_ms=ticket.generated_ms)
