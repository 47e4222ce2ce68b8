"""An update in words, for the feed of what happened (`GET /control/events`). `tickets.py` calls it once per audit."""

from __future__ import annotations

from typing import Any

from zdsync.sandbox.base import Row
from zdsync.sandbox.update import Update


def tell(update: Update) -> None:
    words = _words(update)
    if words:
        update.account.tell(update.actor, update.ticket.row["id"], words)


def _words(update: Update) -> str:
    row = update.ticket.row
    if update.creates:
        priority = f", priority {row['priority']}" if row["priority"] else ""
        return f"opened “{row['subject'] or ''}” by {update.via['channel']}{priority}"
    said = [_said(event) for event in update.events if event["type"] == "Comment"]
    changed = [_changed(update, event) for event in update.events if event["type"] == "Change"]
    return ", ".join(part for part in [*said, *changed] if part)


def _said(event: Row) -> str:
    return "replied publicly" if event["public"] else "wrote an internal note"


def _changed(update: Update, event: Row) -> str:
    name, value = event["field_name"], event["value"]
    by = ""
    if event.get("via") and event["via"]["channel"] == "rule":
        by = f" (rule “{event['via']['source']['from']['title']}”)"
    if name == "collaborator_ids":
        return ""  # said by the CCs
    if name == "custom_status_id":
        status = update.account.custom_statuses.get(int(value or 0))
        # A default one is said by its category.
        return "" if status is None or status["default"] else f"set status to “{status['agent_label']}”{by}"
    if name == "tags":
        return _tags(value, event["previous_value"]) + by
    if name == "assignee_id":
        return f"assigned it to {_name(update, value)}{by}" if value else f"unassigned it{by}"
    if name == "group_id":
        return ""
    if name.isdigit():
        title = update.account.ticket_fields[int(name)]["title"]
        return f"set {title} to {value}{by}" if value is not None else f"cleared {title}{by}"
    label = name.removesuffix("_id").replace("_", " ")
    return f"set {label} to {value}{by}"


def _tags(value: Any, previous: Any) -> str:
    added, removed = sorted(set(value) - set(previous or ())), sorted(set(previous or ()) - set(value))
    parts = ([f"tagged it {' '.join(added)}"] if added else []) + ([f"untagged {' '.join(removed)}"] if removed else [])
    return ", ".join(parts)


def _name(update: Update, user_id: Any) -> str:
    user = update.account.users.get(int(user_id))
    return user["name"] if user else str(user_id)
