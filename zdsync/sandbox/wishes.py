"""Reading the `ticket` object of a create or update: what is asked for, checked and normalised. `tickets.py` calls it.

Ids may be numbers or strings, tags a list or a text, custom fields a list or a map. Keys that are not listed here are
ignored and named in a response header, as in Zendesk.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any

from zdsync.sandbox import attachments, people
from zdsync.sandbox.account import Account, Ticket
from zdsync.sandbox.base import Row, as_int, iso, to_ms
from zdsync.sandbox.errors import invalid
from zdsync.sandbox.rules import PRIORITIES, STATUSES, TYPES

METADATA_LIMIT = 1024
"""Bytes of custom metadata in one audit."""
TEXT_LIMIT = 65_535
_TAG = re.compile(r"<[^>]*>")

REFERENCES = {
    "assignee_id": "users",
    "group_id": "groups",
    "organization_id": "organizations",
    "problem_id": "tickets",
    "brand_id": "brands",
    "ticket_form_id": "ticket_forms",
    "custom_status_id": "custom_statuses",
}
"""Fields that hold ids, and where the ids must exist."""

ORDER = (
    "subject",
    "requester_id",
    "priority",
    "type",
    "status",
    "custom_status_id",
    "organization_id",
    "brand_id",
    "ticket_form_id",
    "assignee_id",
    "group_id",
    "problem_id",
    "external_id",
    "due_at",
    "recipient",
    "email_cc_ids",
    "follower_ids",
    "collaborator_ids",
    "tags",
)
"""The order in which changes are made, and so listed."""

KNOWN = {
    *ORDER,
    "raw_subject",
    "description",
    "comment",
    "requester",
    "assignee_email",
    "custom_fields",
    "fields",
    "additional_tags",
    "remove_tags",
    "email_ccs",
    "followers",
    "collaborators",
    "additional_collaborators",
    "metadata",
    "safe_update",
    "updated_stamp",
    "submitter_id",
    "via_followup_source_id",
    "macro_ids",
    "macro_id",
    "attribute_value_ids",
    "is_public",
    "via_id",
    "via",
}


@dataclass(slots=True)
class Wish:
    """A create or update, in our terms."""

    fields: dict[str, Any] = field(default_factory=dict)
    """Field name, or a custom field's id as text, to the new value; in `ORDER`."""
    comment: Row | None = None
    """`{"body", "html", "public" (None: not said), "author_id" (None: not said), "uploads" (tokens)}`"""
    metadata: Row = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def read(account: Account, body: Row, ticket: Ticket | None) -> Wish:
    """The wish of a request; `ticket` None for a create. Raises 422 for what cannot be."""
    wanted: dict[str, Any] = {}
    if "subject" in body or "raw_subject" in body:
        wanted["subject"] = _text(body.get("subject", body.get("raw_subject")))
    _read_people(account, body, wanted, ticket)
    _read_choice(body, wanted, "priority", PRIORITIES)
    _read_choice(body, wanted, "type", TYPES)
    if body.get("status") is not None:
        _read_choice(body, wanted, "status", (*STATUSES, "closed"))
    for name, kind in REFERENCES.items():
        if name in body:
            wanted[name] = _reference(account, name, kind, body[name])
    if "custom_status_id" in wanted:
        _check_custom_status(account, wanted, ticket)
    if body.get("assignee_email"):
        agent = account.user_by_email(str(body["assignee_email"]))
        wanted["assignee_id"] = _reference(account, "assignee_id", "users", agent["id"] if agent else -1)
    if "external_id" in body:
        wanted["external_id"] = None if body["external_id"] is None else str(body["external_id"])
    if "recipient" in body:
        wanted["recipient"] = _text(body["recipient"])
    if "due_at" in body:
        wanted["due_at"] = _instant("due_at", body["due_at"])
    _read_tags(body, wanted, ticket)
    _read_custom_fields(account, body, wanted, ticket)
    unknown = sorted(f"ticket.{key}" for key in body if key not in KNOWN)
    return Wish(in_order(wanted), _comment(account, body, ticket), _metadata(body), unknown)


def in_order(wanted: dict[str, Any]) -> dict[str, Any]:
    """In the order in which it is done: `ORDER`, then the custom fields."""
    ordered = {name: wanted[name] for name in ORDER if name in wanted}
    return ordered | {name: value for name, value in wanted.items() if name.isdigit()}


def _read_choice(body: Row, wanted: dict[str, Any], name: str, choices: tuple[str, ...]) -> None:
    if name not in body:
        return
    value = body[name] or None
    if value is not None and value not in choices:
        raise invalid(name, f"{name.capitalize()}: {value} is not included in the list")
    wanted[name] = value


def _reference(account: Account, name: str, kind: str, value: Any) -> int | None:
    if value in (None, ""):
        return None
    found = as_int(value)
    rows: dict[int, Any] = getattr(account, kind)
    label = name.removesuffix("_id").replace("_", " ").capitalize()
    if found is None or found not in rows:
        raise invalid(name, f"{label}: {value} is invalid")
    if name == "assignee_id" and (rows[found]["role"] == "end-user" or rows[found]["suspended"]):
        raise invalid("assignee_id", "Assignee: is not an agent")
    return found


def _check_custom_status(account: Account, wanted: dict[str, Any], ticket: Ticket | None) -> None:
    """One that is switched off stays where it is, and is set nowhere. None says nothing: a ticket always has one."""
    status_id = wanted["custom_status_id"]
    if status_id is None:
        del wanted["custom_status_id"]
    elif not account.custom_statuses[status_id]["active"] and (
        ticket is None or ticket.row["custom_status_id"] != status_id
    ):
        raise invalid("custom_status_id", f"Custom status: {status_id} is not active")


def _read_people(account: Account, body: Row, wanted: dict[str, Any], ticket: Ticket | None) -> None:
    for key in ("requester", "requester_id"):
        if body.get(key) is not None:
            person = people.named(account, body[key])
            if person is None:
                raise invalid("requester", "Requester: is invalid")
            wanted["requester_id"] = person["id"]
            break
    for key, name in (("email_ccs", "email_cc_ids"), ("followers", "follower_ids")):
        if isinstance(body.get(key), list):
            present = list(ticket.row[name]) if ticket else []
            wanted[name] = _participants(account, body[key], present, agents_only=key == "followers")
    if "email_cc_ids" in wanted or "follower_ids" in wanted:
        row: Row = ticket.row if ticket else {"email_cc_ids": [], "follower_ids": []}
        both = ({**row, **wanted}[name] for name in ("email_cc_ids", "follower_ids"))
        wanted["collaborator_ids"] = list(dict.fromkeys(person for ids in both for person in ids))


def _participants(account: Account, items: list[Any], present: list[int], *, agents_only: bool) -> list[int]:
    """Who takes part after the request. Followers are agents: a customer among them is passed over."""
    for item in items:
        if not isinstance(item, dict):
            continue
        person = people.named(account, item.get("user_id") or item.get("user_email"))
        if person is None or (agents_only and person["role"] == "end-user"):
            continue
        present = [known for known in present if known != person["id"]]
        if item.get("action", "put") != "delete":
            present.append(person["id"])
    return present


def _read_tags(body: Row, wanted: dict[str, Any], ticket: Ticket | None) -> None:
    tags = set(ticket.row["tags"] if ticket else ())
    if body.get("tags") is not None:
        tags = as_tags(body["tags"])
    elif "additional_tags" not in body and "remove_tags" not in body:
        return
    tags |= as_tags(body.get("additional_tags"))
    tags -= as_tags(body.get("remove_tags"))
    wanted["tags"] = sorted(tags)


def as_tags(value: Any) -> set[str]:
    """Lower case; a tag has no spaces, so a space begins another."""
    parts = value if isinstance(value, list) else [value or ""]
    return {tag.lower() for part in parts for tag in str(part).replace(",", " ").split()}


def _read_custom_fields(account: Account, body: Row, wanted: dict[str, Any], ticket: Ticket | None) -> None:
    for key, value in pairs(body.get("custom_fields", body.get("fields"))):
        definition = account.ticket_fields.get(as_int(key) or 0)
        if definition is None or not definition["removable"] or not definition["active"]:
            continue  # an unknown field is ignored
        wanted[str(definition["id"])] = _field_value(definition, value)
        if definition["type"] == "tagger":
            _tag_along(definition, wanted, ticket)


def pairs(given: Any) -> list[tuple[Any, Any]]:
    """(id, value) of custom fields, which come as a map or as a list."""
    if isinstance(given, dict):
        return list(given.items())
    items = given if isinstance(given, list) else []
    return [(item.get("id"), item.get("value")) for item in items if isinstance(item, dict)]


def _tag_along(definition: Row, wanted: dict[str, Any], ticket: Ticket | None) -> None:
    """A drop-down's value is a tag of the ticket too."""
    tags: set[str] = set(wanted["tags"] if "tags" in wanted else ticket.row["tags"] if ticket else ())
    tags -= {option["value"] for option in definition["custom_field_options"]}
    if value := wanted[str(definition["id"])]:
        tags.add(value)
    wanted["tags"] = sorted(tags)


def _field_value(definition: Row, value: Any) -> Any:
    """A custom field's value as Zendesk stores it. Raises 422 for what the type does not hold."""
    name, kind, title = str(definition["id"]), definition["type"], definition["title"]
    if kind == "checkbox":
        return value in (True, "true", "1", 1)
    if value in (None, ""):
        return None
    try:
        if kind == "integer":
            return int(value)
        if kind == "decimal":
            return float(value)
        if kind == "date":
            return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise invalid(name, f"{title}: is invalid") from None
    if kind == "tagger" and value not in [option["value"] for option in definition["custom_field_options"]]:
        raise invalid(name, f"{title}: {value} is invalid")
    text = str(value)
    if len(text) > TEXT_LIMIT:
        raise invalid(name, f"{title}: is too long (maximum is {TEXT_LIMIT} characters)")
    return text


def _comment(account: Account, body: Row, ticket: Ticket | None) -> Row | None:
    given = body.get("comment")
    if isinstance(given, str):
        given = {"body": given}
    if given is None and ticket is None and body.get("description"):
        given = {"body": body["description"]}  # only on create: later it is ignored
    if not isinstance(given, dict):
        return None
    text = given.get("html_body") or given.get("body")
    uploads = attachments.check(account, given.get("uploads"))
    if not text:
        if uploads:
            raise invalid("comment", "Comment: cannot be blank")
        return None
    if len(str(text)) > TEXT_LIMIT:
        raise invalid("comment", f"Comment: is too long (maximum is {TEXT_LIMIT} characters)")
    author = given.get("author_id")
    if author is not None and as_int(author) not in account.users:
        raise invalid("comment", "Comment: author is invalid")
    public = None if given.get("public") is None else given["public"] in (True, "true", 1)
    html = given.get("html_body")
    body_text = unescape(_TAG.sub("", str(html))) if html else str(text)
    return {"body": body_text, "html": html, "public": public, "author_id": as_int(author), "uploads": uploads}


def _metadata(body: Row) -> Row:
    given = body.get("metadata")
    if not isinstance(given, dict):
        return {}
    if len(json.dumps(given, separators=(",", ":"), ensure_ascii=False).encode()) > METADATA_LIMIT:
        raise invalid("metadata", f"Metadata: is too large (maximum is {METADATA_LIMIT} bytes)")
    return given


def _instant(name: str, value: Any) -> str | None:
    if value in (None, ""):
        return None
    try:
        return iso(to_ms(str(value)))
    except ValueError:
        raise invalid(name, f"{name}: {value} is not a date") from None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
