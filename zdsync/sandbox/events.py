"""The ticket events of an update, as event-subscribed webhooks carry them. `webhooks.py` sends what is subscribed to.

Ids are strings, statuses and priorities upper case, channels have internal names. There is no `ticket.updated`.
"""

from __future__ import annotations

import uuid
from typing import Any

from zdsync.sandbox.base import Row, iso_ns
from zdsync.sandbox.update import Update

PREFIX = "zen:event-type:ticket."
CHANNELS = {"api": "web_service", "email": "mail", "web": "web_form", "rule": "rule"}
BY_FIELD = {
    "assignee_id": "agent_assignment_changed",
    "brand_id": "brand_changed",
    "custom_status_id": "custom_status_changed",
    "external_id": "external_id_changed",
    "email_cc_ids": "email_ccs_changed",
    "follower_ids": "followers_changed",
    "ticket_form_id": "form_changed",
    "group_id": "group_assignment_changed",
    "organization_id": "organization_changed",
    "priority": "priority_changed",
    "problem_id": "problem_link_changed",
    "requester_id": "requester_changed",
    "status": "status_changed",
    "subject": "subject_changed",
    "tags": "tags_changed",
    "due_at": "task_due_at_changed",
    "type": "type_changed",
}
EVENT_TYPES = frozenset(
    PREFIX + name
    for name in (
        *BY_FIELD.values(),
        "created",
        "comment_added",
        "custom_field_changed",
        "soft_deleted",
        "merged",
        "description_changed",
        "submitter_changed",
        "sla_policy_changed",
        "schedule_changed",
        "next_sla_breach_changed",
        "marked_as_spam",
        "undeleted",
        "permanently_deleted",
        "comment_made_private",
        "comment_redacted",
        "attachment_linked_to_comment",
        "attachment_redacted_from_comment",
        "csat_received",
        "csat_requested",
        "ola_policy_changed",
    )
)


def of_update(update: Update) -> list[Row]:
    found: list[tuple[str, Row]] = []
    if update.creates:
        found.append(("created", {}))
    if update.comment is not None:
        found.append(("comment_added", {"comment": _comment(update, update.comment)}))
    for name, previous in update.before.items():
        current = update.value(name)
        if update.creates or current == previous:
            continue
        if name.isdigit():
            change = {"current": current, "previous": previous, "field": {"id": name}}
            found.append(("custom_field_changed", change))
        elif name == "status" and current == "deleted":
            found.append(("soft_deleted", {}))
        elif name in BY_FIELD:
            found.append((BY_FIELD[name], _change(name, current, previous)))
    source = update.via["source"]
    if source["rel"] == "merge" and update.value("status") == "closed":
        found.append(("merged", {"target_ticket_id": str(source["from"]["ticket_id"])}))
    sequence = str(_uuid(update)) if found else ""
    detail = _detail(update)
    events = []
    for position, (kind, event) in enumerate(found, 1):
        meta = {"sequence": {"id": sequence, "position": position, "total": len(found)}}
        events.append(_envelope(update, kind, {**event, "meta": meta}, detail))
    return events


def _change(name: str, current: Any, previous: Any) -> Row:
    if name == "tags":
        return {
            "tags_added": sorted(set(current) - set(previous)),
            "tags_removed": sorted(set(previous) - set(current)),
        }
    return {"current": _said(name, current), "previous": _said(name, previous)}


def _said(name: str, value: Any) -> Any:
    if value is None:
        return None
    return value.upper() if name in ("status", "priority", "type") else _text(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _comment(update: Update, comment: Row) -> Row:
    author = update.account.users.get(comment["author_id"])
    return {
        "id": str(comment["id"]),
        "body": comment["body"],
        "is_public": comment["public"],
        "author": {
            "id": str(comment["author_id"]),
            "is_staff": bool(author and author["role"] != "end-user"),
            "name": author["name"] if author else "",
        },
    }


def _detail(update: Update) -> Row:
    row = update.ticket.row
    return {
        "actor_id": str(update.actor["id"]) if update.actor else "-1",
        "assignee_id": _text(row["assignee_id"]),
        "brand_id": _text(row["brand_id"]),
        "created_at": row["created_at"],
        "custom_status": _text(row["custom_status_id"]),
        "description": row["description"],
        "external_id": row["external_id"],
        "form_id": _text(row["ticket_form_id"]),
        "group_id": _text(row["group_id"]),
        "id": str(row["id"]),
        "is_public": row["is_public"],
        "organization_id": _text(row["organization_id"]),
        "priority": _said("priority", row["priority"]),
        "requester_id": _text(row["requester_id"]),
        "status": _said("status", row["status"]),
        "subject": row["subject"],
        "submitter_id": _text(row["submitter_id"]),
        "tags": row["tags"],
        "type": _said("type", row["type"]),
        "updated_at": row["updated_at"],
        "via": {"channel": CHANNELS.get(row["via"]["channel"], row["via"]["channel"])},
    }


def _uuid(update: Update) -> uuid.UUID:
    return uuid.UUID(int=update.account.random.getrandbits(128), version=4)


def _envelope(update: Update, kind: str, event: Row, detail: Row) -> Row:
    return {
        "account_id": update.account.options.account_id,
        "detail": detail,
        "event": {} if kind == "created" else event,
        "id": str(_uuid(update)),
        "subject": f"zen:ticket:{update.ticket.row['id']}",
        "time": iso_ns(update.account.now_ms),
        "type": PREFIX + kind,
        "zendesk_event_version": "2022-11-06",
    }
