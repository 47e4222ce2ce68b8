"""What a macro does: it fills the agent's form, and the agent sends that as an update of their own.

So a macro is never carried out by Zendesk itself; the update's audit only tells that one was used.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox import placeholders
from zdsync.sandbox.account import Account
from zdsync.sandbox.base import Row, as_bool, as_int
from zdsync.sandbox.conditions import person
from zdsync.sandbox.update import Update
from zdsync.sandbox.wishes import as_tags


def named(account: Account, who: Any) -> Row | None:
    """A macro by its id or title."""
    known = account.macros.get(as_int(who) or 0)
    return known or next((row for row in account.macros.values() if row["title"] == who), None)


def refer(update: Update, ids: Any) -> None:
    """Tell in the audit which macros were used, when it has anything else to tell."""
    for number in (as_int(one) for one in (ids if isinstance(ids, list) else [ids])):
        macro = update.account.macros.get(number or 0)
        if macro is not None and update.events:
            update.add_event("AgentMacroReference", {"macro_id": str(macro["id"]), "macro_title": macro["title"]})


def applied(account: Account, macro: Row, update: Update | None) -> tuple[Row, dict[int, Any]]:
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
